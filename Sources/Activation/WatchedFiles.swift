internal import Basics
package import Improvements
package import Linux

/// A file whose mapping tells what a process runs.
package struct WatchedFile: Sendable, Hashable {
  /// The stream that it belongs to.
  package let stream: Stream
  /// Its identity in the kernel.
  package let identity: FileIdentity
  /// The absolute names that its mappings may have.
  package let names: Set<String>
  /// Whether running it is what is meant: the improved file that stands now.
  package let isMeant: Bool
  /// Whether it has lost its place, so that its inode may be another file's by now.
  package let isGone: Bool
  /// Whether what had one of its names before, and lost it, is no better: an older file that was replaced by this one.
  package let hasFormer: Bool

  /// Describes a file to look for.
  package init(
    stream: Stream, identity: FileIdentity, names: Set<String>, isMeant: Bool, isGone: Bool = false,
    hasFormer: Bool = false
  ) {
    self.stream = stream
    self.identity = identity
    self.names = names
    self.isMeant = isMeant
    self.isGone = isGone
    self.hasFormer = hasFormer
  }
}

/// The files that are looked for, by what a mapping tells of its file.
struct WatchedFiles {
  // The kernel marks the name of a file that was replaced or removed since.
  private static let mark = " (deleted)"

  private let isTold: Bool
  private let byIdentity: [FileIdentity: [WatchedFile]]
  private let byInode: [UInt64: [WatchedFile]]
  private let byFormerName: [String: [WatchedFile]]

  /// `isTold` says whether the identities of mapped files are told truly; else inode and name are compared.
  init(_ files: [WatchedFile], isTold: Bool) {
    self.isTold = isTold
    byIdentity = isTold ? Dictionary(grouping: files, by: \.identity) : [:]
    byInode = isTold ? [:] : Dictionary(grouping: files, by: \.identity.inode)
    var former: [String: [WatchedFile]] = [:]
    for file in files where file.hasFormer { for name in file.names { former[name, default: []].append(file) } }
    byFormerName = former
  }

  /// What one process's mapped files say: protected where it maps only meant files of a stream, else exposed.
  ///
  /// - Parameter rest: is given the mapped files that are none of the watched ones.
  func reports(
    pid: Int32, _ entries: [MappedFileEntry], rest: inout [MappedFileEntry]
  ) -> [(Stream, ProcessReport)] {
    var matches: [Stream: [(entry: MappedFileEntry, isMeant: Bool)]] = [:]
    var isOfOurRoot: Bool?
    for entry in entries {
      let found = matching(entry)
      for file in found { matches[file.stream, default: []].append((entry, file.isMeant)) }
      guard found.isEmpty else { continue }
      let former = formerNames(of: entry)
      // A container's own files have the same names.
      if former != nil, isOfOurRoot == nil { isOfOurRoot = ProcessTable.sharesRoot(pid) }
      guard let former, isOfOurRoot == true else {
        rest.append(entry)
        continue
      }
      for file in former { matches[file.stream, default: []].append((entry, false)) }
    }
    return matches.sorted { $0.key < $1.key }.compactMap { stream, found in
      // What is not meant is shown first: it is the news.
      guard let shown = found.first(where: { !$0.isMeant }) ?? found.first else { return nil }
      return (
        stream,
        ProcessReport(
          pid: pid, name: ProcessTable.name(of: pid) ?? "ended", service: nil,
          exposure: found.allSatisfy(\.isMeant) ? .protected : .exposed, mapped: shown.entry.path,
          identity: shown.entry.identity.description)
      )
    }
  }

  private func matching(_ entry: MappedFileEntry) -> [WatchedFile] {
    let name = Self.unmarked(entry.path)
    guard isTold else {
      // What was mapped through a mount that is gone has no name but this; rather too much is found than too little.
      return byInode[entry.identity.inode, default: []].filter { $0.names.contains(name) || name == "/" }
    }
    return byIdentity[entry.identity, default: []].filter { file in
      guard file.isGone else { return true }
      // In another mount namespace the folders may have other names.
      return name == "/" || file.names.contains { Self.last($0) == Self.last(name) }
    }
  }

  private func formerNames(of entry: MappedFileEntry) -> [WatchedFile]? {
    entry.path.hasSuffix(Self.mark) ? byFormerName[Self.unmarked(entry.path)] : nil
  }

  /// A name without the kernel's mark of a file that was replaced or removed.
  static func unmarked(_ path: String) -> String {
    path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
  }

  private static func last(_ name: String) -> Substring { name.split(separator: "/").last ?? "" }
}
