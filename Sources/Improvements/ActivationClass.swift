/// How an improvement becomes live, from the lightest to the heaviest.
package enum ActivationClass: String, Sendable, Hashable, CaseIterable {
  /// Patched inside running processes.
  case live
  /// Services that use the component restart.
  case restart
  /// User programs are asked to relaunch.
  case relaunch
  /// The user space restarts, the kernel does not.
  case softReboot = "soft-reboot"
  /// The machine restarts.
  case reboot
}
