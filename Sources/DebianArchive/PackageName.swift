/// What may stand as the name of a package or an architecture; anything else never reaches a path or an argument.
package enum PackageName {
  /// The longest name that is accepted, in bytes.
  package static let byteLimit = 128

  /// Debian Policy 5.6.7: lower-case letters, digits, plus, minus and full stop; first a letter or digit.
  ///
  /// A name of one letter too, which Policy forbids and dpkg takes.
  package static func isValid(_ text: some StringProtocol) -> Bool {
    guard (1...byteLimit).contains(text.utf8.count), let first = text.utf8.first else { return false }
    return isLowerOrDigit(first)
      && text.utf8.allSatisfy {
        isLowerOrDigit($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
      }
  }

  /// An architecture such as `amd64`, `all`, `any` or `musl-linux-arm64`.
  package static func isValidArchitecture(_ text: some StringProtocol) -> Bool {
    guard (1...byteLimit).contains(text.utf8.count), let first = text.utf8.first else { return false }
    return isLowerOrDigit(first) && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") }
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
