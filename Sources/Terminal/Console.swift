internal import Linux

/// A program's two outputs.
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

  /// Writes one line to standard output.
  package func line(_ text: String = "") { StandardStream.output.write(text + "\n") }

  /// Writes a text that the next one takes the place of; where nobody looks, a line like any other.
  package func passing(_ text: String) {
    StandardStream.output.write(isTerminal ? "\r\u{1b}[K" + text : text + "\n")
  }

  /// Writes one line to standard output, in place of a passing text where one stands.
  package func lasting(_ text: String) { line((isTerminal ? "\r\u{1b}[K" : "") + text) }

  /// Writes one line to standard error.
  package func note(_ text: String) { StandardStream.error.write(text + "\n") }

  /// Writes an error and what to do about it.
  package func error(_ text: String, hint: String? = nil) {
    note("\(program): error: \(text)")
    if let hint { note("\(program): hint: \(hint)") }
  }

  /// A text in a style, or plain where colour is not welcome.
  package func styled(_ text: String, _ style: Style) -> String {
    isColoured ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }
}

/// The few ways in which a text stands out.
package enum Style: String, Sendable {
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
