internal import Linux

/// A program's two outputs.
///
/// What it writes may hold words of others: names of processes and files, sentences of servers. None of them can move the
/// cursor, hide a text or answer for the person at the terminal: what would stands as its number, as JSON writes it.
package struct Console: Sendable {
  /// The program's name, as errors begin with it.
  package let program: String
  /// Whether standard output is a terminal.
  package let isTerminal: Bool
  /// Whether standard output is a terminal on which colour is welcome.
  package let isColoured: Bool

  /// A console for a program.
  package init(program: String) {
    self.program = program
    isTerminal = StandardStream.output.isTerminal
    isColoured = isTerminal && ProcessEnvironment.value("NO_COLOR") == nil
  }

  init(program: String, isTerminal: Bool, isColoured: Bool) {
    self.program = program
    self.isTerminal = isTerminal
    self.isColoured = isColoured
  }

  /// Writes one line to standard output.
  package func line(_ text: String = "") { StandardStream.output.write(shown(text) + "\n") }

  /// Writes a text that the next one takes the place of; where nobody looks, a line like any other.
  package func passing(_ text: String) {
    StandardStream.output.write(isTerminal ? Self.anew + shown(text) : shown(text) + "\n")
  }

  /// Writes one line to standard output, in place of a passing text where one stands.
  package func lasting(_ text: String) {
    StandardStream.output.write((isTerminal ? Self.anew : "") + shown(text) + "\n")
  }

  /// Writes one line to standard error.
  package func note(_ text: String) { StandardStream.error.write(shown(text) + "\n") }

  /// Writes an error and what to do about it.
  package func error(_ text: String, hint: String? = nil) {
    note("\(program): error: \(text)")
    if let hint { note("\(program): hint: \(hint)") }
  }

  /// A text in a style, or plain where colour is not welcome.
  package func styled(_ text: String, _ style: Style) -> String {
    isColoured ? Self.sequence(style.rawValue) + text + Self.sequence(Self.plain) : text
  }

  // The beginning of the line, emptied.
  private static let anew = "\r\u{1b}[K"
  private static let plain = "0"
  private static let sequences = (Style.allCases.map(\.rawValue) + [plain]).map { sequence($0).unicodeScalars }

  private static func sequence(_ code: String) -> String { "\u{1b}[\(code)m" }

  /// A text as it may be written: with its line feeds and tabs, our own styles where colour is welcome, and no other
  /// character that does something.
  func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isActing) else { return text }
    var shown = ""
    var rest = text.unicodeScalars[...]
    while let scalar = rest.first {
      if isColoured, let own = Self.sequences.first(where: { rest.starts(with: $0) }) {
        shown.unicodeScalars.append(contentsOf: own)
        rest = rest.dropFirst(own.count)
        continue
      }
      if scalar.isActing {
        let digits = String(scalar.value, radix: 16)
        shown += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      } else {
        shown.unicodeScalars.append(scalar)
      }
      rest.removeFirst()
    }
    return shown
  }
}

extension Unicode.Scalar {
  /// Whether a terminal or an editor does something at this character in place of showing it: control characters but line
  /// feed and tab, and what turns the direction of writing or ends a line.
  fileprivate var isActing: Bool {
    switch value {
    case 0x09, 0x0a: false
    case 0...0x1f, 0x7f...0x9f, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}

/// The few ways in which a text stands out.
package enum Style: String, Sendable, CaseIterable {
  /// Headings.
  case bold = "1"
  /// What may be passed over.
  case dim = "2"
  /// What is good.
  case green = "32"
  /// What waits.
  case yellow = "33"
  /// What is bad.
  case red = "31"
}
