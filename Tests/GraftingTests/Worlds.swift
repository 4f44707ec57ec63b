import Basics
import Grafting
import Linux
import TestSupport
import Testing

/// A root with a baseline, a store, and a backend over them.
protocol GraftWorld: Sendable {
  var root: Directory { get }
  var store: Store { get }
  var backend: any GraftBackend { get }
  /// The tree of files that programs see.
  func view() throws -> Directory
}

extension GraftWorld {
  /// What a program that starts now reads under the name that the backend gives for a path.
  func content(_ text: String) throws -> String {
    let name = try backend.name(of: path(text))
    return String(decoding: try view().read(path(String(name.dropFirst())), limit: 1 << 20), as: UTF8.self)
  }

  func graft(_ content: String, at text: String = libraryPath) throws -> Graft {
    Graft(path: try path(text), file: try put(content, in: store))
  }

  func baseline(_ text: String) throws -> String? {
    try backend.openBaseline(path(text)).map { String(decoding: try $0.readAll(limit: 1 << 20), as: UTF8.self) }
  }
}

let libraryPath = "usr/lib/x86_64-linux-gnu/libx.so.1.2"
let programPath = "usr/bin/program"

/// The baseline that every world begins with: usr-merged, with the links that libraries have.
func makeBaseline(in root: Directory) throws {
  _ = try root.creatingDirectory(path("usr/lib/x86_64-linux-gnu"))
  _ = try root.creatingDirectory(path("usr/bin"))
  try root.link(to: "usr/lib", at: path("lib"))
  try root.link(to: "usr/bin", at: path("bin"))
  try root.write(Array("old".utf8), to: path(libraryPath))
  try root.write(Array("old program".utf8), to: path(programPath), mode: 0o755)
  try root.link(to: "libx.so.1.2", at: path("usr/lib/x86_64-linux-gnu/libx.so.1"))
  try root.link(to: "liby.so.9", at: path("usr/lib/x86_64-linux-gnu/liby.so"))
}

/// A link farm.
final class FarmWorld: GraftWorld {
  let temporary: TemporaryDirectory
  let root: Directory
  let store: Store
  let backend: any GraftBackend

  init() throws {
    temporary = try TemporaryDirectory()
    let top = temporary.directory
    _ = try top.creatingDirectory(path("root"))
    root = try top.directory(path("root"), links: .withinRoot)
    try makeBaseline(in: root)
    store = Store(in: try top.creatingDirectory(path("store")))
    backend = LinkFarm(root: root, farm: try top.creatingDirectory(path("farm")), store: store)
  }

  func view() throws -> Directory { try Directory(path: "/", links: .withinRoot) }
}

/// Bind mounts in a namespace of the test's own.
final class MountWorld: GraftWorld {
  let temporary: TemporaryDirectory
  let elsewhere: TemporaryDirectory
  let root: Directory
  let store: Store
  let mounts: BindMounts
  let space: PrivateNamespace
  var backend: any GraftBackend { mounts }

  /// - Parameters:
  ///   - isElsewhere: whether the store lies on another file system.
  ///   - setUp: commands for sh(1) in the namespace, given the world's directory and the store's.
  init(
    isElsewhere: Bool = false, isWithoutBeneath: Bool = false, setUp: (String, String) -> String = { _, _ in ":" }
  ) throws {
    temporary = try TemporaryDirectory()
    elsewhere = try TemporaryDirectory(inMemory: true)
    let top = temporary.directory
    _ = try top.creatingDirectory(path("root"))
    root = try top.directory(path("root"), links: .withinRoot)
    try makeBaseline(in: root)
    store = Store(in: try (isElsewhere ? elsewhere.directory : top).creatingDirectory(path("store")))
    space = try PrivateNamespace(setUp: setUp(temporary.path, store.directory.path))
    mounts = try BindMounts(
      root: root, store: store, namespace: space.namespace, program: BindMounts.programBesideOwn(),
      isWithoutBeneath: isWithoutBeneath)
  }

  func view() throws -> Directory { try space.view("/") }

  /// The same root and store for another namespace.
  func backend(for other: PrivateNamespace) throws -> BindMounts {
    try BindMounts(
      root: root, store: store, namespace: other.namespace, program: BindMounts.programBesideOwn())
  }

  /// Runs `suture-graft` on a plan of the test's own.
  func offer(_ plan: String) throws -> (end: ProcessEnd, output: String, error: String) {
    let result = try ProcessLauncher.run(
      BindMounts.programBesideOwn(), arguments: ["--namespace", space.namespace.name ?? ""], input: Array(plan.utf8))
    return (result.end, result.output, result.error)
  }
}

/// A way to make a world, as an argument of a test.
struct WorldKind: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let make: @Sendable () throws -> any GraftWorld

  static let farm = WorldKind(testDescription: "link farm") { try FarmWorld() }
  /// Every kind that can run on this machine.
  static let all: [WorldKind] =
    PrivateNamespace.absence != nil
    ? [farm]
    : [
      farm, WorldKind(testDescription: "bind mounts") { try MountWorld() },
      WorldKind(testDescription: "bind mounts, store elsewhere") { try MountWorld(isElsewhere: true) },
      WorldKind(testDescription: "bind mounts, older kernel") { try MountWorld(isWithoutBeneath: true) },
    ]
}
