package import CanonicalJSON
package import Linux

/// What `io.suture.Device` asks of a device.
///
/// Statuses, events and reports are objects as the description lists them.
package protocol DeviceService: Sendable {
  /// The device's account of itself.
  func status() async throws -> JSON
  /// The newest lines of the history: `history` and `hasOlder`, as GetHistory answers them.
  func history(component: String?, hasLooks: Bool, limit: Int) async throws -> JSON
  /// The settings in force: `settings` and `problem`, as GetSettings answers them.
  func settings() async throws -> JSON
  /// Switches by the owner's word whether improvements install by themselves, and returns the settings in force.
  func setAutomatic(_ isOn: Bool, by user: UInt32) async throws -> JSON
  /// Reads the settings again, and returns those in force.
  func reload(by user: UInt32) async throws -> JSON
  /// Tells what the device does, whoever began it, until the task is cancelled: each an object with a `status`, an
  /// `event` or the number of events `lost`, as Watch answers it.
  func watch(_ tell: @Sendable (JSON) async throws -> Void) async throws
  /// Looks for improvements, and returns what is current.
  func look(events: DeviceEvents) async throws -> JSON
  /// Applies what is offered for a component, or for all.
  func apply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON
  /// Lets go of what is held back of a component, or of all, and applies it again.
  func reapply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON
  /// Pins a component, or takes its pin off, and returns the device's account of itself.
  func setPin(_ isPinned: Bool, of component: String, by user: UInt32) async throws -> JSON
  /// Takes improvements of a component off, or all of them: to the baseline, or to an earlier letter.
  func remove(component: String?, to letter: String?, events: DeviceEvents) async throws -> JSON
  /// Takes note that the package manager has begun to change packages, and that grafts stepped aside for it.
  func packagesChanging() async throws
  /// Looks at everything again because a process, `PID@TICKS`, has changed packages, and returns how the device is.
  func packagesChanged(by process: String, events: DeviceEvents) async throws -> JSON
}

/// How far what is asked for is to go before it is answered.
package enum ApplyWay: Sendable, Hashable {
  /// Nowhere: only what would be done is said.
  case dryRun
  /// Until it is live and on probation.
  case untilLive
  /// Until it is confirmed or was taken off again.
  case untilConfirmed

  init(_ request: VarlinkRequest) {
    self = request.bool("dry_run") ? .dryRun : request.bool("wait") ? .untilConfirmed : .untilLive
  }
}

/// Where a device tells what happens while it works.
///
/// Telling never waits and never fails.
package struct DeviceEvents: Sendable {
  private let replies: VarlinkReplies

  /// For a caller who takes no events.
  package static let none = DeviceEvents(.none)

  init(_ replies: VarlinkReplies) {
    self.replies = replies
  }

  /// Tells an event: an object with the members of `Event`.
  package func send(_ event: JSON) {
    replies.send(["event": event])
  }
}

/// Why a device does not do what it was asked; each is an error of `io.suture.Device`.
package enum DeviceRefusal: Error, Hashable, CustomStringConvertible {
  /// It is doing something else.
  case busy(reason: String)
  /// There is nothing to do.
  case nothingToDo(reason: String)
  /// A check failed and the machine is as it was, or what was put in place was taken off again; the reason says which.
  case refused(reason: String)

  /// The sentence.
  package var description: String {
    switch self {
    case .busy(let reason), .nothingToDo(let reason), .refused(let reason): reason
    }
  }

  var failure: VarlinkFailure {
    let name = DeviceInterface.name
    return switch self {
    case .busy(let reason): VarlinkFailure("\(name).Busy", ["reason": .string(reason)])
    case .nothingToDo(let reason): VarlinkFailure("\(name).NothingToDo", ["reason": .string(reason)])
    case .refused(let reason): VarlinkFailure("\(name).Refused", ["reason": .string(reason)])
    }
  }

  /// Reads an answered error back; nil for any other.
  init?(_ failure: VarlinkFailure) {
    let name = DeviceInterface.name
    let reason = failure.description
    switch failure.error {
    case "\(name).Busy": self = .busy(reason: reason)
    case "\(name).NothingToDo": self = .nothingToDo(reason: reason)
    case "\(name).Refused": self = .refused(reason: reason)
    default: return nil
    }
  }
}

