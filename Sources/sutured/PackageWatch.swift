import DeviceEngine

/// Watches over runs of the package manager: where nobody says that one is done, its end does.
///
/// It looks only while there is something to look for. A hook that announces a run says so; where that word is lost, as with a daemon
/// that is too busy to take it, the note of the run is found all the same.
final class PackageWatch: Sendable {
  /// How often it is looked whether packages are changed still.
  private static let period = Duration.seconds(1)
  /// How often it is looked for a run that was announced to nobody.
  private static let search = Duration.seconds(5)

  private let device: Device
  private let rounds: LookRounds
  private let signal = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  init(_ device: Device, _ rounds: LookRounds) {
    self.device = device
    self.rounds = rounds
  }

  /// Has it look, because something was announced or is left to do.
  func begin() { signal.continuation.yield() }

  /// Watches until the task is cancelled.
  func run(_ log: @escaping Device.Progress) async {
    // Announced, perhaps, while no daemon ran.
    if await device.arePackagesChanging() { begin() }
    async let search: Void = searchAnnounced()
    for await _ in signal.stream {
      while !Task.isCancelled, await !isSettled(log) { try? await Task.sleep(for: Self.period) }
      if await device.takeNewBaselines() { await rounds.begin() }
    }
    await search
  }

  private func searchAnnounced() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.search)
      if await device.hasAnnouncedPackages() { begin() }
    }
  }

  private func isSettled(_ log: @escaping Device.Progress) async -> Bool {
    do {
      if await device.arePackagesChanging() { guard try await device.settlePackages(log) else { return false } }
      try await device.finishSettling(log)
      return await device.isSettled
    } catch { return false }
  }
}
