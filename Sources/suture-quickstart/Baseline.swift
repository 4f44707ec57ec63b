import Basics
import CanonicalJSON
import DebianArchive
import Linux
import Subprocess
import SystemPackage

/// The vulnerable build, laid where the service finds it.
struct Baseline: Sendable {
  /// The absolute name of the library's file.
  let name: String
  /// What was done, in one line.
  let account: String
  let facts: [String: JSON]
  /// The machine's own files beneath; empty in a folder.
  let machine: MachineFiles

  /// Lays a build in a folder.
  init(_ pair: LibraryPair, beneath root: Directory) throws {
    try pair.layOut(beneath: root)
    name = root.name(pair.file)
    account = "laid \(pair.old.version.text) in a folder, with the links that dpkg would make"
    facts = ["over": .array([.string(name)]), "by": "copies"]
    machine = MachineFiles()
  }

  /// Lays a build over the machine's own files, for this mount namespace.
  init(_ pair: LibraryPair, over root: Directory, from stage: Stage) async throws {
    let version = pair.old.version.text
    let installed = try await Self.installedVersion(pair.old)
    machine = try MachineFiles(pair.laid.filter { $0.digest != nil }.map(\.path), beneath: root)
    let laid: LaidBuild
    do {
      let build = try stage.folder("vulnerable")
      try pair.layOut(beneath: build)
      laid = try LaidBuild(pair.laid, of: build, over: root)
      if installed == nil { try laid.list(pair.old, in: stage.folder("lists")) }
    } catch let error as LinuxError { throw QuickstartError.notLaid("\(error)") }
    for member in pair.laid {
      guard let digest = member.digest else { continue }
      guard try root.openFile(member.path).digest().digest == digest else {
        throw QuickstartError.notLaid("/\(member.path) is not the file of \(version)")
      }
    }
    name = "/\(pair.file)"
    let word = installed.map { "installed is \($0)" } ?? "\(pair.old.name) is not installed"
    let names = laid.directories.map { "/\($0)" }
    account =
      "laid \(version) over \(Self.list(pair.file, laid.files)) in a private mount namespace; \(word)"
      + (names.isEmpty ? "" : "; an overlay of \(names.joined(separator: ", ")) has the names that were missing")
    facts = [
      "over": .array(laid.files.map { .string("/\($0)") }), "overlays": .array(names.map { .string($0) }),
      "by": "bind mounts", "installed": installed.map { .string($0) } ?? .null,
    ]
  }

  /// A path, and how many more.
  static func list(_ first: RelativePath, _ all: [RelativePath]) -> String {
    let more = all.count { $0 != first }
    return "/\(first)" + (more == 0 ? "" : more == 1 ? " and 1 more" : " and \(more) more")
  }

  private static func installedVersion(_ package: DebPackage) async throws -> String? {
    let result = try await Subprocess.run(
      .name("dpkg-query"),
      arguments: [
        "--show", "--showformat", "${db:Status-Status} ${Version}", "\(package.name):\(package.architecture)",
      ], output: .string(limit: 1 << 12), error: .discarded)
    let words = result.standardOutput.split(separator: " ")
    guard result.terminationStatus.isSuccess, words.count == 2, words[0] == "installed" else { return nil }
    return String(words[1])
  }
}

/// A build's files as mounts over the machine's own, in this mount namespace.
///
/// Each file is a bind mount whatever lies beneath it, so that it keeps its own identity; an overlay's files may have two.
private struct LaidBuild {
  /// The files that were covered.
  let files: [RelativePath]
  /// The directories that an overlay covers first, where the machine has not the same names.
  let directories: [RelativePath]
  private let root: Directory
  private let proc: OwnProcFolder

  init(_ members: [DataMember], of build: Directory, over root: Directory) throws {
    self.root = root
    proc = try OwnProcFolder()
    var overlays: Set<RelativePath> = []
    for member in members where try !Self.stands(member, beneath: root) {
      overlays.insert(try Self.standingDirectory(above: member.path, beneath: root))
    }
    directories = overlays.filter { path in !overlays.contains { $0 != path && path.isBeneath($0) } }.sorted()
    for path in directories { try root.directory(path).cover(with: build.directory(path), proc) }
    var covered: [RelativePath] = []
    for member in members where member.digest != nil {
      guard let place = try root.mountPlace(member.path, proc) else {
        throw QuickstartError.notLaid("nothing stands at /\(member.path)")
      }
      try DetachedMount(of: build.seenFile(member.path)).attach(over: place.top())
      covered.append(member.path)
    }
    files = covered
  }

  /// Has dpkg's folder of lists say that the package is installed, as a device looks it up.
  func list(_ package: DebPackage, in folder: Directory) throws {
    let info = try Stage.checked("var/lib/dpkg/info")
    guard try root.status(info)?.kind == .directory else { return }
    let lines = package.members.map { "/\($0.path)\n" }.joined()
    try folder.write(Array(lines.utf8), to: Stage.checked("\(package.name):\(package.architecture).list"))
    try root.directory(info).cover(with: folder, proc)
  }

  // Whether the machine has the same kind of thing at a member's path, so that a mount over files is enough.
  private static func stands(_ member: DataMember, beneath root: Directory) throws -> Bool {
    let kind = try root.statusOfLink(member.path)?.kind
    guard case .symbolicLink(let target) = member.kind else { return kind == .file }
    return try kind == .symbolicLink && root.linkTarget(member.path) == target
  }

  private static func standingDirectory(above path: RelativePath, beneath root: Directory) throws -> RelativePath {
    var here = path.parent
    while let directory = here {
      if try root.status(directory)?.kind == .directory { return directory }
      here = directory.parent
    }
    throw QuickstartError.notLaid("the machine has no directory above /\(path)")
  }
}

/// The machine's own files, held open from before anything was laid over them.
struct MachineFiles: Sendable {
  private let files: [(file: Linux.FileDescriptor, status: FileStatus, digest: Digest)]

  /// None.
  init() { files = [] }

  /// Those of these that the machine has.
  init(_ paths: [RelativePath], beneath root: Directory) throws {
    files = try paths.filter { try root.status($0)?.kind == .file }.map { path in
      let file = try root.openFile(path)
      return try (file, file.status(), file.digest().digest)
    }
  }

  var count: Int { files.count }

  /// Whether each still has its content, its owner, its mode and its times.
  func areUntouched() throws -> Bool {
    try files.allSatisfy { try $0.file.status() == $0.status && $0.file.digest().digest == $0.digest }
  }
}
