package import CanonicalJSON
package import Linux

/// Why an exchange over Varlink did not come about.
package enum VarlinkError: Error, Hashable {
  /// A message is longer than its reader takes.
  case messageTooLong(limit: Int)
  /// A message is not the JSON that its reader takes.
  case notJSON(JSONError)
  /// A message is JSON and not a call or reply.
  case malformed(message: String, reason: String)
  /// The other side said nothing in time.
  case silent(Duration)
  /// The other side closed the connection inside a message or before its answer.
  case closed
  /// Nobody listens, or the socket may not be used.
  case unreachable(path: String, reason: String)
  /// The socket cannot be made where it should stand.
  case cannotListen(path: String, reason: String)
  /// Another service listens there.
  case inUse(path: String)
  /// The kernel did not tell who calls.
  case unknownCaller(reason: String)
  /// The caller has as many connections as one may have.
  case tooManyConnections(PeerCredentials)
  /// The service answered with an error.
  case failure(VarlinkFailure)
  /// An answer does not fit the interface's description.
  case unfitting(method: String, reason: String)
  /// An interface's description is not one.
  case notADescription(line: Int, reason: String)
}

extension VarlinkError: CustomStringConvertible {
  /// One sentence: what was refused, and why.
  package var description: String {
    switch self {
    case .messageTooLong(let limit): "a message is longer than the \(limit) bytes that are read"
    case .notJSON(let error): "a message was refused: \(error)"
    case .malformed(let message, let reason): "a message is not a \(message): \(reason)"
    case .silent(let duration): "the other side said nothing for \(duration.components.seconds) seconds"
    case .closed:
      "the service closed the connection before it had answered; it may be stopping, or serve as many callers as it can"
    case .unreachable(let path, let reason):
      "sutured does not answer at \(path): \(reason); is sutured running, and with the same --root?"
    case .cannotListen(let path, let reason): "cannot listen at \(path): \(reason)"
    case .inUse(let path): "another service listens at \(path) already; stop it first"
    case .unknownCaller(let reason): "a connection was closed because the kernel does not say whose it is: \(reason)"
    case .tooManyConnections(let caller):
      "a connection of user \(caller.user) (process \(caller.pid)) was closed because there are too many"
    case .failure(let failure): failure.description
    case .unfitting(let method, let reason): "the answer to \(method) does not fit its description: \(reason)"
    case .notADescription(let line, let reason): "the interface's description is wrong in line \(line): \(reason)"
    }
  }
}

/// An error as a service answers it: a name that an interface declares, with parameters.
package struct VarlinkFailure: Error, Hashable {
  /// The full name, such as `org.varlink.service.PermissionDenied`.
  package let error: String
  /// What the error's declaration lists; always an object.
  package let parameters: JSON

  /// Names an error.
  package init(_ error: String, _ parameters: [String: JSON] = [:]) {
    self.error = error
    self.parameters = .object(parameters)
  }

  /// The caller may not do this.
  package static let permissionDenied = VarlinkFailure("org.varlink.service.PermissionDenied")

  /// The method answers only those who take several replies.
  package static let expectedMore = VarlinkFailure("org.varlink.service.ExpectedMore")

  static func interfaceNotFound(_ name: String) -> VarlinkFailure {
    VarlinkFailure("org.varlink.service.InterfaceNotFound", ["interface": .string(name)])
  }

  static func methodNotFound(_ name: String) -> VarlinkFailure {
    VarlinkFailure("org.varlink.service.MethodNotFound", ["method": .string(name)])
  }

  static func methodNotImplemented(_ name: String) -> VarlinkFailure {
    VarlinkFailure("org.varlink.service.MethodNotImplemented", ["method": .string(name)])
  }

  static func invalidParameter(_ name: String) -> VarlinkFailure {
    VarlinkFailure("org.varlink.service.InvalidParameter", ["parameter": .string(name)])
  }
}

extension VarlinkFailure: CustomStringConvertible {
  /// One sentence for people; an error that gives a reason is that reason.
  package var description: String {
    let text = { (name: String) in parameters[name]?.string ?? "?" }
    switch error {
    case "org.varlink.service.PermissionDenied":
      return "this user may not do that; do it as root or as the user that sutured runs as"
    case "org.varlink.service.ExpectedMore": return "the service answers that only to callers who take several replies"
    case "org.varlink.service.InterfaceNotFound": return "the service has no interface \(text("interface"))"
    case "org.varlink.service.MethodNotFound", "org.varlink.service.MethodNotImplemented":
      return "the service has no method \(text("method")); it may be older than this program"
    case "org.varlink.service.InvalidParameter":
      return "the service does not take this value of \(text("parameter"))"
    default:
      return parameters["reason"]?.string ?? "the service answered \(error) \(parameters.compactText)"
    }
  }
}
