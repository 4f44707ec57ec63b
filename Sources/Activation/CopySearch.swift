internal import Basics
internal import Improvements
internal import Linux
internal import Synchronization

/// Looks for copies of components' files that are none of the files that are known by identity.
struct CopySearch {
  /// How many files one scan digests at most: who may start containers must not keep a scan busy.
  static let digestLimit = 64

  private let builds: [KnownBuilds]
  private let digests: CopyDigests
  private var candidates: [String: [Int]] = [:]
  private var digestsLeft = CopySearch.digestLimit

  init(_ builds: [KnownBuilds], digests: CopyDigests) {
    self.builds = builds
    self.digests = digests
  }

  /// The copies that a process maps, of files that are known by no identity.
  mutating func copies(pid: Int32, _ entries: [MappedFileEntry]) -> [(stream: Stream, report: CopyReport)] {
    var found: [(Stream, CopyReport)] = []
    for entry in entries {
      for index in candidates(for: entry.path) {
        let report = CopyReport(
          pid: pid, name: ProcessTable.name(of: pid) ?? "ended", place: .unmanaged,
          build: build(of: entry, pid, among: builds[index]), mapped: entry.path, identity: entry.identity.description)
        found.append((builds[index].stream, report))
      }
    }
    return found
  }

  // The same names are mapped by process after process.
  private mutating func candidates(for path: String) -> [Int] {
    if let known = candidates[path] { return known }
    let name = WatchedFiles.unmarked(path)
    let found = builds.indices.filter { builds[$0].mayHaveCopy(named: name) }
    candidates[path] = found
    return found
  }

  private mutating func build(of entry: MappedFileEntry, _ pid: Int32, among builds: KnownBuilds) -> CopyReport.Build {
    guard let file = try? ProcessTable.openMapped(entry, of: pid), let status = try? file.status() else {
      return .unread
    }
    // Another length is another content; nothing has to be read.
    guard builds.vulnerable.union(builds.improved).contains(where: { $0.length == status.size }) else { return .other }
    let key = CopyDigests.Key(identity: status.identity, size: status.size, modified: status.modifiedNanoseconds)
    if digests.digest(of: key) == nil {
      guard digestsLeft > 0 else { return .unread }
      digestsLeft -= 1
      var hasher = Digest.Hasher()
      // What grows while it is read is not read to its end.
      guard (try? file.readPieces(limit: status.size, { hasher.update($0) })) != nil else { return .unread }
      digests.remember(hasher.finish(), of: key)
    }
    guard let digest = digests.digest(of: key) else { return .unread }
    let content = Manifest.Content(digest: digest, length: status.size)
    if builds.vulnerable.contains(content) { return .vulnerable }
    return builds.improved.contains(content) ? .improved : .other
  }
}

/// Digests of copies, kept from scan to scan: a container's library is read once.
final class CopyDigests: Sendable {
  /// How many are kept; beyond that all are forgotten and read again.
  static let limit = 256

  /// A file as it was when it was read.
  ///
  /// One that was changed and given its old time back is taken for what it was: whoever
  /// can do that can map what they like.
  struct Key: Hashable, Sendable {
    let identity: FileIdentity
    let size: Int
    let modified: Int64
  }

  private let known = Mutex<[Key: Digest]>([:])

  func digest(of key: Key) -> Digest? { known.withLock { $0[key] } }

  func remember(_ digest: Digest, of key: Key) {
    known.withLock { known in
      if known.count >= Self.limit { known = [:] }
      known[key] = digest
    }
  }
}
