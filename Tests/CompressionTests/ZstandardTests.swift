import Compression
import Testing

@Suite struct ZstandardTests {
  static let text = Array(String(repeating: "a baseline and its improvement; ", count: 5_000).utf8)

  static func frame(_ bytes: [UInt8], level: Int = 19, windowLog: Int = 20) throws -> [UInt8] {
    try Zstandard.compress(bytes, level: level, windowLog: windowLog)
  }

  static func step(
    _ decoder: inout ZstandardDecoder, _ input: ArraySlice<UInt8>, into buffer: inout [UInt8]
  ) throws -> DecodingStep {
    var span = buffer.mutableSpan
    var room = unsafe span.mutableBytes
    return try unsafe decoder.decode(input.span.bytes, into: &room)
  }

  @Test(arguments: [0, 1, 31, 65_535, 65_536, 65_537, 160_000])
  func `what was compressed comes back`(count: Int) throws {
    let bytes = Array(Self.text.prefix(count))
    let frame = try Self.frame(bytes)
    #expect(try Zstandard.decompress(frame, outputLimit: count) == bytes)
  }

  @Test func `a frame does not say how long its content is`() throws {
    // Frame_Header_Descriptor: content size flag, single segment, checksum and dictionary bits are all zero.
    let frame = try Self.frame(Self.text)
    #expect(frame[4] == 0)
  }

  @Test func `one byte above the limit is refused`() throws {
    let frame = try Self.frame(Self.text)
    #expect(throws: CompressionError.outputLimitExceeded(Self.text.count - 1)) {
      try Zstandard.decompress(frame, outputLimit: Self.text.count - 1)
    }
  }

  @Test func `a bomb stops at the limit`() throws {
    let frame = try Self.frame([UInt8](repeating: 0, count: 64 << 20), level: 1)
    #expect(frame.count < 16 << 10)
    var decoder = try ZstandardDecoder(windowLogLimit: 20, outputLimit: 1 << 20)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var position = 0
    let refusal = #expect(throws: CompressionError.self) {
      while !decoder.isFinished {
        position += try Self.step(&decoder, frame[position...], into: &buffer).consumed
      }
    }
    #expect(refusal == .outputLimitExceeded(1 << 20))
    #expect(decoder.produced == 1 << 20)
  }

  @Test func `a bomb of many empty blocks ends with its bytes`() throws {
    // A window descriptor and 100,000 raw blocks of no bytes, none of them the last.
    let bytes: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x50] + [UInt8](repeating: 0, count: 300_000)
    #expect(throws: CompressionError.truncated) { try Zstandard.decompress(bytes, outputLimit: 10) }
  }

  @Test func `a window above the limit is refused`() throws {
    var noise: [UInt8] = []
    var state: UInt64 = 7
    for _ in 0..<(1 << 18) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      noise.append(UInt8(truncatingIfNeeded: state >> 56))
    }
    let frame = try Self.frame(noise, windowLog: 18)
    #expect(throws: CompressionError.windowTooLarge(limitLog: 17)) {
      try Zstandard.decompress(frame, outputLimit: noise.count, windowLogLimit: 17)
    }
    #expect(try Zstandard.decompress(frame, outputLimit: noise.count, windowLogLimit: 18) == noise)
  }

  @Test func `a lie about the content size does not help a frame`() throws {
    // Single segment, content size in 8 bytes: 2^40 claimed, so a window of 2^40 is asked for.
    let lie: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0]
    #expect(throws: CompressionError.windowTooLarge(limitLog: 23)) {
      try Zstandard.decompress(lie, outputLimit: 1 << 30)
    }
    // A small one: 5 bytes claimed, none in the only block.
    let small: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, 1, 0, 0]
    #expect(throws: CompressionError.self) { try Zstandard.decompress(small, outputLimit: 10) }
  }

  @Test func `every truncation is refused`() throws {
    let frame = try Self.frame(Array(Self.text.prefix(1_000)))
    for count in 0..<frame.count {
      #expect(throws: CompressionError.truncated, "\(count) bytes") {
        try Zstandard.decompress(Array(frame[..<count]), outputLimit: 1_000)
      }
    }
  }

  @Test func `a second frame and a skippable frame are refused`() throws {
    let frame = try Self.frame([1, 2, 3])
    let twice = frame + frame
    #expect(throws: CompressionError.trailingBytes(frame.count)) {
      try Zstandard.decompress(twice, outputLimit: 10)
    }
    let skippable: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9] + frame
    #expect(throws: CompressionError.notZstandard) { try Zstandard.decompress(skippable, outputLimit: 10) }
    // The magic number of zstd 0.7, which libzstd still reads.
    let legacy: [UInt8] = [0x27, 0xb5, 0x2f, 0xfd] + frame.dropFirst(4)
    #expect(throws: CompressionError.notZstandard) { try Zstandard.decompress(legacy, outputLimit: 10) }
  }

  @Test func `one byte at a time gives the same`() throws {
    let bytes = Array(Self.text.prefix(3_000))
    let frame = try Self.frame(bytes)
    var decoder = try ZstandardDecoder(windowLogLimit: 20, outputLimit: bytes.count)
    var output: [UInt8] = []
    var room: [UInt8] = [0]
    var position = 0
    while !decoder.isFinished {
      let end = min(position + 1, frame.count)
      let step = try Self.step(&decoder, frame[position..<end], into: &room)
      position += step.consumed
      output += room[..<step.produced]
      try #require(step.consumed + step.produced > 0 || decoder.isFinished)
    }
    #expect(output == bytes)
    #expect(position == frame.count)
  }

  @Test func `levels and windows outside the range are refused`() {
    #expect(throws: CompressionError.levelOutOfRange(0)) { try Self.frame([1], level: 0) }
    #expect(throws: CompressionError.levelOutOfRange(23)) { try Self.frame([1], level: 23) }
    #expect(throws: CompressionError.windowLogOutOfRange(24)) { try Self.frame([1], windowLog: 24) }
    #expect(throws: CompressionError.windowLogOutOfRange(9)) {
      _ = try ZstandardDecoder(windowLogLimit: 9, outputLimit: 1).isFinished
    }
  }

  @Test func `the same bytes give the same frame`() throws {
    #expect(try Self.frame(Self.text) == Self.frame(Self.text))
  }
}
