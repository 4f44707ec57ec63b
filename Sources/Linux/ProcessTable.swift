internal import Glibc

/// What runs on the machine, read from /proc.
package enum ProcessTable {
  /// The numbers of all processes that can be seen, in order.
  package static func pids() throws(LinuxError) -> [Int32] {
    try Directory(path: "/proc").names().compactMap { Int32($0) }.sorted()
  }

  /// The kernel's short name of a process; nil where it has ended.
  package static func name(of pid: Int32) -> String? {
    guard let bytes = try? ProcFile.read("/proc/\(pid)/comm", limit: 256) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// The files that a process maps, each once, in order of address.
  ///
  /// Nil where the process has ended; throws where its maps may not be read.
  package static func mappedFiles(of pid: Int32) throws(LinuxError) -> [MappedFileEntry]? {
    let bytes: [UInt8]
    do { bytes = try ProcFile.read("/proc/\(pid)/maps", limit: 1 << 26) } catch {
      guard error.isAbsent || error.code == ESRCH else { throw error }
      return nil
    }
    return MappedFileEntry.parse(maps: bytes)
  }

  /// Whether the device and inode columns of maps are those of stat(2) here, tried on a file that this process maps.
  ///
  /// They are on ext4 and xfs and are not on overlayfs or btrfs.
  package static func mapsTellIdentity(of file: FileDescriptor) throws(LinuxError) -> Bool {
    let identity = try file.status().identity
    let mapping = try MappedFile(file, limit: 1 << 30)
    defer { withExtendedLifetime(mapping) {} }
    return try mappedFiles(of: getpid())?.contains { $0.identity == identity } ?? false
  }
}

/// One mapped file of a process.
package struct MappedFileEntry: Sendable, Hashable {
  /// Device and inode as the kernel's table of maps tells them.
  package let identity: FileIdentity
  /// The name that the kernel gives it; a name lies after files were moved about.
  package let path: String

  /// Describes a mapped file.
  package init(identity: FileIdentity, path: String) {
    self.identity = identity
    self.path = path
  }

  /// Reads proc_pid_maps(5): `address perms offset major:minor inode path`; lines that name no file are passed over.
  package static func parse(maps bytes: [UInt8]) -> [MappedFileEntry] {
    var seen: Set<MappedFileEntry> = []
    var entries: [MappedFileEntry] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: true)
      guard fields.count == 6 else { continue }
      let device = fields[3].split(separator: UInt8(ascii: ":"))
      guard device.count == 2, let major = UInt32(String(decoding: device[0], as: UTF8.self), radix: 16),
        let minor = UInt32(String(decoding: device[1], as: UTF8.self), radix: 16),
        let inode = UInt64(String(decoding: fields[4], as: UTF8.self)), inode != 0
      else { continue }
      let path = fields[5].drop { $0 == UInt8(ascii: " ") }
      let entry = MappedFileEntry(
        identity: FileIdentity(major: major, minor: minor, inode: inode), path: String(decoding: path, as: UTF8.self))
      if seen.insert(entry).inserted { entries.append(entry) }
    }
    return entries
  }
}

/// Files of /proc: small, made up as they are read, and of length 0 by stat.
enum ProcFile {
  static func read(_ path: String, limit: Int) throws(LinuxError) -> [UInt8] {
    let number = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", path) }
    return try FileDescriptor(owning: number, name: path).readAll(limit: limit)
  }
}
