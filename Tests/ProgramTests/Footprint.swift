import Basics
import Linux
import TestSupport

/// What a running program and its folders hold of the machine at one moment, as the kernel and the disk tell it.
struct Footprint: Hashable {
  /// How many threads of pools may be there at one moment and not at another.
  private static let threadAllowance = 3

  /// The mounts of its namespace.
  let mounts: MountTable
  /// How many of its open descriptors lead to the same, by what that is.
  let descriptors: [String: Int]
  /// Its threads.
  let threads: Int
  /// Its children by name, those besides that have ended and were not waited for.
  let children: [String: Int]
  /// The bytes of each file, folder and link beneath its folders.
  let files: [String: Int]

  /// - Parameters:
  ///   - folders: what is looked through for files.
  ///   - isVarying: whether a file's length may be another each time, by its name.
  init(of process: ProcessIdentity, folders: [String], isVarying: (String) -> Bool) throws {
    let own = try Directory(path: "/proc/\(process.pid)")
    mounts = try MountNamespace.of(process: process.pid).mounts()
    let open = try Directory(path: own.path + "/fd")
    descriptors = Self.counts(
      try open.names().compactMap { name in
        // Closed since the folder was read.
        guard let target = try? open.linkTarget(path(name)) else { return nil }
        // socket:[8121]: the number is another for each.
        return target.hasPrefix("/") ? target : String(target.prefix { $0 != "[" })
      })
    threads = try Directory(path: own.path + "/task").names().count
    children = Self.counts(
      try ProcessTable.pids().filter { ProcessIdentity.parent(of: $0) == process.pid }.map { pid in
        let name = ProcessTable.name(of: pid) ?? "\(pid)"
        return ProcessIdentity(running: pid) == nil ? "\(name), which has ended" : name
      })
    var files: [String: Int] = [:]
    for folder in folders {
      try Self.walk(Directory(path: folder)) { files[$0] = isVarying($0) ? 0 : $1 }
    }
    self.files = files
  }

  private static func counts(_ names: [String]) -> [String: Int] {
    Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
  }

  private static func walk(_ folder: Directory, _ visit: (String, Int) -> Void) throws {
    for text in try folder.names() {
      let name = try path(text)
      guard let status = try folder.statusOfLink(name) else { continue }
      // How long a folder is says how many names it once had, on some file systems.
      visit(folder.name(name), status.kind == .directory ? 0 : status.size)
      if status.kind == .directory { try walk(folder.directory(name), visit) }
    }
  }

  /// How much there is of each, in words.
  var account: String {
    func sum(_ counts: [String: Int]) -> Int { counts.values.reduce(0, +) }
    return "\(mounts.entries.count) mounts, \(sum(descriptors)) descriptors, \(threads) threads,"
      + " \(sum(children)) children and \(files.count) files"
  }

  /// What is there now and was not before, and the other way round, each in words.
  func differences(from former: Footprint) -> [String] {
    var found: [String] = []
    let added = mounts.entries.filter { !former.mounts.entries.contains($0) }
    let gone = former.mounts.entries.filter { !mounts.entries.contains($0) }
    found += added.map { "mount left at \($0.point), of \($0.root)" } + gone.map { "mount gone from \($0.point)" }
    found += Self.differences("descriptor", descriptors, former.descriptors)
    // Those of pools come when there is work and go by and by.
    if threads > former.threads + Self.threadAllowance {
      found.append("thread: \(threads), before \(former.threads)")
    }
    found += Self.differences("child", children, former.children)
    found += Self.differences("file", files, former.files)
    return found
  }

  private static func differences(_ kind: String, _ now: [String: Int], _ former: [String: Int]) -> [String] {
    Set(now.keys).union(former.keys).sorted().compactMap { name in
      let (after, before) = (now[name], former[name])
      guard after != before else { return nil }
      return "\(kind) \(name): \(after.map(String.init) ?? "none"), before \(before.map(String.init) ?? "none")"
    }
  }
}

/// What a process has in memory that is no file's, as the kernel tells it.
enum AnonymousMemory {
  /// In bytes.
  static func bytes(of process: ProcessIdentity) throws -> Int {
    let text = try Directory(path: "/proc/\(process.pid)").read(path("smaps_rollup"), limit: 1 << 16)
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Anonymous:") }
    guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw ConfigurationFile.Refusal("the kernel does not tell what process \(process.pid) has in memory")
    }
    return kibibytes * 1_024
  }
}
