internal import CLinux
internal import Glibc

/// The memory of this process, for a program that works for a moment and then waits for an hour.
package enum OwnMemory {
  /// Keeps the heaps few that threads make for themselves; to be called before there are threads.
  package static func limitHeaps() { linux_limit_arenas(2) }

  /// Gives back what the work of a moment left behind: free heap, and the mapped pages of code.
  ///
  /// The code stays in the kernel's page cache and is mapped again, page by page, as it is run: what only a start or a look
  /// needs does not stay mapped. Nothing of it can have been written to: it is mapped read-only, and from a file.
  package static func giveBack() {
    linux_return_free_memory()
    guard let maps = try? ProcFile.read("/proc/\(getpid())/maps", limit: 1 << 20) else { return }
    for line in maps.split(separator: UInt8(ascii: "\n")) {
      // START-END r-xp OFFSET DEVICE INODE PATH
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).hasPrefix("/") else {
        continue
      }
      let range = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard range.count == 2, range[0] < range[1], let start = unsafe UnsafeMutableRawPointer(bitPattern: range[0])
      else {
        continue
      }
      _ = unsafe madvise(start, Int(range[1] - range[0]), Int32(MADV_DONTNEED))
    }
  }

  /// How much of this process is in memory now, in bytes (VmRSS of /proc/PID/status).
  package static func resident() -> Int? {
    guard let status = try? ProcFile.read("/proc/\(getpid())/status", limit: 1 << 16) else { return nil }
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
      $0 * 1_024
    }
  }
}
