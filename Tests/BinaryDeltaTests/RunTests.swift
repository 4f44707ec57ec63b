import BinaryDelta
import ELFImage
import Testing

/// What a reader rebuilds many references at a time is what comes of taking one after another.
@Suite struct RunTests {
  typealias Blocks = [(copy: UInt64, extra: UInt64, seek: Int64)]

  /// The build ID stands before, whose name would be put in where it is copied.
  private static let firstPlace = 1 << 13

  /// Blocks that go back and forth over an image, and end within fields.
  private static func blocks(_ baseline: [UInt8], _ generator: inout SeededGenerator) -> Blocks {
    var blocks: Blocks = []
    var position = 0
    for _ in 0..<60 {
      let copy = Int.random(in: 1...9_000, using: &generator)
      let near = Int.random(in: -6_000...3_000, using: &generator)
      let far = Int.random(in: firstPlace..<baseline.count - copy, using: &generator) - position
      let seek = max(firstPlace - position, generator.next() % 4 == 0 ? far : near)
      guard position + seek + copy <= baseline.count else { continue }
      blocks.append((UInt64(copy), generator.next() % 3, Int64(seek)))
      position += seek + copy
    }
    return blocks
  }

  /// The improved file, with nothing in its extra bytes and nothing that differs, one reference after another.
  private static func rebuilt(_ baseline: [UInt8], _ blocks: [DeltaBlock]) throws -> [UInt8] {
    let map = try ReferenceMap(of: baseline.span)
    var cursor = ReferenceCursor(map)
    var predictor = Predictor(
      AddressMap(blocks, baselineLength: baseline.count, old: map.space, new: map.space))
    var improved: [UInt8] = []
    for block in blocks {
      var position = block.baselineStart
      let end = position + block.copyLength
      while position < end {
        let field = cursor.field(from: position, to: end, of: baseline.span)
        improved += baseline[position..<(field?.offset ?? end)]
        position = field?.offset ?? end
        guard let field else { continue }
        let prediction = predictor.prediction(for: field, at: improved.count)
        predictor.learn(field, prediction, value: prediction.value)
        for index in 0..<field.byteCount {
          improved.append(UInt8(truncatingIfNeeded: prediction.value >> UInt64(8 * index)))
        }
        position += field.byteCount
      }
      improved += [UInt8](repeating: 0, count: block.extraLength)
    }
    return improved
  }

  @Test(.enabled(if: BoundedTimeTests.library != nil, "NOT RUN: no libc.so.6 for x86-64"), arguments: 1...6)
  func `blocks that go back and forth give the same bytes`(seed: UInt64) throws {
    let baseline = try #require(BoundedTimeTests.library)
    var generator = SeededGenerator(seed: seed)
    let told = Self.blocks(baseline, &generator)
    var position = 0
    let blocks = told.map { block in
      let start = position + Int(block.seek)
      position = start + Int(block.copy)
      return DeltaBlock(baselineStart: start, copyLength: Int(block.copy), extraLength: Int(block.extra))
    }
    let improved = try Self.rebuilt(baseline, blocks)
    var payload = CraftedPayload(baseline: baseline, improved: improved)
    payload.kind = 0x82
    payload.layout = [0]
    payload.hits = [0]
    payload.blocks = told
    payload.extra = [UInt8](repeating: 0, count: blocks.reduce(0) { $0 + $1.extraLength })
    #expect(try PayloadDecoder.apply(payload.bytes(), to: baseline, outputLimit: 1 << 24) == improved)
  }
}
