/// The control group that a process is in, in the hierarchy that a service manager keeps (cgroups(7)).
package enum ControlGroup {
  /// The longest table of control groups that is read, in bytes: a line for each hierarchy, and a path each.
  package static let byteLimit = 1 << 16

  /// The path of a process's control group; nil where it has ended or is in none.
  package static func path(of pid: Int32) -> String? {
    guard let bytes = try? ProcFile.read("/proc/\(pid)/cgroup", limit: byteLimit) else { return nil }
    return path(in: bytes)
  }

  /// Reads /proc/PID/cgroup, lines of `number:controllers:path`.
  ///
  /// The second version's hierarchy (`0::`) counts, or where that one is not kept, the first version's that is named
  /// `systemd`. Nil for the root, and where the path leads out of our control group namespace or is no UTF-8.
  package static func path(in table: [UInt8]) -> String? {
    var named: [UInt8] = []
    var unified: [UInt8] = []
    for line in table.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[0].elementsEqual("0".utf8), fields[1].isEmpty { unified = Array(fields[2]) }
      if fields[1].elementsEqual("name=systemd".utf8) { named = Array(fields[2]) }
    }
    return checked(unified) ?? checked(named)
  }

  private static func checked(_ bytes: [UInt8]) -> String? {
    guard let path = String(validating: bytes, as: UTF8.self), path.hasPrefix("/"), path != "/",
      !path.split(separator: "/").contains("..")
    else { return nil }
    return path
  }
}
