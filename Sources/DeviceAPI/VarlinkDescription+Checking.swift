package import CanonicalJSON

extension VarlinkDescription {
  /// What is done about members that a description does not list.
  package enum UnknownMembers: Sendable {
    /// A caller's: it may be a typing mistake, and what it meant must not be guessed.
    case refused
    /// A service's: it may be newer.
    case ignored
  }

  /// A value that does not fit: the path of the member, and why.
  package struct Mismatch: Error, Hashable, CustomStringConvertible {
    package let member: String
    package let reason: String

    /// One sentence.
    package var description: String { "\(member) \(reason)" }
  }

  /// Checks an object against a list of members.
  package func check(_ value: JSON, fits members: [Member], unknown: UnknownMembers) throws(Mismatch) {
    try check(value, fits: .structure(members), at: "", unknown: unknown)
  }

  private func check(
    _ value: JSON, fits type: ValueType, at path: String, unknown: UnknownMembers
  ) throws(Mismatch) {
    switch (type, value) {
    case (.bool, .bool), (.int, .integer), (.float, .integer), (.string, .string), (.object, .object), (.any, _): return
    case (.optional, .null): return
    case (.optional(let type), _): try check(value, fits: type, at: path, unknown: unknown)
    case (.named(let name), _):
      guard let type = types[name] else { throw Mismatch(member: path, reason: "is of the unknown type \(name)") }
      try check(value, fits: type, at: path, unknown: unknown)
    case (.enumeration(let words), .string(let word)):
      guard words.contains(word) else {
        throw Mismatch(member: path, reason: "is \(word) and not one of \(words.joined(separator: ", "))")
      }
    case (.array(let type), .array(let values)):
      for (index, value) in values.enumerated() {
        try check(value, fits: type, at: "\(path)[\(index)]", unknown: unknown)
      }
    case (.dictionary(let type), .object(let values)):
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        try check(value, fits: type, at: Self.join(path, name), unknown: unknown)
      }
    case (.structure(let members), .object(let values)):
      try check(values, fits: members, at: path, unknown: unknown)
    default:
      throw Mismatch(member: path.isEmpty ? "the value" : path, reason: "is not \(Self.name(of: type))")
    }
  }

  private func check(
    _ values: [String: JSON], fits members: [Member], at path: String, unknown: UnknownMembers
  ) throws(Mismatch) {
    for member in members {
      let place = Self.join(path, member.name)
      if let value = values[member.name] {
        try check(value, fits: member.type, at: place, unknown: unknown)
      } else if case .optional = member.type {
        continue
      } else {
        throw Mismatch(member: place, reason: "is missing")
      }
    }
    guard case .refused = unknown else { return }
    let known = Set(members.map(\.name))
    if let name = values.keys.filter({ !known.contains($0) }).min() {
      throw Mismatch(member: Self.join(path, name), reason: "is not known")
    }
  }

  private static func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }

  private static func name(of type: ValueType) -> String {
    switch type {
    case .bool: "a truth value"
    case .int, .float: "a number"
    case .string: "a string"
    case .object, .structure, .dictionary: "an object"
    case .any: "a value"
    case .named(let name): "a \(name)"
    case .array: "a list"
    case .optional(let type): name(of: type)
    case .enumeration(let words): "one of \(words.joined(separator: ", "))"
    }
  }
}
