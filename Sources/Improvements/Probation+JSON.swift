internal import Basics
package import CanonicalJSON

extension Probation {
  /// The probation as it is journaled.
  package var json: JSON {
    [
      "serial": .integer(serial.number), "attempt": .integer(Int64(attempt)), "owners": .bool(isOwners),
      "span": .integer(Self.milliseconds(terms.span)),
      "delays": .array(terms.delays.map { .integer(Self.milliseconds($0)) }), "phase": phase.json,
      "excused": .array(excused.map(\.json).sorted { $0.compactText < $1.compactText }),
      "endured": .array(endured.map(\.json)),
      "crashes": Self.counts(crashes.map { ($0.key.description, $0.value) }),
      "streaks": Self.counts(streaks.map { ($0.key, $0.value) }),
      "repeated": .array(repeated.map(\.json).sorted { $0.compactText < $1.compactText }),
      "services": .array(services.sorted().map { .string($0) }),
    ]
  }

  /// Reads a probation back; throws where it is not one.
  package init(_ json: JSON) throws(ManifestError) {
    let fields = try JSONFields.reading(json, at: "probation")
    guard let serial = Serial(try fields.number("serial", in: 1...Serial.greatest)),
      let isOwners = fields.optionalJSON("owners")?.bool
    else { throw .malformed("a probation's serial or owner is none") }
    var delays: [Duration] = []
    for element in fields.optionalJSON("delays")?.array ?? [] {
      guard let number = element.integer, number >= 0 else { throw .malformed("a probation's delay is none") }
      delays.append(.milliseconds(number))
    }
    self.init(
      serial: serial, attempt: Int(try fields.number("attempt", in: 0...1_000_000)), isOwners: isOwners,
      terms: Terms(span: try fields.span("span"), delays: delays), phase: try Phase(fields.member("phase")),
      excused: Set(try Self.symptoms(fields, "excused")),
      services: Set(try fields.texts("services", limit: Self.listLimit)))
    endured = try fields.members("endured", limit: Self.listLimit).parsed(by: Ailment.init)
    repeated = Set(try Self.symptoms(fields, "repeated"))
    for (name, count) in try Self.counts(fields, "crashes") {
      guard let subject = Ailment.Subject(name) else { throw .malformed("what crashed is none that is known: \(name)") }
      crashes[subject] = count
    }
    streaks = try Self.counts(fields, "streaks")
  }

  static let listLimit = 1 << 14

  private static func symptoms(_ fields: JSONFields, _ name: String) throws(ManifestError) -> [Ailment.Symptom] {
    try fields.members(name, limit: listLimit).parsed(by: Ailment.Symptom.init)
  }

  private static func counts(_ counts: [(String, Int)]) -> JSON {
    .object(Dictionary(counts.map { ($0.0, .integer(Int64($0.1))) }) { first, _ in first })
  }

  private static func counts(_ fields: JSONFields, _ name: String) throws(ManifestError) -> [String: Int] {
    var counts: [String: Int] = [:]
    for (key, value) in fields.optionalJSON(name)?.object ?? [:] {
      guard let number = value.integer.flatMap({ Int(exactly: $0) }), number >= 0 else {
        throw .malformed("a count in \(name) is none")
      }
      counts[key] = number
    }
    return counts
  }

  fileprivate static func milliseconds(_ span: Duration) -> Int64 {
    let (seconds, attoseconds) = span.components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }
}

extension Probation.Phase {
  fileprivate var json: JSON {
    switch self {
    case .ready: ["name": "ready"]
    case .watching(let left): ["name": "watching", "left": .integer(Probation.milliseconds(left))]
    case .fallback(let left, let causes):
      [
        "name": "fallback", "left": .integer(Probation.milliseconds(left)), "causes": .array(causes.map(\.json)),
      ]
    case .waiting(let since, let until, let causes):
      [
        "name": "waiting", "since": .string(since.description), "until": .string(until.description),
        "causes": .array(causes.map(\.json)),
      ]
    case .givenUp(let causes): ["name": "givenUp", "causes": .array(causes.map(\.json))]
    }
  }

  fileprivate init(_ fields: JSONFields) throws(ManifestError) {
    let name = try fields.text("name")
    func causes() throws(ManifestError) -> [Ailment] {
      try fields.members("causes", limit: Probation.listLimit).parsed(by: Ailment.init)
    }
    switch name {
    case "ready": self = .ready
    case "watching": self = .watching(left: try fields.span("left"))
    case "fallback": self = .fallback(left: try fields.span("left"), causes: try causes())
    case "waiting":
      self = .waiting(since: try fields.time("since"), until: try fields.time("until"), causes: try causes())
    case "givenUp": self = .givenUp(causes: try causes())
    default: throw .malformed("a probation's phase is none that is known: \(name)")
    }
  }
}

extension Ailment {
  fileprivate var json: JSON {
    [
      "subject": .string(symptom.subject.description), "kind": .string(symptom.kind.rawValue),
      "account": .string(account),
    ]
  }

  fileprivate init(_ fields: JSONFields) throws(ManifestError) {
    symptom = try Symptom(fields)
    account = try fields.text("account")
  }
}

extension Ailment.Symptom {
  fileprivate var json: JSON {
    ["subject": .string(subject.description), "kind": .string(kind.rawValue)]
  }

  fileprivate init(_ fields: JSONFields) throws(ManifestError) {
    guard let subject = Ailment.Subject(try fields.text("subject")),
      let kind = Ailment.Kind(rawValue: try fields.text("kind"))
    else { throw .malformed("a symptom is none that is known") }
    self.init(subject, kind)
  }
}

extension JSONFields {
  fileprivate func span(_ name: String) throws(ManifestError) -> Duration {
    .milliseconds(try number(name, in: 0...Serial.greatest))
  }
}
