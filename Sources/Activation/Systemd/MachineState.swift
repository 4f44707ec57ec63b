/// How far a machine is on its way up or down, by systemd's property SystemState.
enum MachineState: Sendable, Hashable {
  /// Its services are being started for the first time.
  case starting
  /// They were.
  case running
  /// It shuts down.
  case stopping

  /// Reads systemd's word for it.
  init(_ word: String) {
    self =
      switch word {
      case "initializing", "starting": .starting
      case "stopping": .stopping
      default: .running
      }
  }
}
