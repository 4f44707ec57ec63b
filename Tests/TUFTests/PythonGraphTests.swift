import Basics
import CanonicalJSON
import Foundation
import TUF
import Testing

/// What the reference implementation makes is read here, and what is made here is read by it: frozen, and live where
/// there is a Python with it.
@Suite struct PythonGraphTests {
  /// A Python that has PyPI's `tuf`, as SUTURE_PYTHON names it.
  private static let python: String? = {
    guard let program = ProcessInfo.processInfo.environment["SUTURE_PYTHON"] else { return nil }
    return (try? run(program, ["-c", "import tuf.ngclient, securesystemslib.signer, cryptography"])) == nil
      ? nil : program
  }()
  private static let absence: Comment = "NOT RUN: no Python with PyPI's tuf is named in SUTURE_PYTHON"

  struct Failed: Error {
    let said: String
  }

  /// The lines that a program prints; throws what it says on standard error where it fails.
  @discardableResult
  private static func run(_ program: String, _ arguments: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let (output, error) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let said = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(said: String(decoding: said, as: UTF8.self)) }
    return String(decoding: printed, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("suture-tuf-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  private func files(in folder: URL) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      files[name] = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }
    return files
  }

  private func client(_ files: [String: [UInt8]], _ mirror: Mirror = Mirror()) throws -> Client {
    mirror.serve(files)
    return Client(pinnedRoot: try #require(files["1.root.json"]), fetcher: mirror, store: MemoryStore())
  }

  /// What `PythonPrograms.make` makes, as it must be understood.
  private func verify(_ files: [String: [UInt8]], isConsistent: Bool) async throws {
    let trusted = try await client(files).refresh(now: SimulatedRepository.now)
    #expect(trusted.refusals.isEmpty)
    #expect(trusted.roles.prefix(4).map(\.version) == [2, 9, 7, 5])
    #expect(trusted.role("root")?.signers.count == 3 && trusted.role("libstdc++6")?.signers.count == 2)
    #expect(trusted.roles.count == 4 + 4 + 8)
    for (text, role) in [("top.txt", "targets"), ("os/libstdc++6/1.json", "libstdc++6")] {
      let target = try #require(trusted.target(at: path(text)))
      #expect(target.role == role && target.matches(Array("content of \(text)".utf8)))
      #expect(target.custom?["n"] == .integer(9_007_199_254_740_991) && target.custom?["list"]?.array?.count == 3)
      #expect(target.filePath.hasPrefix(text) != isConsistent)
    }
    let many = trusted.targets.filter { $0.path.components[0] == "many" }
    #expect(many.count == 20 && many.allSatisfy { $0.role.hasPrefix("bin-") })
    let any = trusted.targets.filter { $0.path.components[0] == "any" }
    for number in 0..<8 {
      let text = "any/\(number).txt"
      #expect(any.contains { "\($0.path)" == text } == (Digest(of: text.utf8).bytes[0] < 0x80))
    }
    let mirror = Mirror()
    var update = try await client(files, mirror).update(now: SimulatedRepository.now)
    _ = mirror.takeRequests()
    let found = try #require(try await update.target(at: path("many/7.json")))
    #expect(mirror.takeRequests().count == 2 && found == trusted.target(at: path("many/7.json")))
  }

  @Test func `keys of every kind, levels and bins of python-tuf are verified`() async throws {
    try await verify(PythonGraph.files.mapValues { Array($0.utf8) }, isConsistent: true)
  }

  @Test func `a repository with every kind of key is loaded for editing, and asks for its own keys`() throws {
    let files = PythonGraph.files.mapValues { Array($0.utf8) }
    var editor = try RepositoryEditor(loading: { files[$0] })
    #expect(editor.delegatedRoles.prefix(4) == ["os", "libstdc++6", "bins", "bin-0"])
    #expect(editor.bin(of: path("many/7.json"), from: "bins")?.hasPrefix("bin-") == true)
    let new = SimulatedRepository.key(1)
    try editor.setKeys(of: "late", to: try RoleKeys([new.key], threshold: 1))
    #expect(throws: Refusal.tooFewSignatures(file: "6.targets.json", role: "targets", valid: 0, threshold: 1)) {
      try editor.publish(signingWith: [new], now: SimulatedRepository.now)
    }
    // What is edited keeps what it held, whoever made it.
    let draft = try JSON(parsing: try editor.draft(of: "targets"))
    #expect(draft["signed"]?["targets"]?["top.txt"]?["custom"]?["path"] == "top.txt")
  }

  // MARK: Live

  @Test(.enabled(if: python != nil, absence), arguments: ["consistent", "plain"])
  func `what python-tuf makes now is read here`(kind: String) async throws {
    try await withFolder { folder in
      try Self.run(try #require(Self.python), ["-c", PythonPrograms.make, folder.path, kind])
      try await verify(try files(in: folder), isConsistent: kind == "consistent")
    }
  }

  @Test(.enabled(if: python != nil, absence))
  func `what is made here python-tuf reads, and finds the same`() async throws {
    var publisher = try Publisher()
    let everybody = (1...9).map { SimulatedRepository.key($0) }
    let keys = try RoleKeys([everybody[0].key, everybody[1].key], threshold: 2)
    func patterns(_ text: String) -> DelegatedPaths { .patterns([text].compactMap { PathPattern($0) }) }
    try publisher.editor.delegate(to: "os", keys: keys, paths: patterns("os/*/*"))
    try publisher.editor.delegate(to: "libstdc++6", from: "os", keys: keys, paths: patterns("os/libstdc++6/*"))
    try publisher.editor.delegate(to: "half", keys: keys, paths: .hashPrefixes(["0", "1a", "2", "3", "4", "5"]))
    try publisher.editor.delegate(to: "many", keys: keys, paths: patterns("many/*"), isTerminating: true)
    try publisher.editor.delegateToBins(prefix: "bin", bitLength: 3, from: "many", keys: keys)
    var asked = ["os/libstdc++6/1.json", "os/libstdc++6/2.json", "none", "many/none"]
    let digest = Digest(of: "content".utf8)
    try publisher.editor.setTarget(path(asked[0]), length: 7, sha256: digest, custom: ["é": "\t\"\\"], in: "libstdc++6")
    for number in 0..<8 {
      asked.append("any/\(number)")
      if DelegatedPaths.hashPrefixes(["0", "1a", "2", "3", "4", "5"]).contains(path(asked.last ?? "")) {
        try publisher.editor.setTarget(path("any/\(number)"), length: number, sha256: digest, in: "half")
      }
    }
    let many = (0..<16).map { NewTarget(path("many/\($0)"), length: $0, sha256: digest) }
    try publisher.editor.setTargets(many, inBinsOf: "many")
    asked += many.map { "\($0.path)" }
    // The reference's clock is the machine's.
    let now = UTCTime(secondsSinceEpoch: Int64(Date().timeIntervalSince1970))
    try publisher.publish(everybody, at: now)
    try publisher.editor.setKeys(of: "root", to: try RoleKeys([everybody[7].key], threshold: 1))
    try publisher.publish(everybody, at: now)
    let trusted = try await publisher.refresh(at: now)
    #expect(trusted.refusals.isEmpty && trusted.targets.count > 16)
    try await withFolder { folder in
      for (name, bytes) in publisher.folder { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
      let said = try Self.run(try #require(Self.python), ["-c", PythonPrograms.read, folder.path] + asked)
      #expect(
        said
          == asked.map { text in
            trusted.target(at: path(text)).map { "\(text) \($0.length) \($0.hashes.hex)" } ?? "\(text) none none"
          })
    }
  }
}
