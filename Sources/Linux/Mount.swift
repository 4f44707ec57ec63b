internal import CLinux
internal import Glibc
package import Values

/// A file as it is seen at some place now: the topmost mount's, held open without reading it.
package final class SeenFile: Sendable {
  /// What kind of thing it is, and which.
  package let status: FileStatus
  /// The number of the mount through which it is seen, as in a `MountTable`.
  package let mountID: UInt64
  let descriptor: FileDescriptor
  let name: String

  init(_ descriptor: FileDescriptor, name: String) throws(LinuxError) {
    self.descriptor = descriptor
    self.name = name
    status = try descriptor.status()
    mountID = try descriptor.mountID()
  }
}

/// A place in the tree where a plain file stands and mounts can be stacked over it.
package struct MountPlace: Sendable {
  /// The real path beneath the root: no component of it is a symbolic link.
  package let path: RelativePath
  private let parent: FileDescriptor
  private let name: String

  init(path: RelativePath, parent: FileDescriptor, name: String) {
    self.path = path
    self.parent = parent
    self.name = name
  }

  /// What is seen there now.
  package func top() throws(LinuxError) -> SeenFile {
    let number = unsafe openat(parent.number, path.name, LINUX_O_PATH | O_NOFOLLOW | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", name) }
    return try SeenFile(FileDescriptor(owning: number, name: name), name: name)
  }

  /// Opens what is seen there now for reading; anything but a plain file is refused.
  package func openFile() throws(LinuxError) -> FileDescriptor {
    let number = unsafe openat(parent.number, path.name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", name) }
    let file = FileDescriptor(owning: number, name: name)
    guard try file.status().kind == .file else { throw LinuxError("open as a file", name, code: EINVAL) }
    return file
  }

  /// Takes the topmost mount off; processes that use its file keep it.
  ///
  /// Moves the process's working directory: for programs of one thread that use no relative name.
  package func detachTop() throws(LinuxError) {
    guard unsafe linux_detach_mount(parent.number, path.name) == 0 else { throw .last("unmount", name) }
  }
}

/// A mount of one file that is attached nowhere yet, and vanishes where it never is.
package final class DetachedMount: Sendable {
  private let descriptor: FileDescriptor
  private let name: String

  /// Makes another mount of a file: read-only, without set-id bits and devices, programs allowed whatever the file
  /// system's own mount says, on its own until it is attached.
  package init(of file: SeenFile) throws(LinuxError) {
    let number = linux_clone_mount(file.descriptor.number)
    guard number >= 0 else { throw .last("make a mount of", file.name) }
    descriptor = FileDescriptor(owning: number, name: file.name)
    name = file.name
    guard linux_restrict_mount(number) == 0 else { throw .last("restrict the mount of", name) }
  }

  /// Attaches it over what is seen at a place.
  package func attach(over file: SeenFile) throws(LinuxError) {
    guard linux_attach_mount(descriptor.number, file.descriptor.number, 0) == 0 else {
      throw .last("mount over", file.name)
    }
  }

  /// Attaches it beneath the mount that is seen at a place, so that it is seen when that one is taken off.
  package func attach(beneath file: SeenFile) throws(LinuxError) {
    guard linux_attach_mount(descriptor.number, file.descriptor.number, 1) == 0 else {
      throw .last("mount beneath", file.name)
    }
  }

  /// Whether the kernel can attach beneath a mount (since Linux 6.5).
  package static var canAttachBeneath: Bool { linux_can_attach_beneath() != 0 }
}

extension Directory {
  /// The file at a path, symbolic links followed within the rules of this directory.
  package func seenFile(_ at: RelativePath) throws(LinuxError) -> SeenFile {
    try SeenFile(open(at, flags: LINUX_O_PATH), name: name(at))
  }

  /// The place where the file at a path really stands; nil where nothing does.
  ///
  /// The path's symbolic links are followed within the rules of this directory. Anything but a plain file is refused.
  package func mountPlace(_ at: RelativePath, _ proc: OwnProcFolder) throws(LinuxError) -> MountPlace? {
    let file: FileDescriptor
    do { file = try open(at, flags: LINUX_O_PATH) } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
    guard try file.status().kind == .file else { throw LinuxError("mount over", name(at), code: EINVAL) }
    let own = try proc.name(of: descriptor)
    let absolute = try proc.name(of: file)
    let prefix = own == "/" ? own : own + "/"
    guard absolute.hasPrefix(prefix), let real = RelativePath(absolute.dropFirst(prefix.count)) else {
      throw LinuxError("mount over", name(at), code: EXDEV)
    }
    guard let parent = real.parent else {
      return MountPlace(path: real, parent: try duplicate(), name: name(real))
    }
    return MountPlace(path: real, parent: try open(parent, flags: O_RDONLY | O_DIRECTORY), name: name(real))
  }

  /// Shows, at this directory's place, another directory's names before its own, all of it read-only (overlayfs).
  ///
  /// What is opened by this object afterwards is still the directory beneath; mounts beneath it are not shown.
  package func cover(with other: Directory, _ proc: OwnProcFolder) throws(LinuxError) {
    let names = [try other.realName(proc), try realName(proc)]
    // Characters that mean something in the options of an overlay.
    guard !names.joined().contains(where: { ":,\\".contains($0) }) else {
      throw LinuxError("overlay", names[1], code: EINVAL)
    }
    guard unsafe linux_mount_overlay(names[1], "lowerdir=\(names[0]):\(names[1])") == 0 else {
      throw .last("overlay", names[1])
    }
  }

  /// The absolute name of this directory, free of symbolic links.
  package func realName(_ proc: OwnProcFolder) throws(LinuxError) -> String { try proc.name(of: descriptor) }

  /// Where this directory lies within its file system, in the words of a table of mounts of this namespace.
  package func placeInFileSystem(
    _ mounts: MountTable, _ proc: OwnProcFolder
  ) throws(LinuxError) -> (device: [UInt32], path: String) {
    let real = try realName(proc)
    guard let entry = mounts.entry(try descriptor.mountID()), real.hasPrefix(entry.point) else {
      throw LinuxError("find the mount of", path, code: ENOENT)
    }
    let parts = (entry.root + "/" + real.dropFirst(entry.point.count)).split(separator: "/")
    return (entry.device, "/" + parts.joined(separator: "/"))
  }

  /// Takes the advisory lock of the directory for this process alone, or throws at once where another holds it.
  package func lock() throws(LinuxError) { try descriptor.lock() }

  /// Takes the lock, and where another holds it waits for it, the thread with it.
  ///
  /// Throws where that takes too long.
  package func lock(waitingAtMost limit: Duration) throws(LinuxError) {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while true {
      do { return try lock() } catch {
        guard error.isLocked, ContinuousClock.now < deadline else { throw error }
        usleep(10_000)
      }
    }
  }

  private func duplicate() throws(LinuxError) -> FileDescriptor {
    let number = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0)
    guard number >= 0 else { throw .last("open", path) }
    return FileDescriptor(owning: number, name: path)
  }
}

extension FileDescriptor {
  /// The number of the mount through which it was opened.
  func mountID() throws(LinuxError) -> UInt64 {
    var id: UInt64 = 0
    guard unsafe linux_mount_id(number, &id) == 0 else { throw .last("find the mount of", "an open file") }
    return id
  }

  /// How many names the file has.
  func linkCount() throws(LinuxError) -> Int {
    var buffer = stat()
    guard unsafe fstat(number, &buffer) == 0 else { throw .last("look at", "an open file") }
    return Int(buffer.st_nlink)
  }
}
