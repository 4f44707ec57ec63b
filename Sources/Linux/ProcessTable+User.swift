extension ProcessTable {
  /// The number of the user that a process belongs to, its real one; nil where it has ended.
  package static func user(of pid: Int32) -> UInt32? {
    guard let bytes = try? ProcFile.read("/proc/\(pid)/status", limit: 1 << 14) else { return nil }
    return user(in: bytes)
  }

  /// Reads `Uid:` of proc_pid_status(5): the real user, the effective, the saved, and that of the file system.
  static func user(in status: [UInt8]) -> UInt32? {
    let mark = Array("Uid:".utf8)
    guard let line = status.split(separator: UInt8(ascii: "\n")).first(where: { $0.starts(with: mark) }) else {
      return nil
    }
    let fields = line.dropFirst(mark.count).split { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
    return fields.first.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) }
  }
}
