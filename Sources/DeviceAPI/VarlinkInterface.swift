package import CanonicalJSON
package import Linux

/// One call as a method's function receives it.
package struct VarlinkRequest: Sendable {
  /// The method's name, without the interface's.
  package let method: String
  /// The parameters; they fit the description.
  package let parameters: JSON
  /// Who calls.
  package let caller: PeerCredentials
  /// Where replies before the last one go.
  package let replies: VarlinkReplies

  /// A parameter that is a string; nil where it is absent or null.
  package func string(_ name: String) -> String? { parameters[name]?.string }

  /// A parameter that is a number; nil where it is absent or null.
  package func integer(_ name: String) -> Int64? { parameters[name]?.integer }

  /// A parameter that is a truth value; false where it is absent or null.
  package func bool(_ name: String) -> Bool { parameters[name]?.bool ?? false }
}

/// The replies that go out before a call's last one.
///
/// Sending never waits and never fails: a caller who reads slowly, or is gone, must not hold up or break off what it
/// asked for. Of replies that nobody reads the oldest are dropped, beyond `waitingLimit`. A method whose caller only
/// follows what happens delivers instead, and waits for each reply to go out.
package struct VarlinkReplies: Sendable {
  /// How many replies wait for a slow reader.
  package static let waitingLimit = 1_024

  private let sink: (@Sendable (JSON) -> Void)?
  private let written: AsyncStream<Void>

  /// Replies that go nowhere, for a caller who did not ask for them.
  package static let none = VarlinkReplies(nil, written: AsyncStream { $0.finish() })

  /// - Parameter written: an element for each reply that went out, ended when none goes out any more.
  init(_ sink: (@Sendable (JSON) -> Void)?, written: AsyncStream<Void>) {
    self.sink = sink
    self.written = written
  }

  /// Whether the caller asked for more than one reply.
  package var areWanted: Bool { sink != nil }

  /// Sends an object; does nothing where the caller did not ask for several replies.
  package func send(_ parameters: JSON) {
    sink?(parameters)
  }

  /// Sends an object and waits until it went out; throws where the caller has gone.
  package func deliver(_ parameters: JSON) async throws {
    sink?(parameters)
    var iterator = written.makeAsyncIterator()
    guard await iterator.next(isolation: #isolation) != nil else { throw CancellationError() }
  }
}

/// An interface that a service offers: its description, and a function for each method.
package struct VarlinkInterface: Sendable {
  /// Carries out one call and gives the last reply's parameters.
  ///
  /// A `VarlinkFailure` that it throws is answered as it is; any other error as the interface's own `Failed`, with the
  /// error's text as `reason`.
  package typealias Method = @Sendable (VarlinkRequest) async throws -> JSON

  /// What the interface declares.
  package let description: VarlinkDescription
  let methods: [String: Method]
  let following: Set<String>

  /// Puts a description and functions together.
  ///
  /// A declared method without a function is answered MethodNotImplemented.
  ///
  /// - Parameter following: the methods that only tell what happens; they are cancelled when their caller goes.
  package init(_ description: VarlinkDescription, _ methods: [String: Method], following: Set<String> = []) {
    precondition(
      methods.keys.allSatisfy { description.methods[$0] != nil }, "a function for a method that is not declared")
    self.description = description
    self.methods = methods
    self.following = following
  }
}

/// A service: who it is, and the interfaces that it offers.
package struct VarlinkService: Sendable {
  /// What GetInfo says.
  package struct Identity: Sendable, Hashable {
    package let vendor: String
    package let product: String
    package let version: String
    package let url: String

    /// Names a service.
    package init(vendor: String, product: String, version: String, url: String) {
      self.vendor = vendor
      self.product = product
      self.version = version
      self.url = url
    }
  }

  private let interfaces: [String: VarlinkInterface]

  /// Puts interfaces together; `org.varlink.service` comes by itself.
  package init(_ identity: Identity, _ offered: [VarlinkInterface]) throws(VarlinkError) {
    let own = try VarlinkDescription(parsing: Self.description)
    let descriptions = (offered.map(\.description) + [own]).sorted { $0.name < $1.name }
    let info: JSON = [
      "vendor": .string(identity.vendor), "product": .string(identity.product), "version": .string(identity.version),
      "url": .string(identity.url), "interfaces": .array(descriptions.map { .string($0.name) }),
    ]
    let service = VarlinkInterface(
      own,
      [
        "GetInfo": { _ in info },
        "GetInterfaceDescription": { request in
          let name = request.string("interface") ?? ""
          guard let found = descriptions.first(where: { $0.name == name }) else {
            throw VarlinkFailure.interfaceNotFound(name)
          }
          return ["description": .string(found.text)]
        },
      ])
    interfaces = Dictionary((offered + [service]).map { ($0.description.name, $0) }) { _, last in last }
  }

  /// Whether a call's work ends when its caller goes.
  func isFollowing(_ call: VarlinkCall) -> Bool {
    call.name.flatMap { interfaces[$0.interface]?.following.contains($0.method) } ?? false
  }

  /// Carries out a call: the last reply, which is an error where the call cannot be carried out.
  package func answer(_ call: VarlinkCall, from caller: PeerCredentials, replies: VarlinkReplies) async -> VarlinkReply
  {
    guard let name = call.name, let interface = interfaces[name.interface] else {
      return VarlinkReply(.interfaceNotFound(call.name?.interface ?? call.method))
    }
    guard let declared = interface.description.methods[name.method] else {
      return VarlinkReply(.methodNotFound(call.method))
    }
    guard let method = interface.methods[name.method] else { return VarlinkReply(.methodNotImplemented(call.method)) }
    do {
      try interface.description.check(call.parameters, fits: declared.input, unknown: .refused)
    } catch {
      return VarlinkReply(.invalidParameter(error.member))
    }
    let request = VarlinkRequest(method: name.method, parameters: call.parameters, caller: caller, replies: replies)
    do {
      return VarlinkReply(try await method(request))
    } catch let failure as VarlinkFailure {
      return VarlinkReply(failure)
    } catch {
      return VarlinkReply(VarlinkFailure("\(name.interface).Failed", ["reason": .string("\(error)")]))
    }
  }

  static let description = """
    # What every Varlink service says about itself.
    interface org.varlink.service

    # Who made the service, and which interfaces it offers.
    method GetInfo() -> (
      vendor: string,
      product: string,
      version: string,
      url: string,
      interfaces: []string
    )

    # The description of one of those interfaces, in this language.
    method GetInterfaceDescription(interface: string) -> (description: string)

    # The service does not offer this interface.
    error InterfaceNotFound (interface: string)

    # The interface has no such method.
    error MethodNotFound (method: string)

    # The interface has the method, and this service does not do it.
    error MethodNotImplemented (method: string)

    # A parameter is missing, unknown, or of a wrong type or value.
    error InvalidParameter (parameter: string)

    # The caller may not do this.
    error PermissionDenied ()

    # The method answers only those who take several replies.
    error ExpectedMore ()
    """
}
