import DeviceEngine
import Linux

/// The rounds in which a device finishes what was cut off, looks, and applies what is offered.
actor LookRounds {
  private let device: Device
  private let clock = ContinuousClock()
  private var sleeper: Task<Void, Never>?
  private var isDue = false

  init(_ device: Device) {
    self.device = device
  }

  /// Has the next round begin at once, or as soon as the one that is under way has ended.
  func begin() {
    isDue = true
    sleeper?.cancel()
  }

  /// Has the wait for the next round measured by the settings as they are now.
  func reconsider() { sleeper?.cancel() }

  /// Goes round and round until the task is cancelled.
  func run(_ log: @escaping Device.Progress) async {
    try? await device.finishActivations(log)
    let random = Double.random(in: 0..<1)
    await wait { $0.first(random) }
    var failures = 0
    while !Task.isCancelled {
      isDue = false
      // What is refused or cannot be finished was told and journaled; the next round may go better.
      try? await device.finishActivations(log)
      let random = Double.random(in: 0..<1)
      do {
        try await device.lookAndApply(log)
        failures = 0
        await wait { $0.pause(afterFailures: 0, random) }
      } catch let error as DeviceError where error.isOfTheMoment {
        await wait { min(LookSchedule.busyPause, $0.pause(afterFailures: 0, random)) }
      } catch {
        failures += 1
        let count = failures
        await wait { $0.pause(afterFailures: count, random) }
      }
    }
  }

  private func wait(_ pause: (LookSchedule) -> Duration) async {
    let started = clock.now
    // A look is the work of a moment in an hour.
    OwnMemory.giveBack()
    while !Task.isCancelled, !isDue {
      let due = started.advanced(by: pause(LookSchedule(await device.settings)))
      // After the wait for the settings: the state may be another.
      guard clock.now < due, !isDue else { return }
      let sleeper = Task<Void, Never> { [clock] in try? await Task.sleep(until: due, clock: clock) }
      self.sleeper = sleeper
      await withTaskCancellationHandler {
        await sleeper.value
      } onCancel: {
        sleeper.cancel()
      }
      self.sleeper = nil
    }
  }
}
