import Basics
import BinaryDelta
import Foundation
import Testing

/// The most work for the fewest bytes: what a payload may cost is bounded by what it makes and by constants.
@Suite struct BoundedTimeTests {
  static let library = FileManager.default.contents(atPath: "/lib/x86_64-linux-gnu/libc.so.6").map { Array($0) }

  /// Runs `body` and gives the processor time of this thread, in seconds.
  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
      var time = timespec()
      _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    try body()
    return now() - start
  }

  private static func outcome(_ payload: [UInt8], _ baseline: [UInt8]) -> PayloadError? {
    do throws(PayloadError) {
      _ = try PayloadDecoder.apply(payload, to: baseline, outputLimit: 1 << 24)
      return nil
    } catch { return error }
  }

  @Test(.enabled(if: library != nil, "NOT RUN: no libc.so.6 for x86-64"))
  func `blocks of one byte all over an image cost no more than some hundred bytes each`() throws {
    let baseline = try #require(Self.library)
    let count = 1 << 13
    // From one end of the code to the other and back, so that nothing that was found is of use for the next.
    let places = (0..<count).map { ($0 & 1 == 0 ? 0x30_000 : baseline.count / 2) + $0 / 2 % 0x40_000 }
    var payload = CraftedPayload(baseline: baseline, improved: places.map { baseline[$0] })
    payload.kind = 0x82
    payload.layout = [0]
    payload.hits = [0]
    payload.blocks = zip(places, [0] + places.map { $0 + 1 }).map { (1, 0, Int64($0 - $1)) }
    let bytes = payload.bytes()
    let took = Self.seconds { _ = Self.outcome(bytes, baseline) }
    print("FIGURE: \(count) blocks of one byte over an image took \(took) s of processor time")
    // A second or two without optimisation; looking at 32 KiB for each block would take minutes.
    #expect(took < 30, "\(took) s")
  }

  @Test(.enabled(if: library != nil, "NOT RUN: no libc.so.6 for x86-64"))
  func `a few bytes of mixed coding, which say anything, end soon`() throws {
    let baseline = try #require(Self.library)
    let improved = [UInt8](repeating: 0, count: 1 << 14)
    var generator = SeededGenerator(seed: 3)
    var longest = 0.0
    for kind: UInt8 in [0x82 | 1 << 3, 0x81 | 1 << 3, 0x80 | 1 << 3] {
      for _ in 0..<3 {
        var payload = CraftedPayload(baseline: baseline, improved: improved)
        payload.kind = kind
        let bytes = payload.header() + generator.bytes(Int.random(in: 1...40, using: &generator)) + [1]
        longest = max(longest, Self.seconds { _ = Self.outcome(bytes, baseline) })
      }
    }
    print("FIGURE: a few bytes of mixed coding took at most \(longest) s of processor time")
    #expect(longest < 20, "\(longest) s")
  }
}
