import DeviceEngine
import Linux

/// Rounds in which something is looked after, such as what is on probation, and that sleep where nothing is.
actor TendingRounds {
  /// Looks after it once; returns how long to wait until the next time, or nil where nothing is to be looked after.
  typealias Work = @Sendable (@escaping Device.Progress) async -> Duration?

  private let hub: EventHub
  private let work: Work
  private var sleeper: Task<Void, Never>?
  private var isDue = false

  init(_ hub: EventHub, _ work: @escaping Work) {
    self.hub = hub
    self.work = work
  }

  /// Goes round and round until the task is cancelled.
  func run(_ log: @escaping Device.Progress) async {
    let (feed, _) = hub.watch()
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
      let pause = await work(log)
      guard !isDue, !Task.isCancelled else { continue }
      if pause == nil { OwnMemory.giveBack() }
      let sleeper = Task<Void, Never> {
        if let pause { try? await Task.sleep(for: pause) } else { await Self.untilCancelled() }
      }
      self.sleeper = sleeper
      await withTaskCancellationHandler {
        await sleeper.value
      } onCancel: {
        sleeper.cancel()
      }
      self.sleeper = nil
    }
  }

  // Whatever a device does ends it. A sleep that is cancelled leaves its timer behind until its time has come.
  private static func untilCancelled() async {
    let (signals, keeper) = AsyncStream<Never>.makeStream()
    for await _ in signals {}
    withExtendedLifetime(keeper) {}
  }
}
