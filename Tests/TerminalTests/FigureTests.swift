import Terminal
import Testing

@Suite struct FigureTests {
  @Test func `figures are written as people read them`() {
    #expect([0, 999, 1_000, 1_234_567, -5_000].map(Figure.count) == ["0", "999", "1,000", "1,234,567", "-5,000"])
    #expect(Figure.time(microseconds: 0) == "0.0 ms")
    #expect(Figure.time(microseconds: 1_250) == "1.2 ms")
    #expect(Figure.time(microseconds: 12_345_678) == "12.34 s")
    #expect(Figure.percent(1, of: 3) == "33.33 %")
    #expect(Figure.percent(565, of: 277_048) == "0.20 %")
    #expect(Figure.percent(1, of: 0) == "–")
  }

  @Test func `columns are aligned and words are filled`() {
    #expect(Columns.left("ab", 4) + "|" == "ab  |")
    #expect(Columns.right("ab", 4) == "  ab")
    #expect(Columns.left("abcdef", 4) == "abcdef")
    #expect(Columns.filled(["aa", "bb", "cccccc", "d"], width: 5) == ["aa bb", "cccccc", "d"])
  }
}
