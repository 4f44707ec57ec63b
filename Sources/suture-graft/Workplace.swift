import Basics
import Linux

/// The root, the store, and the grafts that stand, in the namespace that this process is in.
struct Workplace {
  let root: Directory
  let store: Directory
  let proc: OwnProcFolder
  /// What stands of the store's files beneath the root; copies of one graft share a peer group.
  let standing: [MountTable.FileMount]

  /// Opens both directories without following any symbolic link, and reads the table of mounts.
  init(_ plan: Plan, _ proc: OwnProcFolder) throws(LinuxError) {
    root = try Self.open(plan.root, links: .withinRoot)
    store = try Self.open(plan.store, links: .refused)
    self.proc = proc
    let mounts = try proc.mounts()
    standing = mounts.fileMounts(
      of: try store.placeInFileSystem(mounts, proc), beneath: try root.realName(proc))
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

  private static func open(_ path: String, links: Directory.Links) throws(LinuxError) -> Directory {
    guard let beneath = RelativePath(path.dropFirst()) else { return try Directory(path: "/", links: links) }
    return try Directory(path: "/").directory(beneath, links: links)
  }
}
