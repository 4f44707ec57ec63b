internal import Glibc

/// What runs on the machine, read from /proc.
package enum ProcessTable {
  /// The longest table of a process's maps that is read, in bytes: as many mappings as the kernel allows by default, with
  /// names of a thousand bytes.
  package static let mapsByteLimit = 1 << 26

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
  /// Nil where the process has ended; throws where its maps may not be read, or are longer than `limit` bytes.
  package static func mappedFiles(
    of pid: Int32, by source: MappedIdentity = .maps, limit: Int = mapsByteLimit
  ) throws(LinuxError) -> [MappedFileEntry]? {
    guard let own = try maps(of: pid, limit: limit) else { return nil }
    var (thread, bytes) = (pid, own)
    // Once its first thread has ended a process's own table is empty, while its other threads run on what it had mapped.
    if own.isEmpty {
      for other in threads(of: pid) where other != pid {
        guard let its = try maps(of: other, limit: limit), !its.isEmpty else { continue }
        (thread, bytes) = (other, its)
        break
      }
    }
    let entries = MappedFileEntry.parse(maps: bytes)
    guard source == .mapFiles else { return entries }
    var identified: [MappedFileEntry] = []
    for entry in entries {
      // Unmapped since, or no file that can be looked at: as the table says.
      let identity = try identity(of: entry, in: thread) ?? entry.identity
      identified.append(MappedFileEntry(identity: identity, path: entry.path, range: entry.range))
    }
    return identified
  }

  /// Whether a process has the root directory that this process has, and so the same names for files; false where it
  /// has ended or that cannot be told.
  package static func sharesRoot(_ pid: Int32) -> Bool {
    var (its, own) = (stat(), stat())
    guard unsafe stat("/", &own) == 0 else { return false }
    // A thread that has ended has none.
    let hasRoot = { (thread: Int32) in unsafe stat("/proc/\(thread)/root/.", &its) == 0 }
    guard hasRoot(pid) || threads(of: pid).contains(where: hasRoot) else { return false }
    return FileStatus(its).identity == FileStatus(own).identity
  }

  // The table of a process, or of one of its threads by the thread's number; nil where it has ended.
  private static func maps(of thread: Int32, limit: Int) throws(LinuxError) -> [UInt8]? {
    do { return try ProcFile.read("/proc/\(thread)/maps", limit: limit) } catch {
      guard error.isAbsent || error.code == ESRCH else { throw error }
      return nil
    }
  }

  // The numbers of a process's threads, where it has more than the first.
  private static func threads(of pid: Int32) -> [Int32] {
    guard ProcessIdentity.threadCount(of: pid) > 1 else { return [] }
    return ((try? Directory(path: "/proc/\(pid)/task").names()) ?? []).compactMap { Int32($0) }
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

  /// Reads a line of proc_pid_maps(5); nil where it names no file.
  fileprivate init?(line: ArraySlice<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count == 6 else { return nil }
    let device = fields[3].split(separator: UInt8(ascii: ":"))
    guard device.count == 2, let major = UInt32(String(decoding: device[0], as: UTF8.self), radix: 16),
      let minor = UInt32(String(decoding: device[1], as: UTF8.self), radix: 16),
      let inode = UInt64(String(decoding: fields[4], as: UTF8.self)), inode != 0
    else { return nil }
    let path = fields[5].drop { $0 == UInt8(ascii: " ") }
    self.init(
      identity: FileIdentity(major: major, minor: minor, inode: inode), path: String(decoding: path, as: UTF8.self),
      range: Self.range(fields[0]))
  }

  // maps pads addresses with zeros to eight digits, and map_files does not.
  private static func range(_ column: ArraySlice<UInt8>) -> String {
    column.split(separator: UInt8(ascii: "-")).map { address in
      let digits = address.drop { $0 == UInt8(ascii: "0") }
      return digits.isEmpty ? "0" : String(decoding: digits, as: UTF8.self)
    }.joined(separator: "-")
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
    for line in linesOfFiles(in: bytes) {
      guard let entry = MappedFileEntry(line: bytes[line]), seen.insert(entry).inserted else { continue }
      entries.append(entry)
    }
    return entries
  }

  // The lines that name a file, and of those that follow one another for one file the first. A scan goes over the tables of
  // all processes, most of which are such lines and lines without a file, so that their bytes are searched and not split.
  private static func linesOfFiles(in bytes: [UInt8]) -> [Range<Int>] {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return [] }
      func first(_ byte: Character, _ range: Range<Int>) -> Int? {
        guard let value = byte.asciiValue, let found = unsafe memchr(base + range.lowerBound, Int32(value), range.count)
        else { return nil }
        return unsafe UnsafeRawPointer(base).distance(to: found)
      }
      var lines: [Range<Int>] = []
      var former = 0..<0
      var start = 0
      while start < buffer.count {
        let line = start..<(first("\n", start..<buffer.count) ?? buffer.count)
        start = line.upperBound + 1
        guard first("/", line) != nil else { continue }
        // What follows address, permissions and offset says which file it is.
        var file = line
        for _ in 0..<3 { file = (first(" ", file).map { $0 + 1 } ?? line.upperBound)..<line.upperBound }
        if file.count == former.count, unsafe memcmp(base + file.lowerBound, base + former.lowerBound, file.count) == 0
        {
          continue
        }
        former = file
        lines.append(line)
      }
      return lines
    }
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
