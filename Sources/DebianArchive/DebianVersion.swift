/// A version of a Debian package: `[epoch:]upstream[-revision]`, ordered as dpkg orders it (Debian Policy 5.6.12).
///
/// Two spellings can be one version (`1.0` and `1.00`, `1.0` and `0:1.0-0`), so equality follows the order and the type
/// is not hashable; `text` is the spelling.
package struct DebianVersion: Sendable, Comparable, CustomStringConvertible {
  /// The spelling that was parsed.
  package let text: String
  /// The epoch; 0 where none is written.
  package let epoch: Int
  /// The upstream version.
  package let upstream: String
  /// The Debian revision; nil for a native package.
  package let revision: String?

  /// The longest version that is read, in bytes; dpkg has no limit, file names do.
  package static let byteLimit = 512

  /// Parses a version, with dpkg's own refusals.
  package init(_ text: some StringProtocol) throws(DebianError) {
    let text = String(text)
    func refused(_ reason: String) -> DebianError { .badVersion(text, reason: reason) }
    guard !text.isEmpty else { throw refused("it is empty") }
    guard text.utf8.count <= Self.byteLimit else { throw refused("it is longer than \(Self.byteLimit) bytes") }
    var rest = text[...]
    var epoch = 0
    if let colon = rest.firstIndex(of: ":") {
      let digits = rest[..<colon]
      guard !digits.isEmpty, digits.utf8.allSatisfy(Self.isDigit), let value = Int32(digits) else {
        throw refused("its epoch is not a number that fits 31 bits")
      }
      epoch = Int(value)
      rest = rest[rest.index(after: colon)...]
    }
    var revision: String?
    if let hyphen = rest.lastIndex(of: "-") {
      revision = String(rest[rest.index(after: hyphen)...])
      rest = rest[..<hyphen]
    }
    guard let first = rest.utf8.first else { throw refused("its upstream part is empty") }
    guard Self.isDigit(first) else { throw refused("its upstream part does not start with a digit") }
    guard rest.utf8.allSatisfy({ Self.isAllowed($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") }) else {
      throw refused("its upstream part holds a character that versions may not have")
    }
    if let revision {
      guard !revision.isEmpty else { throw refused("its revision is empty") }
      guard revision.utf8.allSatisfy(Self.isAllowed) else {
        throw refused("its revision holds a character that versions may not have")
      }
    }
    self.text = text
    self.epoch = epoch
    self.upstream = String(rest)
    self.revision = revision
  }

  /// The spelling without the epoch, as file names and some relationships have it.
  package var textWithoutEpoch: String { revision.map { "\(upstream)-\($0)" } ?? upstream }

  /// The same as `text`.
  package var description: String { text }

  /// Orders by epoch, then upstream version, then revision (an absent one is equal to "0").
  package static func < (left: DebianVersion, right: DebianVersion) -> Bool { left.compare(right) < 0 }

  /// Whether dpkg takes the two for the same version.
  package static func == (left: DebianVersion, right: DebianVersion) -> Bool { left.compare(right) == 0 }

  private func compare(_ other: DebianVersion) -> Int {
    if epoch != other.epoch { return epoch < other.epoch ? -1 : 1 }
    let order = Self.compare(Array(upstream.utf8), Array(other.upstream.utf8))
    return order != 0 ? order : Self.compare(Array((revision ?? "").utf8), Array((other.revision ?? "").utf8))
  }

  /// dpkg's `verrevcmp`: parts without digits by `weight`, and parts of digits as numbers of any length, in turn.
  private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var i = 0
    var j = 0
    while i < left.count || j < right.count {
      while (i < left.count && !isDigit(left[i])) || (j < right.count && !isDigit(right[j])) {
        let difference = weight(left, i) - weight(right, j)
        if difference != 0 { return difference }
        i += 1
        j += 1
      }
      while i < left.count, left[i] == UInt8(ascii: "0") { i += 1 }
      while j < right.count, right[j] == UInt8(ascii: "0") { j += 1 }
      var firstDifference = 0
      while i < left.count, isDigit(left[i]), j < right.count, isDigit(right[j]) {
        if firstDifference == 0 { firstDifference = Int(left[i]) - Int(right[j]) }
        i += 1
        j += 1
      }
      if i < left.count, isDigit(left[i]) { return 1 }
      if j < right.count, isDigit(right[j]) { return -1 }
      if firstDifference != 0 { return firstDifference }
    }
    return 0
  }

  /// dpkg's `order`: a tilde before everything, even the end; the end and digits as 0; letters; then all else.
  private static func weight(_ text: [UInt8], _ index: Int) -> Int {
    guard index < text.count else { return 0 }
    let byte = text[index]
    if isDigit(byte) { return 0 }
    if isLetter(byte) { return Int(byte) }
    if byte == UInt8(ascii: "~") { return -1 }
    return Int(byte) + 256
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "~")
  }
}
