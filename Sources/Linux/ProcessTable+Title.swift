extension ProcessTable {
  /// The longest title of a process that is read, in bytes.
  static let titleByteLimit = 1 << 12

  /// What a process calls itself: its arguments separated by spaces, or what it wrote over them; nil where it has ended.
  package static func title(of pid: Int32) -> String? {
    guard let bytes = try? ProcFile.read("/proc/\(pid)/cmdline", limit: titleByteLimit) else { return nil }
    let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}
