import Linux
import Testing

/// A program that waits keeps little in memory, and goes on where it was.
@Suite struct OwnMemoryTests {
  @Test func `what is given back is less in memory, and everything runs on`() throws {
    let before = try #require(OwnMemory.resident())
    let words = (0..<1_000).map { "\($0)" }
    OwnMemory.giveBack()
    let after = try #require(OwnMemory.resident())
    #expect(after < before)
    #expect(words.compactMap { Int($0) } == Array(0..<1_000))
  }
}
