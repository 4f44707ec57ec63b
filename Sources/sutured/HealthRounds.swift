import DeviceEngine
import Linux

/// The rounds in which a device looks after what is on probation, and sleeps where nothing is.
actor HealthRounds {
  /// The longest sleep while nothing is to be looked after; whatever a device does ends it.
  private static let longest: Duration = .seconds(3_600)

  private let device: Device
  private var sleeper: Task<Void, Never>?
  private var isDue = false

  init(_ device: Device) {
    self.device = device
  }

  /// Goes round and round until the task is cancelled.
  func run(_ log: @escaping Device.Progress) async {
    let (feed, _) = device.hub.watch()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        // Whatever was done may have begun something to look after.
        for await item in feed where item == .settled { await self.begin() }
      }
      await goRound(log)
      group.cancelAll()
    }
  }

  private func begin() {
    isDue = true
    sleeper?.cancel()
  }

  private func goRound(_ log: @escaping Device.Progress) async {
    while !Task.isCancelled {
      isDue = false
      let pause = await device.tend(log)
      guard !isDue, !Task.isCancelled else { continue }
      if pause == nil { OwnMemory.giveBack() }
      let sleeper = Task<Void, Never> { try? await Task.sleep(for: pause ?? Self.longest) }
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
