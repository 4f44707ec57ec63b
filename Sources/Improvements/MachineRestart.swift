/// How much of a machine has to start anew so that what waits for its start takes its place.
package enum MachineRestart: Sendable, Hashable {
  /// All but the kernel, which is faster (`systemctl soft-reboot`, systemd 254 and later).
  case userSpace
  /// All of it; why no less does, as a clause.
  case everything(reason: String)

  /// From which version on systemd can do the first.
  package static let softRebootVersion = 254

  /// Chooses the lighter one where it is enough.
  ///
  /// - Parameters:
  ///   - version: what `systemctl --version` prints.
  ///   - waiting: packages that asked for a reboot (`/run/reboot-required.pkgs` of Debian's packages), one a line.
  ///   - wantsKernel: whether its owner wants the kernel to start anew as well.
  package init(version: String, waiting: String, wantsKernel: Bool) {
    // systemd 252 (252.39-1~deb12u1)
    let words = version.split(whereSeparator: \.isWhitespace)
    let number = words.count > 1 && words[0] == "systemd" ? Int(words[1].prefix { $0.isNumber }) : nil
    let kernel = waiting.split(whereSeparator: \.isNewline).first { $0.hasPrefix("linux-image") }
    if wantsKernel {
      self = .everything(reason: "as you asked")
    } else if let kernel {
      self = .everything(reason: "\(kernel) waits for it")
    } else if let number, number >= Self.softRebootVersion {
      self = .userSpace
    } else {
      self = .everything(
        reason: number.map { "systemd \($0) can do no less" } ?? "what systemd can do could not be found out")
    }
  }
}
