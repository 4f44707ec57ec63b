internal import Glibc
internal import Values

/// A moment of a boot, by the clock that the kernel tells the starts of processes by.
package struct BootMoment: Sendable, Hashable {
  /// Which boot: the kernel's random name for it.
  package let boot: String
  /// The first clock tick that begins after the moment (as in field 22 of /proc/PID/stat).
  package let ticks: UInt64

  /// Names a moment.
  package init(boot: String, ticks: UInt64) {
    self.boot = boot
    self.ticks = ticks
  }

  /// Now; nil where the kernel does not tell.
  package static func now() -> BootMoment? {
    var time = timespec()
    let perSecond = sysconf(Int32(_SC_CLK_TCK))
    guard let boot = currentBoot(), perSecond > 0, unsafe clock_gettime(CLOCK_BOOTTIME, &time) == 0 else { return nil }
    let (rate, second) = (UInt64(perSecond), UInt64(1_000_000_000))
    let passed = UInt64(time.tv_sec) * rate + UInt64(time.tv_nsec) * rate / second
    return BootMoment(boot: boot, ticks: passed + 1)
  }

  /// The kernel's name for the boot that goes on; nil where it is not told.
  package static func currentBoot() -> String? {
    guard let bytes = try? ProcFile.read("/proc/sys/kernel/random/boot_id", limit: 64) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Whether a process of the same boot began afterwards, and not in the tick of the moment itself.
  package func isBefore(_ process: ProcessIdentity) -> Bool { process.startTicks >= ticks }

  /// How long at most until a process that begins is told from one that began before.
  package static let resolution: Duration = .milliseconds(20)
}