/// The interface `io.suture.Device`.
package enum DeviceInterface {
  /// Its name.
  package static let name = "io.suture.Device"
  /// How many lines of the history GetHistory gives where no limit is named.
  package static let historyLines: Int64 = 100
  /// The most lines of the history that may be asked for.
  package static let historyLineLimit: Int64 = 1_000

  /// What it declares.
  package static func description() throws(VarlinkError) -> VarlinkDescription {
    try VarlinkDescription(parsing: text)
  }

  /// Offers a device to callers: everybody may ask, `mayChange` says who may change something.
  package static func serving(
    _ device: some DeviceService, mayChange: @escaping @Sendable (PeerCredentials) -> Bool
  ) throws(VarlinkError) -> VarlinkInterface {
    let owned = { (work: @escaping @Sendable (VarlinkRequest) async throws -> JSON) in
      { @Sendable (request: VarlinkRequest) async throws -> JSON in
        guard mayChange(request.caller) else { throw VarlinkFailure.permissionDenied }
        return try await refusing { try await work(request) }
      }
    }
    let changing = { (work: @escaping @Sendable (VarlinkRequest, DeviceEvents) async throws -> JSON) in
      owned { request in ["report": try await work(request, DeviceEvents(request.replies))] }
    }
    return VarlinkInterface(
      try description(),
      [
        "GetSettings": { _ in try await refusing { try await device.settings() } },
        "SetAutomatic": owned { try await device.setAutomatic($0.bool("automatic"), by: $0.caller.user) },
        "Reload": owned { try await device.reload(by: $0.caller.user) },
        "GetStatus": { _ in ["status": try await refusing { try await device.status() }] },
        "GetHistory": { request in
          let limit = request.integer("limit") ?? historyLines
          guard (1...historyLineLimit).contains(limit) else { throw VarlinkFailure.invalidParameter("limit") }
          return try await refusing {
            try await device.history(
              component: request.string("component"), hasLooks: request.bool("looks"), limit: Int(limit))
          }
        },
        "Watch": { request in
          guard request.replies.areWanted else { throw VarlinkFailure.expectedMore }
          return try await refusing {
            try await device.watch { try await request.replies.deliver($0) }
            return [:]
          }
        },
        "Look": changing { _, events in try await device.look(events: events) },
        "Apply": changing { request, events in
          try await device.apply(component: request.string("component"), ApplyWay(request), events: events)
        },
        "Reapply": changing { request, events in
          try await device.reapply(component: request.string("component"), ApplyWay(request), events: events)
        },
        "Pin": owned { request in
          let component = request.string("component") ?? ""
          return ["status": try await device.setPin(true, of: component, by: request.caller.user)]
        },
        "Unpin": owned { request in
          let component = request.string("component") ?? ""
          return ["status": try await device.setPin(false, of: component, by: request.caller.user)]
        },
        "Remove": changing { request, events in
          try await device.remove(component: request.string("component"), to: request.string("to"), events: events)
        },
        "PackagesChanging": owned { _ in
          try await device.packagesChanging()
          return [:]
        },
        "PackagesChanged": changing { request, events in
          try await device.packagesChanged(by: request.string("process") ?? "", events: events)
        },
      ], following: ["Watch"])
  }

  /// Root, and the user that the service runs as, may change a device.
  package static func ownerOrRoot(_ owner: UInt32) -> @Sendable (PeerCredentials) -> Bool {
    { $0.user == 0 || $0.user == owner }
  }

  private static func refusing(_ work: () async throws -> JSON) async throws -> JSON {
    do {
      return try await work()
    } catch let refusal as DeviceRefusal {
      throw refusal.failure
    }
  }
}
