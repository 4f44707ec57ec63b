import Basics
import Improvements
import Linux
import TestSupport
import Testing

@testable import Activation

@Suite struct ExposureScannerTests {
  let temporary: TemporaryDirectory
  let stream: Stream

  init() throws {
    temporary = try TemporaryDirectory()
    stream = try #require(Stream("debian-12/amd64/demo"))
  }

  func file(_ name: String) throws -> (file: FileDescriptor, identity: FileIdentity) {
    try temporary.directory.write([UInt8](repeating: 1, count: 8_192), to: path(name))
    let file = try temporary.directory.openFile(path(name))
    return (file, try file.status().identity)
  }

  func watched(_ identity: FileIdentity, _ name: String, isMeant: Bool) -> WatchedFile {
    WatchedFile(stream: stream, identity: identity, names: ["\(temporary.path)/\(name)"], isMeant: isMeant)
  }

  @Test func `this process is protected, exposed or both by what it really maps`() throws {
    let (old, oldIdentity) = try file("old")
    let (new, newIdentity) = try file("new")
    let scanner = try ExposureScanner(selfTestedOn: [old, new])
    let files = [watched(oldIdentity, "old", isMeant: false), watched(newIdentity, "new", isMeant: true)]
    func own() throws -> ProcessReport? {
      try scanner.scan(for: files).processes[stream]?.first { $0.pid == ProcessLauncher.ownPID }
    }
    #expect(try own() == nil)
    var newMapping: MappedFile? = try MappedFile(new, limit: 1 << 20)
    #expect(try own()?.exposure == .protected)
    var oldMapping: MappedFile? = try MappedFile(old, limit: 1 << 20)
    #expect(try own()?.exposure == .exposed)
    #expect(try own()?.mapped == "\(temporary.path)/old")
    // The file's name goes and the mapping stays: who asks by name alone is deceived.
    try temporary.directory.remove(path("old"))
    if scanner.source != nil { #expect(try own()?.exposure == .exposed) }
    withExtendedLifetime((newMapping, oldMapping)) {}
    oldMapping = nil
    #expect(try own()?.exposure == .protected)
    newMapping = nil
    #expect(try own() == nil)
  }

  @Test func `a process that begins while others are looked at is looked at too`() throws {
    let (file, identity) = try file("x")
    let mapping = try MappedFile(file, limit: 1 << 20)
    let scanner = try ExposureScanner(selfTestedOn: [file])
    // The second listing names one more, and the third nobody new.
    let own = ProcessLauncher.ownPID
    var listings: [[Int32]] = [[1], [1, own], [1, own]]
    let findings = try scanner.scan(for: [watched(identity, "x", isMeant: false)]) { listings.removeFirst() }
    #expect(findings.processes[stream]?.map(\.pid) == [own])
    #expect(listings.isEmpty)
    withExtendedLifetime(mapping) {}
  }

  @Test func `every source that may be used tells what this process maps`() throws {
    let (file, identity) = try file("x")
    let mapping = try MappedFile(file, limit: 1 << 20)
    var told: [MappedIdentity] = []
    for source in MappedIdentity.allCases {
      guard let entries = try? ProcessTable.mappedFiles(of: ProcessLauncher.ownPID, by: source) else { continue }
      if entries.contains(where: { $0.identity == identity }) { told.append(source) }
    }
    withExtendedLifetime(mapping) {}
    #expect(try ProcessTable.mappedIdentity(telling: [file]) == told.first)
    if ProcessLauncher.userID == 0 { #expect(told.contains(.mapFiles)) } else { print("NOT RUN: map_files needs root") }
  }

  @Test func `without identities the inode and the name must both agree`() {
    let identity = FileIdentity(major: 0, minor: 50, inode: 7)
    let seen = FileIdentity(major: 0, minor: 99, inode: 7)
    let files = [watched(identity, "x", isMeant: true)]
    func reports(_ path: String, told: Bool) -> Int {
      WatchedFiles(files, isTold: told).reports(pid: 1, MappedFileEntry(identity: seen, path: path)).count
    }
    #expect(reports("\(temporary.path)/x", told: false) == 1)
    #expect(reports("\(temporary.path)/x (deleted)", told: false) == 1)
    #expect(reports("\(temporary.path)/y", told: false) == 0)
    // So the kernel calls what was mapped through a mount that is gone.
    #expect(reports("/", told: false) == 1)
    #expect(reports("\(temporary.path)/x", told: true) == 0)
  }

  @Test func `an inode whose file has lost its place may be another file's, and the name decides`() {
    let identity = FileIdentity(major: 8, minor: 1, inode: 7)
    func reports(_ path: String, isGone: Bool) -> Int {
      let file = WatchedFile(stream: stream, identity: identity, names: ["/usr/lib/x"], isMeant: false, isGone: isGone)
      return WatchedFiles([file], isTold: true).reports(pid: 1, MappedFileEntry(identity: identity, path: path)).count
    }
    #expect(reports("/usr/lib/other", isGone: false) == 1)
    #expect(reports("/usr/lib/other", isGone: true) == 0)
    #expect(reports("/usr/lib/other (deleted)", isGone: true) == 0)
    for name in ["/usr/lib/x", "/usr/lib/x (deleted)", "/sandbox/lib/x", "/"] {
      #expect(reports(name, isGone: true) == 1)
    }
  }

  @Test func `an unknown file that lost a watched name is what stood there before, and no container's`() throws {
    let own = ProcessLauncher.ownPID
    let known = FileIdentity(major: 8, minor: 1, inode: 7)
    let former = FileIdentity(major: 8, minor: 1, inode: 8)
    func exposure(_ path: String, hasFormer: Bool = true, pid: Int32 = own) -> ProcessReport.Exposure? {
      let file = WatchedFile(
        stream: stream, identity: known, names: ["/usr/lib/x"], isMeant: true, hasFormer: hasFormer)
      return WatchedFiles([file], isTold: true).reports(pid: pid, MappedFileEntry(identity: former, path: path))
        .first?.1.exposure
    }
    #expect(exposure("/usr/lib/x (deleted)") == .exposed)
    #expect(exposure("/usr/lib/x") == nil)
    #expect(exposure("/usr/lib/y (deleted)") == nil)
    #expect(exposure("/usr/lib/x (deleted)", hasFormer: false) == nil)
    // A process that is none has no root like ours.
    #expect(exposure("/usr/lib/x (deleted)", pid: 0) == nil)
  }
}

extension WatchedFiles {
  fileprivate func reports(pid: Int32, _ entry: MappedFileEntry) -> [(Stream, ProcessReport)] {
    var rest: [MappedFileEntry] = []
    return reports(pid: pid, [entry], rest: &rest)
  }
}
