package import CanonicalJSON

/// What a device knows of an improvement in the public log.
package enum LogStanding: Sendable, Hashable {
  /// Where an entry was seen, and by whom.
  package struct Seen: Sendable, Hashable {
    /// The log's origin.
    package let log: String
    /// The number of entries in the tree that was seen.
    package let size: Int64
    /// The witnesses that have cosigned it, as the policy calls them.
    package let witnesses: [String]

    /// Describes what was seen.
    package init(log: String, size: Int64, witnesses: [String]) {
      self.log = log
      self.size = size
      self.witnesses = witnesses
    }
  }

  /// A log that the policy lists holds it, and the policy's quorum of witnesses has seen that.
  case logged(Seen)
  /// Nothing proves that it is logged; and why a proof was refused, where there was one.
  case notLogged(reason: String?)

  /// Whether it is logged.
  package var isLogged: Bool { if case .logged = self { true } else { false } }

  /// A few words for people.
  package var account: String {
    switch self {
    case .logged(let seen):
      seen.witnesses.isEmpty
        ? "logged, seen by no witness" : "logged, seen by \(seen.witnesses.joined(separator: ", "))"
    case .notLogged(let reason): reason.map { "not logged: \($0)" } ?? "not logged"
    }
  }

  /// The standing as it travels over the control interface; `log` beside it has the words.
  package var json: JSON {
    switch self {
    case .logged(let seen):
      [
        "log": .string(seen.log), "size": .integer(seen.size),
        "witnesses": .array(seen.witnesses.map { .string($0) }),
      ]
    case .notLogged(let reason): ["reason": reason.map { .string($0) } ?? .null]
    }
  }

  /// Reads a standing back; nil, or what is none, is not logged.
  package init(_ json: JSON?) {
    guard let log = json?["log"]?.string, let size = json?["size"]?.integer, let names = json?["witnesses"]?.array
    else {
      self = .notLogged(reason: json?["reason"]?.string)
      return
    }
    self = .logged(Seen(log: log, size: size, witnesses: names.compactMap(\.string)))
  }
}
