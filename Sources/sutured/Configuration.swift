import Delivery
import DeviceEngine

/// The files that a device's settings are in, and what becomes of a change in them.
actor Configuration {
  private let layout: DeviceLayout
  private let device: Device
  private let rounds: LookRounds
  private let connections: Connections
  private let log: Device.Progress

  init(
    _ layout: DeviceLayout, _ device: Device, _ rounds: LookRounds, _ connections: Connections,
    log: @escaping Device.Progress
  ) {
    self.layout = layout
    self.device = device
    self.rounds = rounds
    self.connections = connections
    self.log = log
  }

  /// Reads the files again and goes by them; where they are wrong, the former settings hold.
  func reload(by cause: String) async throws {
    do { try await follow(layout.settings(), by: cause) } catch {
      await device.refuseSettings("\(error)", log)
      throw error
    }
  }

  /// Writes the owner's switch and goes by it at once.
  func setAutomatic(_ isOn: Bool, by cause: String) async throws {
    try await follow(layout.writeAutomatic(isOn), by: cause)
    // What is offered and was not installed is, now.
    if isOn { await rounds.begin() }
  }

  private func follow(_ next: DeviceSettings, by cause: String) async throws {
    let former = await device.settings
    let courier = next.repository == former.repository ? nil : try connections.courier(to: next.repository)
    await device.follow(next, by: cause, courier: courier, log)
    await rounds.reconsider()
  }
}
