package import CanonicalJSON

/// Talks to the sutured of this machine.
package struct DeviceClient: Sendable {
  private let client: VarlinkClient
  private let description: VarlinkDescription

  /// A client of the device whose control socket stands at a path.
  package init(at path: String) throws(VarlinkError) {
    client = VarlinkClient(at: path)
    description = try DeviceInterface.description()
  }

  /// The device's account of itself: an object with the members of `Status`.
  package func status() async throws -> JSON {
    try await ask("GetStatus")["status"] ?? .null
  }

  /// The newest lines of the history: `history` and `hasOlder`.
  package func history(component: String? = nil, hasLooks: Bool = false, limit: Int) async throws -> JSON {
    try await ask(
      "GetHistory", ["component": .optional(component), "looks": .bool(hasLooks), "limit": .integer(Int64(limit))])
  }

  /// The settings in force: `settings` and `problem`.
  package func settings() async throws -> JSON { try await ask("GetSettings") }

  /// Switches whether improvements install by themselves, and gives the settings in force.
  package func setAutomatic(_ isOn: Bool) async throws -> JSON {
    try await ask("SetAutomatic", ["automatic": .bool(isOn)])
  }

  /// Has the settings read again, and gives those in force.
  package func reload() async throws -> JSON { try await ask("Reload") }

  /// Hands over what the device tells, as Watch answers it, until the device stops or the task is cancelled.
  package func watch(onTold: (JSON) async throws -> Void) async throws {
    _ = try await refusals {
      try await client.call(name(of: "Watch"), [:]) { reply in
        try check("Watch", reply)
        try await onTold(reply)
      }
    }
  }

  /// Looks for improvements; each event is handed over as it comes, and the report returned.
  package func look(onEvent: (JSON) async throws -> Void = { _ in }) async throws -> JSON {
    try await work("Look", [:], onEvent)
  }

  /// Applies what is offered for a component, or for all.
  package func apply(
    component: String? = nil, _ way: ApplyWay = .untilLive, onEvent: (JSON) async throws -> Void = { _ in }
  ) async throws -> JSON {
    try await work("Apply", way.parameters(component), onEvent)
  }

  /// Lets go of what is held back of a component, or of all, and applies it again.
  package func reapply(
    component: String? = nil, _ way: ApplyWay = .untilLive, onEvent: (JSON) async throws -> Void = { _ in }
  ) async throws -> JSON {
    try await work("Reapply", way.parameters(component), onEvent)
  }

  /// Pins a component, or takes its pin off, and gives the device's account of itself.
  package func setPin(_ isPinned: Bool, of component: String) async throws -> JSON {
    try await ask(isPinned ? "Pin" : "Unpin", ["component": .string(component)])["status"] ?? .null
  }

  /// Takes improvements of a component off, or all of them.
  package func remove(
    component: String? = nil, to letter: String? = nil, onEvent: (JSON) async throws -> Void = { _ in }
  ) async throws -> JSON {
    try await work("Remove", ["component": .optional(component), "to": .optional(letter)], onEvent)
  }

  private func ask(_ method: String, _ parameters: [String: JSON] = [:]) async throws -> JSON {
    let reply = try await refusals { try await client.call(name(of: method), parameters) }
    try check(method, reply)
    return reply
  }

  private func work(
    _ method: String, _ parameters: [String: JSON], _ onEvent: (JSON) async throws -> Void
  ) async throws -> JSON {
    let reply = try await refusals {
      try await client.call(name(of: method), parameters) { reply in
        try check(method, reply)
        if let event = reply["event"], event != .null { try await onEvent(event) }
      }
    }
    try check(method, reply)
    return reply["report"] ?? .object([:])
  }

  private func name(of method: String) -> String { "\(DeviceInterface.name).\(method)" }

  /// A device's own refusals come out as what they are.
  private func refusals(_ call: () async throws -> JSON) async throws -> JSON {
    do {
      return try await call()
    } catch VarlinkError.failure(let failure) {
      throw DeviceRefusal(failure).map { $0 as any Error } ?? VarlinkError.failure(failure)
    }
  }

  private func check(_ method: String, _ reply: JSON) throws(VarlinkError) {
    do {
      try description.check(reply, fits: description.methods[method]?.output ?? [], unknown: .ignored)
    } catch {
      throw .unfitting(method: name(of: method), reason: error.description)
    }
  }
}

extension ApplyWay {
  fileprivate func parameters(_ component: String?) -> [String: JSON] {
    [
      "component": .optional(component), "dry_run": .bool(self == .dryRun), "wait": .bool(self == .untilConfirmed),
    ]
  }
}

extension JSON {
  fileprivate static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
}
