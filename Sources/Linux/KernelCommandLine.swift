internal import Values

/// What the machine was started with.
package enum KernelCommandLine {
  /// Whether a switch such as `name=1` was given: the last word counts, and one without a value switches on, as with
  /// systemd's own.
  ///
  /// In a container it is what its first process was started with (kernel-command-line(7)).
  package static func isOn(_ name: String) -> Bool {
    let mark = RelativePath("systemd/container").flatMap { try? Directory(path: "/run").statusOfLink($0) }
    guard let bytes = try? ProcFile.read(mark == nil ? "/proc/cmdline" : "/proc/1/cmdline", limit: 1 << 16) else {
      return false
    }
    return isOn(name, in: bytes)
  }

  /// The same of a command line: words between spaces, or ended by NUL.
  package static func isOn(_ name: String, in bytes: [UInt8]) -> Bool {
    let words = bytes.split { $0 == 0 || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
      .map { String(decoding: $0, as: UTF8.self) }
    guard let last = words.last(where: { $0 == name || $0.hasPrefix(name + "=") }) else { return false }
    return last == name || ["1", "yes", "y", "true", "t", "on"].contains(last.dropFirst(name.count + 1).lowercased())
  }
}
