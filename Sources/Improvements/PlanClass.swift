/// What it costs until no process runs a component's vulnerable code, from the lightest to the heaviest.
///
/// The names are those of activation where there is one.
package enum PlanClass: String, Sendable, Hashable, CaseIterable, Comparable {
  /// No process runs it.
  case nothing
  /// Services restart.
  case restart
  /// Programs are ended and started again by who uses them.
  case relaunch
  /// Somebody logs out and in again.
  case session
  /// The user space restarts, the kernel does not.
  case softReboot = "soft-reboot"
  /// The machine restarts.
  case reboot

  /// Whether one is lighter than the other.
  package static func < (left: PlanClass, right: PlanClass) -> Bool { left.weight < right.weight }

  private var weight: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
