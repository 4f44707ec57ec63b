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
    if try standing() == grafts { return }
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
  package func standing() throws -> Set<Graft> {
    var seen: Set<UInt64> = []
    var grafts: Set<Graft> = []
    for mount in try fileMounts() {
      // A tree that shows at several places has a copy of the graft at each; the shortest path comes first.
      if let group = mount.entry.peerGroup, !seen.insert(group).inserted { continue }
      guard !mount.isRemoved, let key = Store.Key(name: mount.name) else { continue }
      grafts.insert(Graft(path: mount.path, file: key))
    }
    return grafts
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
    let result = try ProcessLauncher.run(
      program, arguments: arguments, input: Array(plan.utf8), expectsFile: expectsFile, limit: Self.limit)
    guard result.end != .exited(0) else { return result.file }
    let prefix = "suture-graft: error: "
    guard result.end == .exited(1), result.error.hasPrefix(prefix) else {
      throw GraftError.mountsUnknown(program: program, end: result.end)
    }
    throw GraftError.mountsRefused(reason: String(result.error.dropFirst(prefix.count).prefix { $0 != "\n" }))
  }
}
