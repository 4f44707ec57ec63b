/// The growing number of an improvement within its stream: 1, 2, 3 and so on.
package struct Serial: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The largest serial: the largest integer that every JSON reader keeps exactly.
  package static let greatest: Int64 = 1 << 53 - 1

  /// The number, 1…2^53−1.
  package let number: Int64

  /// Takes a number in 1…2^53−1.
  package init?(_ number: Int64) {
    guard (1...Self.greatest).contains(number) else { return nil }
    self.number = number
  }

  /// Parses decimal digits without sign or leading zero.
  package init?(_ text: String) {
    guard let first = text.utf8.first, first != UInt8(ascii: "0"), text.utf8.count <= 16,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(text)
    else { return nil }
    self.init(number)
  }

  /// The first serial of a stream.
  package static let first = Serial(unchecked: 1)

  /// The serial after this one; nil at the end of the numbers.
  package var next: Serial? { Serial(number + 1) }

  private init(unchecked number: Int64) {
    self.number = number
  }

  /// Decimal digits.
  package var description: String { String(number) }

  /// Orders serials by age.
  package static func < (left: Serial, right: Serial) -> Bool { left.number < right.number }
}

/// How people see a serial relative to their baseline: `a`, `b`, … `z`, `aa`, `ab` and so on.
package struct Letter: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The highest ordinal: three letters.
  package static let greatestOrdinal = 26 + 26 * 26 + 26 * 26 * 26

  /// 1 for `a`, 26 for `z`, 27 for `aa`.
  package let ordinal: Int

  /// Takes an ordinal from 1.
  package init?(ordinal: Int) {
    guard (1...Self.greatestOrdinal).contains(ordinal) else { return nil }
    self.ordinal = ordinal
  }

  /// Parses one to three lower-case letters.
  package init?(_ text: String) {
    guard (1...3).contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
    else { return nil }
    ordinal = text.utf8.reduce(0) { $0 * 26 + Int($1 - UInt8(ascii: "a")) + 1 }
  }

  /// `a`, the first letter on a baseline.
  package static let a = Letter(unchecked: 1)

  /// The letter after this one; nil at the end.
  package var next: Letter? { Letter(ordinal: ordinal + 1) }

  private init(unchecked ordinal: Int) {
    self.ordinal = ordinal
  }

  /// The letters themselves, without parentheses.
  package var description: String {
    var rest = ordinal
    var letters: [UInt8] = []
    while rest > 0 {
      rest -= 1
      letters.append(UInt8(ascii: "a") + UInt8(rest % 26))
      rest /= 26
    }
    return String(decoding: letters.reversed(), as: UTF8.self)
  }

  /// Orders letters by age.
  package static func < (left: Letter, right: Letter) -> Bool { left.ordinal < right.ordinal }
}
