internal import CLinux
internal import Glibc
internal import Values

/// An open file, closed when the last reference goes.
package final class FileDescriptor: Sendable, PieceReadable {
  /// The kernel's number for it; valid while this object lives.
  package let number: Int32
  let name: String

  /// Takes over an open descriptor; `name` is for sentences.
  package init(owning number: Int32, name: String) {
    self.number = number
    self.name = name
  }

  deinit { _ = Glibc.close(number) }

  /// Reads at most as many bytes as are left up to `limit`, to the end of the file; throws where there are more.
  package func readAll(limit: Int) throws(LinuxError) -> [UInt8] {
    var bytes: [UInt8] = []
    let size = try status().size
    guard size <= limit else { throw LinuxError("read", name, code: EFBIG) }
    var chunk = [UInt8](repeating: 0, count: max(4_096, min(size + 1, 1 << 20)))
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(number, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("read", name)
      }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { throw LinuxError("read", name, code: EFBIG) }
      bytes += chunk[..<count]
    }
  }

  /// Reads the next bytes, at most `limit`; nil at the end of the file.
  package func readPiece(limit: Int) throws(LinuxError) -> [UInt8]? {
    var piece = [UInt8](repeating: 0, count: limit)
    while true {
      let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(number, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("read", name)
      }
      guard count > 0 else { return nil }
      piece.removeSubrange(count...)
      return piece
    }
  }

  /// Writes all bytes.
  package func write(_ bytes: [UInt8]) throws(LinuxError) {
    try unsafe write(bytes.span.bytes)
  }

  /// Writes all bytes.
  package func write(_ bytes: RawSpan) throws(LinuxError) {
    var written = 0
    while written < bytes.byteCount {
      let rest = bytes.extracting(written..<bytes.byteCount)
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("write", name)
      }
      written += count
    }
  }

  /// Returns when the file's content and length are on the disk.
  package func synchronize() throws(LinuxError) {
    guard fsync(number) == 0 else { throw .last("sync", name) }
  }

  /// What the kernel says of the open file.
  package func status() throws(LinuxError) -> FileStatus {
    var buffer = stat()
    guard unsafe fstat(number, &buffer) == 0 else { throw .last("look at", name) }
    return FileStatus(buffer)
  }

  /// The names of the file's extended attributes (xattr(7)); none where its file system keeps none.
  package func attributeNames() throws(LinuxError) -> [String] {
    // XATTR_LIST_MAX: no list is longer.
    var names = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe names.withUnsafeMutableBytes { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe linux_list_attributes(number, $0.baseAddress, $0.count) }
    }
    guard count >= 0 else {
      if errno == ENOTSUP { return [] }
      throw .last("list the attributes of", name)
    }
    return names[..<count].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Takes the advisory lock for this process alone, or throws at once where another holds it.
  package func lock() throws(LinuxError) {
    guard flock(number, LOCK_EX | LOCK_NB) == 0 else { throw .last(LinuxError.locking, name) }
  }

  /// Hands over the file from its beginning, piece by piece, and gives its length in bytes.
  package func readPieces(_ body: (RawSpan) -> Void) throws(LinuxError) -> Int { try readPieces(limit: .max, body) }

  /// The same of a file of at most `limit` bytes; throws where there are more.
  package func readPieces(limit: Int, _ body: (RawSpan) -> Void) throws(LinuxError) -> Int {
    var offset = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while offset <= limit {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe pread(number, $0.baseAddress, $0.count, off_t(offset)) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("read", name)
      }
      if count == 0 { return offset }
      unsafe body(chunk.span.bytes.extracting(0..<count))
      offset += count
    }
    throw LinuxError("read", name, code: EFBIG)
  }
}

/// What stat(2) says of a file, as far as it is used.
package struct FileStatus: Sendable, Hashable {
  /// What kind of thing it is.
  package enum Kind: Sendable, Hashable {
    /// A plain file.
    case file
    /// A directory.
    case directory
    /// A symbolic link.
    case symbolicLink
    /// A device, socket or pipe.
    case other
  }

  /// What kind of thing it is.
  package let kind: Kind
  /// The file's identity in the kernel.
  package let identity: FileIdentity
  /// Permission bits, set-id bits included.
  package let mode: UInt32
  /// The owner's number.
  package let owner: UInt32
  /// The group's number.
  package let group: UInt32
  /// Length in bytes.
  package let size: Int
  /// When the content last changed, in nanoseconds since 1970.
  package let modifiedNanoseconds: Int64
  /// When its content or what is known of it last changed, its name too, in nanoseconds since 1970.
  package let changedNanoseconds: Int64

  init(_ buffer: stat) {
    switch buffer.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symbolicLink
    default: kind = .other
    }
    identity = FileIdentity(
      major: linux_device_major(UInt64(buffer.st_dev)), minor: linux_device_minor(UInt64(buffer.st_dev)),
      inode: UInt64(buffer.st_ino))
    mode = buffer.st_mode & 0o7777
    owner = buffer.st_uid
    group = buffer.st_gid
    size = Int(buffer.st_size)
    modifiedNanoseconds = Int64(buffer.st_mtim.tv_sec) * 1_000_000_000 + Int64(buffer.st_mtim.tv_nsec)
    changedNanoseconds = Int64(buffer.st_ctim.tv_sec) * 1_000_000_000 + Int64(buffer.st_ctim.tv_nsec)
  }
}

/// Which file it is, whatever it is called: device and inode.
package struct FileIdentity: Sendable, Hashable, CustomStringConvertible {
  /// The device's major number.
  package let major: UInt32
  /// The device's minor number.
  package let minor: UInt32
  /// The inode on the device.
  package let inode: UInt64

  /// Names a file by its numbers.
  package init(major: UInt32, minor: UInt32, inode: UInt64) {
    self.major = major
    self.minor = minor
    self.inode = inode
  }

  /// `MAJOR:MINOR INODE`, numbers in decimal.
  package var description: String { "\(major):\(minor) \(inode)" }
}
