import DeviceEngine

/// Finds out that the machine has come up, on which it depends what the next boot has in place.
struct BootWatch {
  /// How often it is asked until it has.
  private static let period = Duration.seconds(2)
  /// A machine that has been up for so long has come up, whatever waits to be started still.
  private static let certainty = Duration.seconds(900)
  /// How long the machine has to run with what was put back until it is known that it bears that.
  private static let trial = Duration.seconds(120)

  private let device: Device
  private let clock = ContinuousClock()

  init(_ device: Device) {
    self.device = device
  }

  /// Asks until it is so, notes in the end that the machine bears what was put back, and waits until the task is cancelled.
  func run(_ log: @escaping Device.Progress) async {
    let started = clock.now
    while true {
      let isSure = started.duration(to: clock.now) > Self.certainty
      // Where the journal, the manager or another operation is in the way, it is asked again.
      let isConcluded = (try? await device.concludeBoot(isSure: isSure, log)) ?? false
      try? await device.finishSettling(log)
      if isConcluded, await device.isSettled { break }
      guard !Task.isCancelled else { return }
      try? await Task.sleep(for: Self.period)
    }
    try? await Task.sleep(for: Self.trial)
    // A machine that is shut down in order meanwhile bears it as well.
    while (try? await device.concludeTrial()) == nil, !Task.isCancelled { try? await Task.sleep(for: Self.period) }
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
  }
}
