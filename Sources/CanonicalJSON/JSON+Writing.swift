extension JSON {
  /// The canonical form of OLPC (https://wiki.laptop.org/go/Canonical_JSON), which is what TUF signs.
  ///
  /// No white space; members sorted by the bytes of their UTF-8 names; in strings only `"` and `\` are escaped and every
  /// other byte, control characters too, stands as it is. This is not always valid RFC 8259 text: keep files in
  /// ``compactText``.
  public var canonicalBytes: [UInt8] {
    var writer = JSONWriter(escapesControls: false)
    writer.write(self)
    return writer.bytes
  }

  /// RFC 8259 text in one line, members sorted by the bytes of their UTF-8 names.
  public var compactText: String {
    var writer = JSONWriter(escapesControls: true)
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

/// Writes values as bytes, the same bytes for the same value every time.
private struct JSONWriter {
  private static let hexadecimal = Array("0123456789abcdef".utf8)

  let escapesControls: Bool
  var bytes: [UInt8] = []

  init(escapesControls: Bool) {
    self.escapesControls = escapesControls
  }

  mutating func write(_ value: JSON) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let flag): bytes += (flag ? "true" : "false").utf8
    case .integer(let number): bytes += String(number).utf8
    case .string(let text): write(text)
    case .array(let elements): write(elements)
    case .object(let members): write(members)
    }
  }

  private mutating func write(_ elements: [JSON]) {
    bytes.append(UInt8(ascii: "["))
    var isFirst = true
    for element in elements {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      write(element)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func write(_ members: [String: JSON]) {
    // Swift orders strings by their normal forms; what is signed is ordered by bytes.
    let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    for (name, value) in sorted {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      write(name)
      bytes.append(UInt8(ascii: ":"))
      write(value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20 where escapesControls:
        writeEscaped(control: byte)
      default:
        bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func writeEscaped(control byte: UInt8) {
    switch byte {
    case 0x08: bytes += "\\b".utf8
    case 0x09: bytes += "\\t".utf8
    case 0x0a: bytes += "\\n".utf8
    case 0x0c: bytes += "\\f".utf8
    case 0x0d: bytes += "\\r".utf8
    default:
      bytes += "\\u00".utf8
      bytes.append(Self.hexadecimal[Int(byte >> 4)])
      bytes.append(Self.hexadecimal[Int(byte & 15)])
    }
  }
}
