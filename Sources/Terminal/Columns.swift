/// Text in columns.
package enum Columns {
  /// A text padded with spaces to a width, in characters; a longer one is left as it is.
  package static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// A text moved to the right edge of a width, in characters.
  package static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Words filled into lines of at most `width` characters; a longer word stands alone.
  package static func filled(_ words: [String], width: Int) -> [String] {
    var lines: [String] = []
    for word in words {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(word)
      }
    }
    return lines
  }
}

/// Figures as people read them.
package enum Figure {
  /// A count with thin groups of three digits: `1,234,567`.
  package static func count(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var grouped = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    return (number < 0 ? "-" : "") + grouped
  }

  /// Microseconds as milliseconds with one decimal, or as seconds with two from ten seconds on.
  package static func time(microseconds: Int64) -> String {
    if microseconds >= 10_000_000 { return decimal(microseconds / 10_000, places: 2) + " s" }
    return decimal(microseconds / 100, places: 1) + " ms"
  }

  /// A share of a whole in per cent with two decimals; of nothing, `–`.
  package static func percent(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "–" }
    return decimal(Int64(part) * 10_000 / Int64(whole), places: 2) + " %"
  }

  // An integer that counts tenths or hundredths.
  private static func decimal(_ number: Int64, places: Int) -> String {
    let digits = String(number)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return "\(padded.dropLast(places)).\(padded.suffix(places))"
  }
}
