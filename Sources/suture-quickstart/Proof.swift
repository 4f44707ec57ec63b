import Basics
import DebianArchive
import Improvements
import Linux

/// What the kernel says that a process maps, and what that file is.
struct Proof {
  let pid: Int32
  let entry: MappedFileEntry
  let digest: Digest

  /// Finds the library among the files that a process maps, and reads the very file that is mapped.
  init(pid: Int32, pair: LibraryPair, baseline: Baseline, stage: Stage) throws {
    let known = try Directory(path: "/", links: .withinRoot).openFile(Stage.checked(String(baseline.name.dropFirst())))
    let source = try ProcessTable.mappedIdentity(telling: [known])
    let entries = try ProcessTable.mappedFiles(of: pid, by: source ?? .maps) ?? []
    // Several segments of one file are one entry; two entries would be two builds in one process.
    let matches = entries.filter { entry in
      entry.path == baseline.name || entry.path.hasPrefix("\(stage.path)/device/var/lib/suture/store/")
    }
    guard matches.count == 1, let found = matches.first, let place = RelativePath(found.path.dropFirst()) else {
      let name = pair.file.name
      throw QuickstartError.notProven("process \(pid) maps \(matches.count) builds of \(name), and one was expected")
    }
    let file = try Directory(path: "/").openFile(place)
    // The name could lie, so the open file must be the mapped one; where maps do not tell devices, by inode.
    let identity = try file.status().identity
    guard source == nil ? identity.inode == found.identity.inode : identity == found.identity else {
      throw QuickstartError.notProven("\(found.path) is not the file that process \(pid) maps")
    }
    self.pid = pid
    entry = found
    digest = try file.digest().digest
  }

  /// Whether the mapped file is the fixed build's, the vulnerable build's, or neither.
  func exposure(_ pair: LibraryPair) throws -> ProcessReport.Exposure {
    if digest == pair.new.membersByPath[pair.file]?.digest { return .protected }
    if digest == pair.old.membersByPath[pair.file]?.digest { return .exposed }
    throw QuickstartError.notProven("process \(pid) maps a file that is in neither of Debian's builds")
  }

  /// One sentence.
  func sentence(_ pair: LibraryPair, _ exposure: ProcessReport.Exposure) -> String {
    let version = exposure == .protected ? pair.new.version.text : pair.old.version.text
    return "process \(pid) maps inode \(entry.identity.inode): byte for byte \(pair.file.name) of \(version)"
  }
}
