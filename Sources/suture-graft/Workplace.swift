import Linux
import Values

/// The root, the store, and the grafts that stand, in the namespace that this process is in.
struct Workplace {
  let root: Directory
  let store: Directory
  let proc: OwnProcFolder
  /// What stands of the store's files beneath the root; copies of one graft share a peer group.
  let standing: [MountTable.FileMount]
  private let mounts: MountTable
  private let files: (device: [UInt32], path: String)

  /// Opens both directories without following any symbolic link, and reads the table of mounts.
  init(_ plan: Plan, _ proc: OwnProcFolder) throws(LinuxError) {
    root = try Self.open(plan.root, links: .withinRoot)
    store = try Self.open(plan.store, links: .refused)
    self.proc = proc
    mounts = try proc.mounts()
    files = try store.placeInFileSystem(mounts, proc)
    standing = mounts.fileMounts(of: files, beneath: try root.realName(proc))
  }

  /// How many grafts lie beneath one that stands, at the same place: what a switch leaves that is killed between two steps.
  func hiddenLayers(beneath graft: MountTable.FileMount) -> Int {
    var count = 0
    var entry = graft.entry
    while let below = mounts.entry(entry.parent), below.point == entry.point, below.device == files.device,
      below.root.hasPrefix(files.path + "/")
    {
      count += 1
      entry = below
    }
    return count
  }

  /// Takes every graft at a path off, in a copy of the namespace, and opens what lies beneath; nil where nothing does.
  func openBeneath(_ path: RelativePath) throws(LinuxError) -> FileDescriptor? {
    guard let place = try root.mountPlace(path, proc) else { return nil }
    let mounts = try proc.mounts()
    let files = try store.placeInFileSystem(mounts, proc)
    let prefix = files.path + "/"
    // The number of mounts bounds it: each turn takes one off.
    for _ in mounts.entries {
      let top = try place.top()
      guard let entry = mounts.entry(top.mountID), entry.device == files.device, entry.root.hasPrefix(prefix),
        entry.point.hasSuffix("/\(place.path)")
      else { break }
      try place.detachTop()
    }
    return try place.openFile()
  }

  /// Opens a directory by its absolute path, which may hold no symbolic link.
  static func open(_ path: String, links: Directory.Links) throws(LinuxError) -> Directory {
    guard let beneath = RelativePath(path.dropFirst()) else { return try Directory(path: "/", links: links) }
    return try Directory(path: "/").directory(beneath, links: links)
  }
}
