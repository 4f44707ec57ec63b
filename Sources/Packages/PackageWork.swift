internal import Basics
package import Linux

/// What the package manager of a machine is at, and whose turn it is to change what stands.
///
/// A run counts from its announcement by a hook until its process has ended and nobody holds dpkg's locks, or until its
/// hook says that it is done. Where no hook announced anything, the locks alone tell.
package final class PackageWork: Sendable {
  /// How long a turn is waited for: what is done in one takes milliseconds.
  package static let turnLimit = Duration.seconds(20)
  private static let turnPeriod = Duration.milliseconds(10)
  /// The longest list of what belongs together, in bytes.
  private static let groupsByteLimit = 1 << 22

  /// Somebody who changes packages now.
  package struct Occupation: Sendable, Hashable, CustomStringConvertible {
    /// The name of the process, and its number where it can be told.
    package let description: String
  }

  private let root: Directory
  private let runtime: Directory
  private let note: RelativePath
  private let turn: RelativePath
  private let groups: RelativePath
  // A frontend such as apt holds the first through all its work, dpkg the second while it runs (dpkg(1)).
  private let locks: [RelativePath]

  /// The work on the packages of a root, with notes of it in a directory that only root writes.
  package init(root: Directory, runtime: Directory) throws {
    self.root = root
    self.runtime = runtime
    func path(_ text: String) throws -> RelativePath {
      guard let path = RelativePath(text) else { throw PackageError.malformedRun }
      return path
    }
    note = try path("packages")
    turn = try path("packages.lock")
    groups = try path("packages.groups")
    locks = try [path("var/lib/dpkg/lock-frontend"), path("var/lib/dpkg/lock")]
  }

  /// Runs `body` while nobody else changes what stands.
  ///
  /// The kernel ends a turn with its process.
  package func inTurn<T>(_ body: () throws -> T) throws -> T {
    let file = try runtime.lockFile(turn)
    let deadline = ContinuousClock.now.advanced(by: Self.turnLimit)
    while true {
      do {
        try file.lock()
        break
      } catch {
        guard error.isLocked else { throw error }
        guard ContinuousClock.now < deadline else {
          throw PackageError.turnTaken(seconds: Self.turnLimit.components.seconds)
        }
        Pause.wait(Self.turnPeriod)
      }
    }
    return try withExtendedLifetime(file) { try body() }
  }

  /// The run that was announced and not concluded; nil where there is none, or its note is damaged.
  package func run() throws -> PackageRun? {
    guard let bytes = try runtime.readIfPresent(note, limit: PackageRun.byteLimit) else { return nil }
    return try? PackageRun(parsing: bytes)
  }

  /// Announces a run; to be called in a turn, before anything steps aside for it.
  package func announce(_ run: PackageRun) throws { try runtime.write(run.bytes, to: note, mode: 0o644) }

  /// Forgets the run that was announced; to be called in a turn, when everything is looked at again.
  package func conclude() throws { try runtime.remove(note) }

  /// Who changes packages now; nil where nobody does.
  ///
  /// - Parameter done: a process that has said that its work is done; until it announces another run, that it holds the
  ///   locks still, or that another does for it, counts for nothing.
  package func occupation(besides done: ProcessIdentity? = nil) throws -> Occupation? {
    let run = try run()
    if let run, run.process.isRunning { return Self.named(run.process, or: run.announcer.rawValue) }
    let besides = run == nil ? done.map { Set([$0] + $0.ancestors) } ?? [] : []
    for lock in locks {
      switch try root.lockHolder(of: lock) {
      case nil: continue
      case .process(let holder):
        if !besides.contains(holder) { return Self.named(holder, or: "a process") }
      case .unknown: return Occupation(description: "a process that cannot be seen from here")
      }
    }
    return nil
  }

  /// Writes down which stored files step aside together: by name in the store, with what each belongs to.
  package func keep(groups named: [String: Set<String>]) throws {
    let lines = named.sorted { $0.key < $1.key }.flatMap { name, owners in owners.sorted().map { "\(name) \($0)\n" } }
    let bytes = Array(lines.joined().utf8)
    if try runtime.readIfPresent(groups, limit: Self.groupsByteLimit) != bytes {
      try runtime.write(bytes, to: groups, mode: 0o644)
    }
  }

  /// What each stored file belongs to, as it was last written down; none where nothing was.
  package func keptGroups() throws -> [String: Set<String>] {
    let bytes = try runtime.readIfPresent(groups, limit: Self.groupsByteLimit) ?? []
    var named: [String: Set<String>] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 1).map(String.init)
      if fields.count == 2 { named[fields[0], default: []].insert(fields[1]) }
    }
    return named
  }

  private static func named(_ process: ProcessIdentity, or fallback: String) -> Occupation {
    Occupation(description: "\(ProcessTable.name(of: process.pid) ?? fallback) (process \(process.pid))")
  }
}
