package import Improvements
package import Linux

/// Finds the processes that map watched files, from the kernel's own tables.
package struct ExposureScanner: Sendable {
  /// What was found.
  package struct Findings: Sendable, Hashable {
    /// Processes by stream, in order of number; a process that maps nothing of a stream is not in its list.
    package var processes: [Stream: [ProcessReport]] = [:]
    /// Copies of a stream's files that are elsewhere, and who maps them, in order of process number.
    package var copies: [Stream: [CopyReport]] = [:]
    /// The processes that could not be looked at, in order of number.
    package var unseen: [Int32] = []

    /// Nothing found.
    package init() {}
  }

  /// Where identities are told truly on this machine; nil for nowhere, and inode and name are compared.
  package let source: MappedIdentity?
  /// How often at most the processes are listed for those that began during the scan.
  static let listingLimit = 16

  /// Whether this user may look at every process of the machine: root, where nothing confines it.
  ///
  /// The first process has every capability that a machine gives, so what may look at that one may look at all, and
  /// only what a process did itself (a table of maps without end) can hide it. A root that may not is confined by a
  /// container or a security module, and vouches, as other users do, for what it may look at.
  package var isForAll: Bool {
    guard ProcessLauncher.userID == 0 else { return false }
    return (try? ProcessTable.mappedFiles(of: 1, by: source ?? .maps, limit: ProcessTable.mapsByteLimit)) != nil
  }

  private let mapsLimit: Int
  private let digests = CopyDigests()

  /// A scanner for a machine on which the self-test found such a source.
  ///
  /// - Parameter mapsLimit: the longest table of one process's maps that is read, in bytes.
  package init(source: MappedIdentity?, mapsLimit: Int = ProcessTable.mapsByteLimit) {
    self.source = source
    self.mapsLimit = mapsLimit
  }

  /// A scanner that finds out by itself: it maps these files and looks whether it finds them.
  ///
  /// - Parameter files: one of each file system that improved files or baselines lie on.
  package init(selfTestedOn files: [FileDescriptor]) throws {
    self.init(source: try ProcessTable.mappedIdentity(telling: files))
  }

  /// Looks at every process that may be looked at.
  ///
  /// - Parameter builds: components of which copies that are none of the watched files are looked for too.
  package func scan(for watched: [WatchedFile], copiesOf builds: [KnownBuilds] = []) throws -> Findings {
    try scan(for: watched, copiesOf: builds, among: ProcessTable.pids)
  }

  /// The same among the processes that `listing` names, each time that it is asked.
  func scan(
    for watched: [WatchedFile], copiesOf builds: [KnownBuilds] = [], among listing: () throws -> [Int32]
  ) throws -> Findings {
    var findings = Findings()
    var search = CopySearch(builds, digests: digests)
    let lookup = WatchedFiles(watched, isTold: source != nil)
    var looked: Set<Int32> = []
    // A process may hand what it maps on to a child and end before its turn comes: what began meanwhile is looked at too.
    for _ in 0..<Self.listingLimit {
      let fresh = try listing().filter { looked.insert($0).inserted }
      if fresh.isEmpty { break }
      for pid in fresh { look(at: pid, lookup, &search, &findings) }
    }
    findings.unseen.sort()
    findings.processes = findings.processes.mapValues { $0.sorted { $0.pid < $1.pid } }
    findings.copies = findings.copies.mapValues { $0.sorted { $0.pid < $1.pid } }
    return findings
  }

  private func look(
    at pid: Int32, _ lookup: WatchedFiles, _ search: inout CopySearch, _ findings: inout Findings
  ) {
    let entries: [MappedFileEntry]
    do {
      guard let found = try ProcessTable.mappedFiles(of: pid, by: source ?? .maps, limit: mapsLimit) else { return }
      entries = found
    } catch {
      // One process that cannot be read, whatever it did to be so, must not hide the others.
      findings.unseen.append(pid)
      return
    }
    var rest: [MappedFileEntry] = []
    for (stream, report) in lookup.reports(pid: pid, entries, rest: &rest) {
      findings.processes[stream, default: []].append(report)
    }
    for (stream, report) in search.copies(pid: pid, rest) { findings.copies[stream, default: []].append(report) }
  }
}
