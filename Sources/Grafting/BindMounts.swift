package import Basics
package import Linux

/// Grafts as bind mounts of single stored files over the real files, for every program of a mount namespace.
///
/// The kernel's table of mounts is the only record of what stands. `suture-graft` changes it, since a process with
/// threads cannot enter another namespace; it needs CAP_SYS_ADMIN. A process that started before a switch keeps what it
/// mapped, and a file that is grafted has the stored file's device and inode.
package final class BindMounts: GraftBackend {
  /// The most grafts that stand at a time.
  package static let graftLimit = 4_096
  /// How long `suture-graft` may take before it is ended: it takes milliseconds.
  package static let limit = Duration.seconds(30)

  private let root: Directory
  private let store: Store
  private let namespace: MountNamespace
  private let program: String
  private let isWithoutBeneath: Bool
  private let proc: OwnProcFolder

  /// Grafts beneath `root`, which follows symbolic links within itself, in a mount namespace.
  ///
  /// - Parameters:
  ///   - namespace: whose files are covered; for a whole machine that of process 1, from where it reaches every service.
  ///   - program: the absolute name of `suture-graft`.
  ///   - isWithoutBeneath: whether to replace as kernels before 6.5 do, with the baseline seen for a moment.
  package init(
    root: Directory, store: Store, namespace: MountNamespace, program: String, isWithoutBeneath: Bool = false
  ) throws {
    self.root = root
    self.store = store
    self.namespace = namespace
    self.program = program
    self.isWithoutBeneath = isWithoutBeneath
    proc = try OwnProcFolder()
  }

  /// Where `suture-graft` stands when it was installed with the program that asks: beside it.
  package static func programBesideOwn() throws -> String {
    let own = try ProcessLauncher.ownExecutable()
    return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/suture-graft"
  }

  /// Puts exactly these grafts in place: all are prepared before the first is switched, then each is in one step.
  ///
  /// Throws where a file is to be covered that does not exist.
  package func establish(_ grafts: Set<Graft>) throws {
    let mounts = try fileMounts()
    // A graft whose stored file is gone stands all the same, until it is taken off.
    if Self.grafts(mounts) == grafts, mounts.allSatisfy({ Self.key($0) != nil }) { return }
    var paths: Set<RelativePath> = []
    for graft in grafts where !paths.insert(graft.path).inserted { throw GraftError.doublePath(graft.path) }
    guard grafts.count <= Self.graftLimit else {
      throw GraftError.mountsRefused(reason: "\(grafts.count) grafts are more than \(Self.graftLimit)")
    }
    var lines: [String] = []
    for graft in grafts.sorted(by: { $0.path < $1.path }) {
      _ = try store.verifiedName(of: graft.file)
      let identity = try store.identity(of: graft.file)
      lines.append("graft \(identity.major):\(identity.minor) \(identity.inode) \(graft.file.name) \(graft.path)")
    }
    _ = try run(lines + ["establish"], expectsFile: false)
  }

  /// The grafts that stand, read from the kernel's table of mounts.
  package func standing() throws -> Set<Graft> { Self.grafts(try fileMounts()) }

  private static func grafts(_ mounts: [MountTable.FileMount]) -> Set<Graft> {
    var seen: Set<UInt64> = []
    var grafts: Set<Graft> = []
    for mount in mounts {
      // A tree that shows at several places has a copy of the graft at each; the shortest path comes first.
      if let group = mount.entry.peerGroup, !seen.insert(group).inserted { continue }
      if let key = key(mount) { grafts.insert(Graft(path: mount.path, file: key)) }
    }
    return grafts
  }

  // The stored file of a graft; nil where the store has it no more, or it is none of the store's own.
  private static func key(_ mount: MountTable.FileMount) -> Store.Key? {
    mount.isRemoved ? nil : Store.Key(name: mount.name)
  }

  /// Those that do not stand at the real path of theirs.
  package func missing(of grafts: Set<Graft>) throws -> Set<Graft> {
    let standing = try standing()
    return grafts.subtracting(standing).filter { graft in
      guard let place = try? root.mountPlace(graft.path, proc) else { return true }
      return !standing.contains(Graft(path: place.path, file: graft.file))
    }
  }

  /// Those of these paths whose real files are covered by a graft.
  package func covered(of paths: Set<RelativePath>) throws -> Set<RelativePath> {
    let covered = Set(try places().map(\.path))
    return try paths.filter { path in
      guard let place = try root.mountPlace(path, proc) else { return false }
      return covered.contains(place.path)
    }
  }

  /// Every real path that a stored file covers, with the file's name; one that the store has no more is among them.
  package func places() throws -> [(path: RelativePath, name: String)] {
    var seen: Set<UInt64> = []
    return try fileMounts().filter { mount in mount.entry.peerGroup.map { seen.insert($0).inserted } ?? true }
      .map { ($0.path, $0.name) }
  }

  /// Takes the grafts at these real paths off, and leaves all others as they are; nothing stored is read for it.
  package func uncover(_ paths: Set<RelativePath>) throws {
    guard !paths.isEmpty else { return }
    _ = try run(paths.sorted().map { "place \($0)" } + ["uncover"], expectsFile: false)
  }

  /// Opens the file beneath a graft.
  ///
  /// A file that others mounted over the real one counts as the baseline.
  package func openBaseline(_ path: RelativePath) throws -> FileDescriptor? {
    if try namespace.isOwn() {
      guard let place = try root.mountPlace(path, proc) else { return nil }
      if try !fileMounts().contains(where: { $0.path == place.path }) { return try place.openFile() }
    }
    return try run(["open \(path)"], expectsFile: true)
  }

  /// The real path, the same whether a graft stands there or not.
  package func name(of path: RelativePath) throws -> String {
    guard let place = try root.mountPlace(path, proc) else { return root.name(path) }
    let real = try root.realName(proc)
    return real == "/" ? "/\(place.path)" : "\(real)/\(place.path)"
  }

  /// Nothing: the real files' own names lead to the grafts.
  package func environment() throws -> [String: String] { [:] }

  // Where the store lies within its file system is the same in every namespace, unlike the numbers of mounts.
  private func fileMounts() throws -> [MountTable.FileMount] {
    let files = try store.directory.placeInFileSystem(proc.mounts(), proc)
    return try namespace.mounts().fileMounts(of: files, beneath: root.realName(proc))
  }

  private func run(_ work: [String], expectsFile: Bool) throws -> FileDescriptor? {
    let head = ["suture-graft 1", "root \(try root.realName(proc))", "store \(try store.directory.realName(proc))"]
    let plan = (head + work).map { $0 + "\n" }.joined()
    var arguments: [String] = []
    if let name = namespace.name { arguments += ["--namespace", name] }
    if isWithoutBeneath { arguments.append("--without-beneath") }
    let result: (end: ProcessEnd, output: String, error: String, file: FileDescriptor?)
    do {
      result = try ProcessLauncher.run(
        program, arguments: arguments, input: Array(plan.utf8), expectsFile: expectsFile, limit: Self.limit)
    } catch {
      // One that took too long was killed, and may have done a part.
      throw error.isTimeout
        ? GraftError.mountsUnknown(program: program, end: .signalled(9))
        : GraftError.mountsUnavailable(reason: "\(error)")
    }
    guard result.end != .exited(0) else { return result.file }
    throw refusal(result.end, result.error)
  }

  // What its exit status and its sentence say, as its README lists them.
  private func refusal(_ end: ProcessEnd, _ text: String) -> GraftError {
    let prefix = "suture-graft: error: "
    guard text.hasPrefix(prefix) else { return .mountsUnknown(program: program, end: end) }
    let reason = String(text.dropFirst(prefix.count).prefix { $0 != "\n" })
    return switch end {
    case .exited(1): .mountsRefused(reason: reason)
    case .exited(75): .mountsUnavailable(reason: reason)
    case .exited(70): .mountsHalfDone(reason: reason)
    default: .mountsUnknown(program: program, end: end)
    }
  }
}
