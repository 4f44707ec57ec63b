/// A JSON value of the kind that can be signed: integers only, every member of an object once.
///
/// A value comes from a strict reader (``init(parsing:limits:)``) or from literals, and goes out in two forms:
/// ``canonicalBytes``, which are what signatures cover, and ``compactText``, which is what files hold.
///
/// Two values are equal as Swift's strings are, by Unicode's canonical equivalence; the bytes of each are kept as they
/// came. Where identity decides something (paths, key ids), compare parsed types or bytes, not values of this type.
public enum JSON: Sendable, Hashable {
  /// The literal `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number; canonical JSON has no others.
  case integer(Int64)
  /// A text.
  case string(String)
  /// Values in order.
  case array([JSON])
  /// Members by name; their order means nothing.
  case object([String: JSON])

  /// The member of an object with this name; nil where there is none or this is no object.
  public subscript(name: String) -> JSON? { object?[name] }

  /// The text, if this is one.
  public var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The number, if this is one.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

  /// The truth value, if this is one.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The elements, if this is an array.
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

  /// The members, if this is an object.
  public var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }

  /// What kind of value this is, with its article, for sentences.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .integer: "an integer"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }

  /// A whole number.
  public init(integerLiteral value: Int64) { self = .integer(value) }

  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  /// Values in order.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }

  /// Members by name; the same name twice in one literal is a programmer's error and traps.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }

  /// The literal `null`.
  public init(nilLiteral: ()) { self = .null }
}
