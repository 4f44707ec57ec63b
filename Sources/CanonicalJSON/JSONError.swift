/// Why a text was refused as JSON, or a value as what its reader expects.
///
/// Offsets count bytes from 0.
public enum JSONError: Error, Hashable {
  /// The text is longer than its reader takes.
  case tooLong(byteCount: Int, limit: Int)
  /// Arrays and objects are nested deeper than the reader takes.
  case tooDeep(limit: Int, offset: Int)
  /// The text ends inside a value.
  case unexpectedEnd(offset: Int)
  /// Something else was due here.
  case unexpectedByte(UInt8, offset: Int, wanted: String)
  /// The value has ended and the text has not.
  case trailingBytes(offset: Int)
  /// A number has a fraction or an exponent.
  case notAnInteger(offset: Int)
  /// A number does not fit 64 bits.
  case integerOutOfRange(offset: Int)
  /// A number has more zeros in front than it needs.
  case leadingZero(offset: Int)
  /// A number is `-0`.
  case negativeZero(offset: Int)
  /// A string is not UTF-8.
  case invalidUTF8(offset: Int)
  /// A `\u` escape names half a character.
  case loneSurrogate(offset: Int)
  /// A control character stands in a string unescaped.
  case controlCharacter(UInt8, offset: Int)
  /// A backslash is followed by something that has no meaning.
  case unknownEscape(UInt8, offset: Int)
  /// An object has two members of one name.
  case duplicateMember(String, offset: Int)

  /// A member that must be there is not.
  case missing(path: String)
  /// A value is of another kind.
  case wrongKind(path: String, wanted: String, found: String)
  /// A number is outside what its reader takes.
  case numberOutOfRange(path: String, value: Int64, range: ClosedRange<Int64>)
  /// An object has a member that its reader does not know.
  case unknownMember(path: String)
}

extension JSONError: CustomStringConvertible {
  /// One sentence: what was refused, and where.
  public var description: String {
    switch self {
    case .tooLong(let byteCount, let limit):
      "the JSON text has \(byteCount) bytes, and at most \(limit) are read"
    case .tooDeep(let limit, let offset):
      "the JSON text nests deeper than \(limit) levels at byte \(offset)"
    case .unexpectedEnd(let offset):
      "the JSON text ends inside a value, at byte \(offset)"
    case .unexpectedByte(let byte, let offset, let wanted):
      "the JSON text has \(Self.name(of: byte)) at byte \(offset), where \(wanted) is due"
    case .trailingBytes(let offset):
      "the JSON text goes on after its value, at byte \(offset)"
    case .notAnInteger(let offset):
      "the number at byte \(offset) has a fraction or an exponent; only integers are read"
    case .integerOutOfRange(let offset):
      "the number at byte \(offset) does not fit 64 bits"
    case .leadingZero(let offset):
      "the number at byte \(offset) begins with a zero too many"
    case .negativeZero(let offset):
      "the number at byte \(offset) is a negative zero, which has no canonical form"
    case .invalidUTF8(let offset):
      "the string at byte \(offset) is not valid UTF-8"
    case .loneSurrogate(let offset):
      "the escape at byte \(offset) is half of a surrogate pair without the other half"
    case .controlCharacter(let byte, let offset):
      "the string has \(Self.name(of: byte)) unescaped at byte \(offset)"
    case .unknownEscape(let byte, let offset):
      "the escape of \(Self.name(of: byte)) at byte \(offset) has no meaning in JSON"
    case .duplicateMember(let name, let offset):
      "the object has a second member named \(JSON.quoted(name)) at byte \(offset)"
    case .missing(let path):
      "\(path) is missing"
    case .wrongKind(let path, let wanted, let found):
      "\(path) is \(found), and must be \(wanted)"
    case .numberOutOfRange(let path, let value, let range):
      "\(path) is \(value), and must be from \(range.lowerBound) to \(range.upperBound)"
    case .unknownMember(let path):
      "\(path) is not known here"
    }
  }

  /// A byte for people: the character where it can be shown, else its number.
  private static func name(of byte: UInt8) -> String {
    (0x21..<0x7f).contains(byte) ? "“\(Unicode.Scalar(byte))”" : "the byte 0x\(String(byte, radix: 16))"
  }
}
