import Basics
import Improvements
import Linux
import TestSupport
import Testing

@testable import Activation

/// Copies of a component's files that are none of the known ones: found by name, told by digest.
@Suite struct CopySearchTests {
  let temporary: TemporaryDirectory
  let stream: Stream

  init() throws {
    temporary = try TemporaryDirectory()
    stream = try #require(Stream("debian-12/amd64/demo"))
  }

  private static let old = [UInt8](repeating: 1, count: 8_192)
  private static let new = [UInt8](repeating: 2, count: 9_000)

  private func builds(_ name: String = "usr/lib/libdemo.so.1.2") throws -> KnownBuilds {
    func content(_ bytes: [UInt8]) -> Manifest.Content { .init(digest: Digest(of: bytes), length: bytes.count) }
    let version = try #require(PackageVersion("1.2-1"))
    let manifest = try Manifest(
      stream: stream, serial: #require(Serial(1)), created: UTCTime(secondsSinceEpoch: 0),
      source: .init(name: "demo", version: version), advisories: [], activation: .restart,
      baselines: [
        .init(
          version: version, letter: #require(Letter("a")),
          files: [
            .init(path: path(name), baseline: content(Self.old), improved: content(Self.new), payload: content([1]))
          ])
      ])
    return KnownBuilds(stream: stream, manifests: [manifest])
  }

  private func map(_ bytes: [UInt8], as name: String) throws -> MappedFile {
    try temporary.directory.write(bytes, to: path(name))
    return try MappedFile(temporary.directory.openFile(path(name)), limit: 1 << 20)
  }

  private func found() throws -> [String: CopyReport.Build] {
    let file = try temporary.directory.openFile(path("probe"))
    let scanner = try ExposureScanner(selfTestedOn: [file])
    let copies = try scanner.scan(for: [], copiesOf: [builds()]).copies[stream] ?? []
    return Dictionary(
      copies.filter { $0.pid == ProcessLauncher.ownPID && $0.mapped.hasPrefix(temporary.path) }
        .map { (String($0.mapped.dropFirst(temporary.path.count + 1)), $0.build) }
    ) { first, _ in first }
  }

  @Test(.enabled(if: ProcessLauncher.userID == 0, "NOT RUN: map_files needs root"))
  func `a copy is told by what it holds, whatever it is called by now`() throws {
    try temporary.directory.write([0], to: path("probe"))
    let mappings = try [
      map(Self.old, as: "libdemo.so.1.2"), map(Self.new, as: "libdemo.so.1.3"),
      map([UInt8](repeating: 3, count: 8_192), as: "libdemo.so.1"),
      map([UInt8](repeating: 4, count: 5_000), as: "libdemo.so.1.9"),
      map(Self.old, as: "libother.so.1.2"), map(Self.old, as: "libdemo.so.2"),
    ]
    #expect(
      try found() == [
        "libdemo.so.1.2": .vulnerable, "libdemo.so.1.3": .improved, "libdemo.so.1": .other, "libdemo.so.1.9": .other,
      ])
    try temporary.directory.remove(path("libdemo.so.1.2"))
    #expect(try found()["libdemo.so.1.2 (deleted)"] == .vulnerable)
    withExtendedLifetime(mappings) {}
  }

  @Test(.enabled(if: ProcessLauncher.userID != 0, "NOT RUN: root may read every copy"))
  func `a copy that may not be read is named all the same`() throws {
    try temporary.directory.write([0], to: path("probe"))
    let mapping = try map(Self.old, as: "libdemo.so.1.2")
    #expect(try found() == ["libdemo.so.1.2": .unread])
    withExtendedLifetime(mapping) {}
  }

  @Test func `a file that is watched by identity is no copy`() throws {
    try temporary.directory.write([0], to: path("probe"))
    let mapping = try map(Self.old, as: "libdemo.so.1.2")
    let file = try temporary.directory.openFile(path("libdemo.so.1.2"))
    let scanner = try ExposureScanner(selfTestedOn: [file])
    let watched = WatchedFile(
      stream: stream, identity: try file.status().identity, names: ["\(temporary.path)/libdemo.so.1.2"], isMeant: false)
    let findings = try scanner.scan(for: [watched], copiesOf: [builds()])
    #expect(findings.processes[stream]?.map(\.pid).contains(ProcessLauncher.ownPID) == true)
    // Other tests of this process map files of that name too.
    let own = findings.copies[stream, default: []].filter { $0.pid == ProcessLauncher.ownPID }
    #expect(own.filter { $0.mapped.hasPrefix(temporary.path + "/") }.isEmpty)
    withExtendedLifetime(mapping) {}
  }

  @Test(
    arguments: [
      ("libexpat.so.1.8.10", "libexpat.so.1"), ("libexpat.so.1", "libexpat.so.1"), ("libssl.so.3", "libssl.so.3"),
      ("libpython3.11.so.1.0", "libpython3.11.so.1"), ("libx.so", nil), ("nginx", nil), ("x.so.y", nil), ("", nil),
    ] as [(String, String?)]) func `the name that a library is loaded by is the beginning of its file's`(
      _ file: String, _ name: String?
    )
  {
    #expect(KnownBuilds.libraryName(file[...]).map(String.init) == name)
  }

  @Test func `a scan digests no more files than its limit`() throws {
    var search = CopySearch([try builds()], digests: CopyDigests())
    let own = ProcessLauncher.ownPID
    var mappings: [MappedFile] = []
    for index in 0..<(CopySearch.digestLimit + 3) {
      mappings.append(try map(Self.old, as: "libdemo.so.1.\(index + 100)"))
    }
    let entries = try #require(try ProcessTable.mappedFiles(of: own))
      .filter { $0.path.hasPrefix(temporary.path + "/libdemo.so.1.1") }
    let copies = search.copies(pid: own, entries).map(\.report.build)
    #expect(copies.count >= CopySearch.digestLimit + 3)
    #expect(copies.count { $0 == .vulnerable } <= CopySearch.digestLimit)
    #expect(copies.contains(.unread))
    withExtendedLifetime(mappings) {}
  }
}
