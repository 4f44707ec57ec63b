package import Basics
package import Linux

/// Grafts without privilege: a tree of symbolic links to stored files that services search before the baseline's
/// directories.
///
/// Each set of grafts is a generation, a directory of its own; `current` names the one that stands and is replaced by a
/// rename. A process that started before the switch keeps what it mapped.
package final class LinkFarm: GraftBackend {
  private let root: Directory
  private let farm: Directory
  private let store: Store

  private static let current = RelativePath("current")

  /// A farm in a directory that only its owner writes, over the baseline beneath `root`.
  package init(root: Directory, farm: Directory, store: Store) {
    self.root = root
    self.farm = farm
    self.store = store
  }

  /// Puts exactly these grafts in place, in one rename.
  package func establish(_ grafts: Set<Graft>) throws {
    // A crash may have left a former generation, or one that was never finished.
    if try standing() == grafts { return try clearGenerations(but: currentGeneration()) }
    let paths = grafts.map(\.path)
    if let double = Dictionary(grouping: paths, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
      throw GraftError.doublePath(double)
    }
    let names = try Dictionary(uniqueKeysWithValues: grafts.map { ($0.path, try store.verifiedName(of: $0.file)) })
    let next = try generations().max().map { $0 + 1 } ?? 1
    let tree = try component("\(next)")
    // What a crash left half made under this number is not ours to trust.
    try farm.removeTree(tree)
    let generation = try farm.creatingDirectory(tree)
    for (path, name) in names.sorted(by: { $0.key < $1.key }) {
      try plant(path, name, in: generation)
      try synchronize(path.parent, in: generation)
    }
    try generation.synchronize()
    guard let current = Self.current else { return }
    try farm.replaceLink(to: "\(next)", at: current)
    try clearGenerations(but: next)
  }

  private func clearGenerations(but kept: Int?) throws {
    for number in try generations() where number != kept { try farm.removeTree(component("\(number)")) }
  }

  /// The grafts that stand, read from the links themselves.
  package func standing() throws -> Set<Graft> {
    guard let number = try currentGeneration() else { return [] }
    var grafts: Set<Graft> = []
    try collect(in: farm.directory(component("\(number)")), prefix: nil, into: &grafts)
    return grafts
  }

  /// The baseline's file itself: a link farm covers nothing.
  package func openBaseline(_ path: RelativePath) throws -> FileDescriptor? {
    do { return try root.openFile(path) } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
  }

  /// The farm's link where a graft stands, else the baseline's file.
  package func name(of path: RelativePath) throws -> String {
    if let number = try currentGeneration() {
      let generation = try farm.directory(component("\(number)"))
      if try generation.statusOfLink(path) != nil { return farm.path + "/current/\(path)" }
    }
    return root.name(path)
  }

  /// A library search path with the farm's directories before the baseline's.
  package func environment() throws -> [String: String] {
    var directories: [RelativePath] = []
    for text in ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib"] {
      let directory = try component(text)
      if try root.status(directory)?.kind == .directory { directories.append(directory) }
    }
    let search = directories.map { farm.path + "/current/\($0)" } + directories.map { root.name($0) }
    return ["LD_LIBRARY_PATH": search.joined(separator: ":")]
  }

  // A graft is a link to the stored file; every symbolic link of the baseline's directory that leads to the covered file
  // (libx.so.1 to libx.so.1.2.3) is planted beside it, since that is the name that programs ask for.
  private func plant(_ path: RelativePath, _ stored: String, in generation: Directory) throws {
    if let parent = path.parent { _ = try generation.creatingDirectory(parent) }
    try generation.link(to: stored, at: path)
    guard let parent = path.parent, let covered = try root.status(path) else { return }
    for name in try root.names(in: parent) where name != path.name {
      guard let alias = parent.appending(name), try root.statusOfLink(alias)?.kind == .symbolicLink,
        try root.status(alias)?.identity == covered.identity
      else { continue }
      try generation.link(to: path.name, at: alias)
    }
  }

  // Every directory on the way: a name is on the disk when the directory that holds it is.
  private func synchronize(_ path: RelativePath?, in generation: Directory) throws {
    var path = path
    while let here = path {
      try generation.directory(here).synchronize()
      path = here.parent
    }
  }

  private func collect(in directory: Directory, prefix: RelativePath?, into grafts: inout Set<Graft>) throws {
    for name in try directory.names() {
      let step = try component(name)
      guard let path = prefix.map({ $0.appending(name) }) ?? step else { continue }
      switch try directory.statusOfLink(step)?.kind {
      case .directory: try collect(in: directory.directory(step), prefix: path, into: &grafts)
      case .symbolicLink:
        let target = try directory.linkTarget(step)
        guard target.hasPrefix(store.directory.path + "/"),
          let key = Store.Key(name: String(target.dropFirst(store.directory.path.count + 1)))
        else { continue }
        grafts.insert(Graft(path: path, file: key))
      default: continue
      }
    }
  }

  private func currentGeneration() throws -> Int? {
    guard let current = Self.current, try farm.statusOfLink(current) != nil else { return nil }
    guard let number = Int(try farm.linkTarget(current)), number > 0,
      try farm.statusOfLink(component("\(number)"))?.kind == .directory
    else { return nil }
    return number
  }

  private func generations() throws -> [Int] { try farm.names().compactMap { Int($0) }.filter { $0 > 0 } }

  private func component(_ text: String) throws -> RelativePath {
    guard let path = RelativePath(text) else { throw LinuxError("name", text, code: 22) }
    return path
  }
}
