package import CanonicalJSON

/// A call as it travels: `{"method": …, "parameters": …, "more": …, "oneway": …}`.
package struct VarlinkCall: Sendable, Hashable {
  /// The full name, such as `io.suture.Device.GetStatus`.
  package let method: String
  /// The parameters; always an object.
  package let parameters: JSON
  /// Whether the caller takes several replies.
  package let wantsMore: Bool
  /// Whether the caller takes no reply at all.
  package let isOneway: Bool

  /// Makes a call.
  package init(_ method: String, _ parameters: [String: JSON] = [:], wantsMore: Bool = false, isOneway: Bool = false) {
    self.method = method
    self.parameters = .object(parameters)
    self.wantsMore = wantsMore
    self.isOneway = isOneway
  }

  /// Reads a message of a caller, strictly: a member that Varlink does not know is refused, and so is `upgrade`.
  package init(parsing bytes: [UInt8]) throws(VarlinkError) {
    do {
      let fields = try JSONFields(JSON(parsing: bytes), at: "call")
      try fields.requireOnly(["method", "parameters", "more", "oneway", "upgrade"])
      method = try fields.string("method")
      parameters = try fields.optionalObject("parameters")?.json ?? .object([:])
      wantsMore = try fields.optionalBool("more") ?? false
      isOneway = try fields.optionalBool("oneway") ?? false
      if try fields.optionalBool("upgrade") == true {
        throw VarlinkError.malformed(message: "call", reason: "this service knows no other protocol to change to")
      }
    } catch {
      throw Self.refusal(of: "call", error)
    }
    if wantsMore && isOneway { throw .malformed(message: "call", reason: "it asks for several replies and for none") }
  }

  /// The interface and the method's own name; nil where the full name has no dot.
  package var name: (interface: String, method: String)? {
    guard let dot = method.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return (String(method[..<dot]), String(method[method.utf8.index(after: dot)...]))
  }

  /// The message, with its final NUL.
  package var message: [UInt8] {
    var members: [String: JSON] = ["method": .string(method), "parameters": parameters]
    if wantsMore { members["more"] = true }
    if isOneway { members["oneway"] = true }
    return Array(JSON.object(members).compactText.utf8) + [0]
  }

  static func refusal(of message: String, _ error: any Error) -> VarlinkError {
    switch error {
    case let error as VarlinkError: error
    case let error as JSONError: error.isSyntax ? .notJSON(error) : .malformed(message: message, reason: "\(error)")
    default: .malformed(message: message, reason: "\(error)")
    }
  }
}

/// A reply as it travels: `{"parameters": …, "continues": …}` or `{"error": …, "parameters": …}`.
package struct VarlinkReply: Sendable, Hashable {
  /// What the reply carries; always an object.
  package let parameters: JSON
  /// Whether further replies to the same call follow.
  package let continues: Bool
  /// The error's full name; nil for an ordinary reply.
  package let error: String?

  /// Makes an ordinary reply.
  package init(_ parameters: JSON, continues: Bool = false) {
    self.parameters = parameters
    self.continues = continues
    error = nil
  }

  /// Makes an error reply.
  package init(_ failure: VarlinkFailure) {
    parameters = failure.parameters
    continues = false
    error = failure.error
  }

  /// Reads a message of a service.
  ///
  /// Members that this side does not know are left alone.
  package init(parsing bytes: [UInt8]) throws(VarlinkError) {
    do {
      let fields = try JSONFields(JSON(parsing: bytes), at: "reply")
      parameters = try fields.optionalObject("parameters")?.json ?? .object([:])
      continues = try fields.optionalBool("continues") ?? false
      error = try fields.optionalString("error")
    } catch {
      throw VarlinkCall.refusal(of: "reply", error)
    }
  }

  /// The parameters of an ordinary reply; throws the error of another.
  package func success() throws(VarlinkError) -> JSON {
    guard let error else { return parameters }
    throw .failure(VarlinkFailure(error, parameters.object ?? [:]))
  }

  /// The message, with its final NUL.
  package var message: [UInt8] {
    var members: [String: JSON] = ["parameters": parameters]
    if continues { members["continues"] = true }
    if let error { members["error"] = .string(error) }
    return Array(JSON.object(members).compactText.utf8) + [0]
  }
}

extension JSONError {
  /// Whether the text itself is at fault, and not what it says.
  fileprivate var isSyntax: Bool {
    switch self {
    case .missing, .wrongKind, .numberOutOfRange, .unknownMember: false
    default: true
    }
  }
}
