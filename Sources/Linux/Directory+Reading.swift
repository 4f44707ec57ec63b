internal import CLinux
internal import Glibc
package import Values

extension Directory {
  /// Opens a plain file for reading by a path that the owner of the machine gave, links followed.
  package static func file(at path: String) throws(LinuxError) -> FileDescriptor {
    let number = unsafe Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", path) }
    let file = FileDescriptor(owning: number, name: path)
    guard try file.status().kind == .file else { throw LinuxError("open as a file", path, code: EINVAL) }
    return file
  }

  /// Opens a plain file for reading; a directory, device or pipe is refused.
  package func openFile(_ at: RelativePath) throws(LinuxError) -> FileDescriptor {
    // Not blocking: opening a pipe that nobody writes must not hang.
    let file = try open(at, flags: O_RDONLY | O_NONBLOCK)
    guard try file.status().kind == .file else { throw LinuxError("open as a file", name(at), code: EINVAL) }
    return file
  }

  /// The content of a plain file, at most `limit` bytes.
  package func read(_ at: RelativePath, limit: Int) throws(LinuxError) -> [UInt8] {
    try openFile(at).readAll(limit: limit)
  }

  /// The content of a plain file, or nil where there is none.
  package func readIfPresent(_ at: RelativePath, limit: Int) throws(LinuxError) -> [UInt8]? {
    do { return try read(at, limit: limit) } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
  }

  /// What stands at a path, symbolic links followed within the rules of this directory; nil where nothing does.
  package func status(_ at: RelativePath) throws(LinuxError) -> FileStatus? {
    do { return try open(at, flags: LINUX_O_PATH).status() } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
  }

  /// What stands at a path, the last component's symbolic link not followed; nil where nothing does.
  package func statusOfLink(_ at: RelativePath) throws(LinuxError) -> FileStatus? {
    do {
      return try withParent(of: at) { parent, name throws(LinuxError) in
        var buffer = stat()
        guard unsafe fstatat(parent, name, &buffer, AT_SYMLINK_NOFOLLOW) == 0 else {
          throw .last("look at", self.name(at))
        }
        return FileStatus(buffer)
      }
    } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
  }

  /// What a symbolic link says.
  package func linkTarget(_ at: RelativePath) throws(LinuxError) -> String {
    try withParent(of: at) { parent, name throws(LinuxError) in
      var buffer = [UInt8](repeating: 0, count: RelativePath.byteLimit + 1)
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
          guard let base = characters.baseAddress else { return -1 }
          return unsafe readlinkat(parent, name, base, characters.count)
        }
      }
      guard count >= 0 else { throw .last("read the link", self.name(at)) }
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  /// The names in a directory, `.` and `..` left out, in order.
  package func names(in at: RelativePath? = nil) throws(LinuxError) -> [String] {
    let target = try at.map { path throws(LinuxError) in try directory(path) } ?? self
    // A descriptor of its own: fdopendir takes it over and moves its position.
    let own = unsafe openat(target.descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard own >= 0 else { throw .last("open", target.path) }
    guard let stream = unsafe fdopendir(own) else {
      let error = LinuxError.last("list", target.path)
      close(own)
      throw error
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      // The end and a failure look alike but for this; half a list must not pass for the whole.
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw .last("list", target.path) }
        break
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
