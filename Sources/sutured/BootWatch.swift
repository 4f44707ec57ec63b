import DeviceEngine

/// Finds out that the machine has come up, on which it depends what the next boot has in place.
struct BootWatch {
  /// How often it is asked until it has.
  private static let period = Duration.seconds(2)
  /// A machine that has been up for so long has come up, whatever waits to be started still.
  private static let certainty = Duration.seconds(900)

  private let device: Device
  private let clock = ContinuousClock()

  init(_ device: Device) {
    self.device = device
  }

  /// Asks until it is so, and then waits until the task is cancelled.
  func run(_ log: @escaping Device.Progress) async {
    let started = clock.now
    while !Task.isCancelled {
      let isSure = started.duration(to: clock.now) > Self.certainty
      // Where the journal, the manager or another operation is in the way, it is asked again.
      var isConcluded = (try? await device.concludeBoot(isSure: isSure, log)) ?? false
      try? await device.finishSettling(log)
      if await !device.isSettled { isConcluded = false }
      try? await Task.sleep(for: isConcluded ? .seconds(86_400) : Self.period)
    }
  }
}
