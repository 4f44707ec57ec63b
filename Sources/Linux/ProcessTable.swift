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
  package static func mappedFiles(
    of pid: Int32, by source: MappedIdentity = .maps
  ) throws(LinuxError) -> [MappedFileEntry]? {
    let bytes: [UInt8]
    do { bytes = try ProcFile.read("/proc/\(pid)/maps", limit: 1 << 26) } catch {
      guard error.isAbsent || error.code == ESRCH else { throw error }
      return nil
    }
    let entries = MappedFileEntry.parse(maps: bytes)
    guard source == .mapFiles else { return entries }
    var identified: [MappedFileEntry] = []
    for entry in entries {
      // Unmapped since, or no file that can be looked at: as the table says.
      let identity = try identity(of: entry, in: pid) ?? entry.identity
      identified.append(MappedFileEntry(identity: identity, path: entry.path, range: entry.range))
    }
    return identified
  }

  /// The best source here that tells the identities of all these files truly, tried on mappings of this process; nil
  /// where none does.
  ///
  /// The columns of maps are those of stat(2) on ext4 and xfs, and not on btrfs or, with some kernels, overlayfs.
  package static func mappedIdentity(telling files: [FileDescriptor]) throws(LinuxError) -> MappedIdentity? {
    var mappings: [MappedFile] = []
    var identities: [FileIdentity] = []
    for file in files {
      mappings.append(try MappedFile(file, limit: 1 << 30))
      identities.append(try file.status().identity)
    }
    defer { withExtendedLifetime(mappings) {} }
    for source in MappedIdentity.allCases {
      // What may not be looked at without privilege is no source.
      guard let found = try? mappedFiles(of: getpid(), by: source) else { continue }
      let told = Set(found.map(\.identity))
      if identities.allSatisfy(told.contains) { return source }
    }
    return nil
  }

  private static func identity(of entry: MappedFileEntry, in pid: Int32) throws(LinuxError) -> FileIdentity? {
    var buffer = stat()
    guard unsafe stat("/proc/\(pid)/map_files/\(entry.range)", &buffer) == 0 else {
      guard errno == EACCES || errno == EPERM else { return nil }
      throw .last("look at the files mapped by", "process \(pid)")
    }
    return FileStatus(buffer).identity
  }
}

/// Where the kernel tells which file a mapping is of.
package enum MappedIdentity: Sendable, Hashable, CaseIterable {
  /// The device and inode columns of `/proc/PID/maps`.
  case maps
  /// stat(2) through the links of `/proc/PID/map_files`, which needs CAP_SYS_PTRACE or CAP_CHECKPOINT_RESTORE.
  case mapFiles
}

/// One mapped file of a process.
package struct MappedFileEntry: Sendable, Hashable {
  /// Device and inode as the kernel's table of maps tells them.
  package let identity: FileIdentity
  /// The name that the kernel gives it; a name lies after files were moved about.
  package let path: String
  /// The address range of its first mapping, as `/proc/PID/map_files` names it: `7f0c8a200000-7f0c8a228000`.
  let range: String

  /// Describes a mapped file.
  package init(identity: FileIdentity, path: String) {
    self.init(identity: identity, path: path, range: "")
  }

  init(identity: FileIdentity, path: String, range: String) {
    self.identity = identity
    self.path = path
    self.range = range
  }

  /// Whether it is the same file under the same name, wherever it is mapped.
  package static func == (left: MappedFileEntry, right: MappedFileEntry) -> Bool {
    left.identity == right.identity && left.path == right.path
  }

  /// Hashes what `==` compares.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(identity)
    hasher.combine(path)
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
        identity: FileIdentity(major: major, minor: minor, inode: inode), path: String(decoding: path, as: UTF8.self),
        range: range(fields[0]))
      if seen.insert(entry).inserted { entries.append(entry) }
    }
    return entries
  }

  // maps pads addresses with zeros to eight digits, and map_files does not.
  private static func range(_ column: ArraySlice<UInt8>) -> String {
    column.split(separator: UInt8(ascii: "-")).map { address in
      let digits = address.drop { $0 == UInt8(ascii: "0") }
      return digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
    }.joined(separator: "-")
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
