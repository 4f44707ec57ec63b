import Basics
import CanonicalJSON
import DeviceAPI
import DeviceEngine
import Improvements
import Linux

/// The device as its control interface serves it.
struct ServedDevice: DeviceService {
  let device: Device
  let configuration: Configuration
  let packageWatch: PackageWatch

  func status() async throws -> JSON { try await device.status().json }

  func history(component: String?, hasLooks: Bool, limit: Int) async throws -> JSON {
    try await refusals { try await device.history(of: component, hasLooks: hasLooks, limit: limit) }
  }

  func settings() async throws -> JSON { await device.settingsAccount() }

  func setAutomatic(_ isOn: Bool, by user: UInt32) async throws -> JSON {
    try await refusals { try await configuration.setAutomatic(isOn, by: "user \(user)") }
    return await device.settingsAccount()
  }

  func reload(by user: UInt32) async throws -> JSON {
    try await refusals { try await configuration.reload(by: "user \(user)") }
    return await device.settingsAccount()
  }

  func watch(_ tell: @Sendable (JSON) async throws -> Void) async throws {
    let (feed, latest) = device.hub.watch()
    try await tell(["status": device.status().json])
    if let latest { try await tell(["event": latest.json]) }
    for await item in feed {
      switch item {
      case .event(let event): try await tell(["event": event.json])
      case .lost(let count): try await tell(["lost": .integer(Int64(count))])
      case .settled: try await tell(["status": device.status().json])
      }
    }
  }

  func look(events: DeviceEvents) async throws -> JSON {
    try await refusals { try await device.look { events.send($0.json) } }
    return try await device.status().json
  }

  func apply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON {
    if way == .dryRun {
      return try await refusals { try await device.plan(component: component).json }
    }
    try await refusals {
      let streams = try await device.apply(component: component) { events.send($0.json) }
      try await wait(for: streams, way, events)
    }
    return try await device.status().json
  }

  func reapply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON {
    if way == .dryRun {
      return try await refusals { try await device.planReapply(component: component).json }
    }
    try await refusals {
      let streams = try await device.reapply(component: component) { events.send($0.json) }
      try await wait(for: streams, way, events)
    }
    return try await device.status().json
  }

  private func wait(for streams: [Stream], _ way: ApplyWay, _ events: DeviceEvents) async throws {
    guard way == .untilConfirmed else { return }
    try await device.awaitVerdict(on: streams) { events.send($0.json) }
  }

  func setPin(_ isPinned: Bool, of component: String, by user: UInt32) async throws -> JSON {
    try await refusals {
      if isPinned {
        try await device.pin(component, by: "user \(user)")
      } else {
        try await device.unpin(component, by: "user \(user)")
      }
    }
    return try await device.status().json
  }

  func remove(component: String?, to letter: String?, events: DeviceEvents) async throws -> JSON {
    try await refusals {
      var earlier: Letter?
      if let letter {
        guard let parsed = Letter(letter) else { throw DeviceError.nothingToDo("\(letter) is no letter") }
        earlier = parsed
      }
      try await device.remove(component: component, to: earlier, by: "owner") { events.send($0.json) }
    }
    return try await device.status().json
  }

  func packagesChanging() async throws { packageWatch.begin() }

  func packagesChanged(by process: String, events: DeviceEvents) async throws -> JSON {
    try await refusals {
      guard let done = ProcessIdentity(process) else { throw DeviceError.badSetting("\(process) is no process") }
      // Whatever is left to do, the watch does.
      defer { packageWatch.begin() }
      try await device.settlePackages(after: done) { events.send($0.json) }
    }
    return try await device.status().json
  }

  private func refusals<T>(_ work: () async throws -> T) async throws -> T {
    do { return try await work() } catch let error as DeviceError {
      switch error {
      case .busy, .packagesChanging: throw DeviceRefusal.busy(reason: error.description)
      case .unknownComponent, .nothingToDo: throw DeviceRefusal.nothingToDo(reason: error.description)
      case .held, .decided, .refused, .rolledBack, .unwatched, .rolloutRefused, .badSetting, .noTrustedRoot:
        throw DeviceRefusal.refused(reason: error.description)
      }
    } catch let error as CancellationError { throw error } catch { throw DeviceRefusal.refused(reason: "\(error)") }
  }
}
