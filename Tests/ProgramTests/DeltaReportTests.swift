import Basics
import CanonicalJSON
import Linux
import TestSupport
import Testing

/// What suture-delta says about files, trees and other programs.
@Suite(.timeLimit(.minutes(10))) struct DeltaReportTests {
  private let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  private func place(_ name: String) -> String { "\(temporary.path)/\(name)" }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = try path(name)
    if let folder = file.parent { _ = try temporary.directory.creatingDirectory(folder) }
    try temporary.directory.write(bytes, to: file)
  }

  private func run(_ arguments: String...) async throws -> (status: Int32?, output: String, error: String) {
    try await Program.run("suture-delta", arguments)
  }

  private func objects(_ text: String) throws -> [JSON] {
    try text.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
  }

  /// A program of this machine, and the same with another build ID.
  private func images() throws -> (old: [UInt8], new: [UInt8]) {
    let old = try Directory.file(at: "/usr/bin/true").readAll(limit: 1 << 24)
    // The note's head: lengths of name and build ID, type 3, "GNU".
    let head: [UInt8] = [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0]
    let place = try #require(old.indices.first { old[$0...].starts(with: head) })
    var new = old
    for index in place + head.count..<place + head.count + 20 { new[index] ^= 0x5a }
    return (old, new)
  }

  @Test func `an image has the functions of itself, and one changed byte of code is told of`() async throws {
    let program = try Program.path("suture-graft")
    let same = try await run("functions", program, program, "--json")
    let report = try #require(try objects(same.output).first)
    #expect(same.status == 0 && report["changes"]?.array?.isEmpty == true)
    #expect((report["newFunctions"]?.integer ?? 0) > 100)
    #expect(try await run("functions", program, program).output.contains("all the same"))
    #expect(try await run("functions", place("none"), program).status == 66)
    try write("text", Array("no image".utf8))
    #expect(try await run("functions", place("text"), program).status == 66)
  }

  @Test func `an image of which only the identity changed is left as it is by a surgical patch, and named`()
    async throws
  {
    let (old, new) = try images()
    try write("old/bin/true", old)
    try write("new/bin/true", new)
    try write("old/other", [1])
    try write("new/other", [2])
    let made = try await run("diff", "--surgical", place("old"), place("new"), place("patch"))
    #expect(made.status == 0 && made.output.contains("left as it is: bin/true"), "\(made.output)")
    #expect(try await run("patch", place("old"), place("patch"), place("rebuilt")).status == 0)
    #expect(try temporary.directory.read(path("rebuilt/bin/true"), limit: 1 << 24) == old)
    #expect(try temporary.directory.read(path("rebuilt/other"), limit: 10) == [2])
    let told = try await run("functions", place("old"), place("new"))
    #expect(told.output.contains("bin/true: nothing differs but the build ID"), "\(told.output)")
  }

  @Test func `a comparison has a line for each program, ours exact`() async throws {
    try write("old", Array(repeating: 7, count: 50_000) + [1])
    try write("new", Array(repeating: 7, count: 50_000) + [2])
    let compared = try await run("compare", "--json", "--only", "xz", place("old"), place("new"))
    let lines = try objects(compared.output)
    #expect(compared.status == 0 && lines.count == 2, "\(compared.output) \(compared.error)")
    #expect(lines.allSatisfy { ($0["bytes"]?.integer ?? 0) > 0 && $0["applying"]?["microseconds"]?.integer ?? 0 > 0 })
    #expect(lines[0]["program"]?.string == "suture-delta" && lines[0]["newBytes"]?.integer == 50_001)
    let table = try await run("compare", "--only", "xz", place("old"), place("new"))
    #expect(table.output.contains("suture-delta") && table.output.contains("xz -9e"), "\(table.output)")
  }

  @Test func `trees are compared as trees, and nothing is left of it`() async throws {
    try write("old/a/b", Array(repeating: 7, count: 50_000) + [1])
    try write("new/a/c", Array(repeating: 7, count: 50_000) + [2])
    let compared = try await run("compare", "--json", "--only", "xz", place("old"), place("new"))
    let lines = try objects(compared.output)
    #expect(compared.status == 0 && lines.count == 2, "\(compared.output) \(compared.error)")
    #expect(lines.allSatisfy { ($0["bytes"]?.integer ?? 0) > 0 })
  }

  @Test func `beside the old tree a patch of trees says what each file takes, and nothing is made`() async throws {
    let words = (0..<400).map { "line \($0 * 7 % 31) of the words\n" }.joined()
    try write("old/a/words", Array(words.utf8))
    try write("new/a/words", Array(words.replacing("line 3 ", with: "line three ").utf8))
    try write("old/b", Array(words.utf8.prefix(3000)))
    try write("new/b", Array((words.prefix(3000) + "one more\n").utf8))
    #expect(try await run("diff", place("old"), place("new"), place("patch")).status == 0)
    let before = try temporary.directory.names()
    let alone = try await run("info", "--json", place("patch"))
    let beside = try await run("info", "--json", "--old", place("old"), place("patch"))
    #expect(alone.status == 0 && beside.status == 0, "\(beside.error)")
    let payloads = try #require(try objects(beside.output).first?["payloads"]?.array)
    let files = payloads.flatMap { $0["files"]?.array ?? [] }
    #expect(Set(files.compactMap { $0["path"]?.string }) == ["a/words", "b"])
    #expect(payloads.allSatisfy { $0["references"]?.integer == 0 })
    let told = try #require(try objects(alone.output).first?["payloads"]?.array)
    #expect(told.allSatisfy { $0["references"] == nil } && told.count == payloads.count)
    #expect(try await run("info", "--old", place("old"), place("patch")).output.contains(": a/words"))
    let other = try await run("info", "--old", place("new"), place("patch"))
    #expect(other.status == 1 && other.error.contains("for the tree with digest"), "\(other.error)")
    #expect(try await run("info", "--old", place("old/b"), place("patch")).status == 64)
    #expect(try temporary.directory.names() == before)
  }
}
