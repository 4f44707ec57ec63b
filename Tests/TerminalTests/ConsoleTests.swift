import Testing

@testable import Terminal

@Suite struct ConsoleTests {
  private let coloured = Console(program: "x", isTerminal: true, isColoured: true)
  private let plain = Console(program: "x", isTerminal: false, isColoured: false)

  @Test func `what a process calls itself moves no cursor, hides nothing and answers for nobody`() {
    let names = [
      "\u{1b}[2J", "\u{1b}]0;title\u{7}", "\u{1b}[8mhidden", "\rprotected", "\u{9b}2J", "\u{7f}", "a\u{202e}b",
      "\u{2066}x",
      "\u{1b}[", "\u{1b}",
    ]
    for console in [coloured, plain] {
      for name in names {
        let shown = console.shown("12 \(name) maps")
        #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }, "\(shown)")
        #expect(
          !shown.unicodeScalars.contains {
            (0x202a...0x202e).contains($0.value) || (0x2066...0x2069).contains($0.value)
          })
      }
    }
    #expect(plain.shown("a\u{1b}[2Jb\u{202e}c") == "a\\u001b[2Jb\\u202ec")
    #expect(plain.shown("Grüße\tß\n") == "Grüße\tß\n")
  }

  @Test func `our own styles are kept where colour is welcome, and only there`() {
    for style in Style.allCases {
      let styled = coloured.styled("text", style)
      #expect(styled != "text")
      #expect(coloured.shown(styled) == styled)
      #expect(plain.shown(styled).hasPrefix("\\u001b["))
    }
    #expect(plain.styled("text", .red) == "text")
  }
}
