import Compression
import Testing

@Suite struct LZMATests {
  /// Takes a stream apart in pieces of `piece` bytes.
  static func decode(_ packed: [UInt8], piece: Int, limit: Int, dictionaryLog: Int = 16) throws -> [UInt8] {
    var decoder = try LZMADecoder(dictionaryLog: dictionaryLog, outputLimit: limit)
    var output: [UInt8] = []
    var position = 0
    var buffer = [UInt8](repeating: 0, count: 1_000)
    while !decoder.isFinished {
      var span = buffer.mutableSpan
      var room = unsafe span.mutableBytes
      let input = packed[position..<min(packed.count, position + piece)]
      let step = try unsafe decoder.decode(input.span.bytes, into: &room)
      position += step.consumed
      output += buffer[..<step.produced]
      if step.consumed == 0, step.produced == 0, !decoder.isFinished { throw CompressionError.truncated }
    }
    guard position == packed.count else { throw CompressionError.trailingBytes(packed.count - position) }
    return output
  }

  static let models = [LZMA.Model.text, .code, .numbers]

  @Test(arguments: [0, 1, 31, 65_536, 160_000], models)
  func `what was compressed comes back`(count: Int, model: LZMA.Model) throws {
    let bytes = Array(ZstandardTests.text.prefix(count))
    let packed = try LZMA.compress(bytes, model: model, dictionaryLog: 16)
    #expect(try Self.decode(packed, piece: 1 << 20, limit: count) == bytes)
    #expect(try Self.decode(packed, piece: 1, limit: count) == bytes)
  }

  @Test func `what cannot be compressed comes back too`() throws {
    var state: UInt32 = 1
    let noise = (0..<200_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
    let packed = try LZMA.compress(noise, model: .text, dictionaryLog: 12)
    #expect(try Self.decode(packed, piece: 4_096, limit: noise.count, dictionaryLog: 12) == noise)
  }

  @Test func `one byte above the limit is refused`() throws {
    let packed = try LZMA.compress(ZstandardTests.text, model: .text, dictionaryLog: 16)
    let limit = ZstandardTests.text.count - 1
    #expect(throws: CompressionError.outputLimitExceeded(limit)) {
      try Self.decode(packed, piece: 1 << 20, limit: limit)
    }
  }

  @Test func `every truncation is noticed`() throws {
    let packed = try LZMA.compress(Array(ZstandardTests.text.prefix(500)), model: .text, dictionaryLog: 12)
    for count in packed.indices {
      #expect(throws: CompressionError.self) { try Self.decode(Array(packed[..<count]), piece: 1 << 20, limit: 500) }
    }
  }

  @Test func `damage is refused or gives other bytes, within the limit`() throws {
    let bytes = Array(ZstandardTests.text.prefix(2_000))
    let packed = try LZMA.compress(bytes, model: .code, dictionaryLog: 12)
    for index in packed.indices {
      var damaged = packed
      damaged[index] ^= 0x55
      let output = try? Self.decode(damaged, piece: 1 << 20, limit: 2_000)
      #expect(output?.count ?? 0 <= 2_000)
    }
  }

  @Test func `a dictionary that is not offered is refused`() {
    #expect(throws: CompressionError.windowLogOutOfRange(24)) {
      try LZMA.compress([1], model: .text, dictionaryLog: 24)
    }
    #expect(throws: CompressionError.windowLogOutOfRange(11)) {
      _ = try LZMADecoder(dictionaryLog: 11, outputLimit: 1)
    }
  }
}
