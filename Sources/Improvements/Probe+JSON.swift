internal import CanonicalJSON

extension Probe {
  /// Reads a publisher's probe, whose program may run as anybody but root.
  init(_ fields: JSONFields) throws(ManifestError) {
    let limit =
      fields.has("limit") ? try fields.number("limit", in: Self.limitSeconds) : Self.standardLimit.components.seconds
    let question: Question
    switch try fields.text("kind") {
    case "exec":
      var user = Self.nobody
      if fields.has("user") { user = try fields.text("user") }
      guard user != "root" else { throw .malformed("a publisher's probe may not run as root") }
      question = .program(try fields.texts("arguments", limit: Self.argumentLimit), user: user)
    case "tcp": question = .connection(port: try fields.port())
    case "http": question = .page(port: try fields.port(), path: try fields.text("path"))
    case let kind: throw .malformed("a probe's kind is none that is known: \(kind.prefix(64))")
    }
    try self.init(question, limit: .seconds(limit))
  }

  /// The probe as a manifest holds it.
  var json: JSON {
    var members: [String: JSON] = ["limit": .integer(limit.components.seconds)]
    switch question {
    case .program(let words, let user):
      members["kind"] = "exec"
      members["arguments"] = .array(words.map { .string($0) })
      members["user"] = .string(user)
    case .connection(let port):
      members["kind"] = "tcp"
      members["port"] = .integer(Int64(port))
    case .page(let port, let path):
      members["kind"] = "http"
      members["port"] = .integer(Int64(port))
      members["path"] = .string(path)
    }
    return .object(members)
  }
}

extension JSONFields {
  fileprivate func port() throws(ManifestError) -> UInt16 {
    UInt16(truncatingIfNeeded: try number("port", in: 1...65_535))
  }
}
