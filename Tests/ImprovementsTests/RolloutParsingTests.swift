import CanonicalJSON
import TestSupport
import Testing

@testable import Improvements

@Suite struct RolloutParsingTests {
  // Seeded, so that what fails fails again. Bytes are changed, cut out, doubled and swapped for others of JSON's own.
  @Test func `a record that was changed anywhere is refused, or read and written back the same`() throws {
    var random = SeededGenerator(seed: 5)
    let record = try RolloutTests.record([
      RolloutTests.rollout(RolloutTests.plan(), frozenAt: RolloutTests.begin)
    ])
    let alphabet = Array("{}[]\",:0123456789-eZ\\untrue\u{7f}".utf8) + [0, 0x80, 0xff]
    var read = 0
    for _ in 0..<4_000 {
      var bytes = record.bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = alphabet.randomElement(using: &random) ?? 0
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
        default: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
        }
      }
      do throws(RolloutError) {
        let other = try RolloutRecord(parsing: bytes)
        read += 1
        #expect(try RolloutRecord(parsing: other.bytes) == other)
      } catch {
        #expect(!error.description.utf8.contains { $0 < 0x20 })
      }
    }
    // The test sees both.
    #expect(read > 10 && read < 2_000, "\(read)")
  }
}
