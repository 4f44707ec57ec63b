import Basics
import BinaryDelta

/// Puts a body into a payload of format 1 (docs/formats/payload.md) whose header is right.
enum Wrapping {
  /// The one baseline of payloads that come whole: that of the frozen payloads, which are among the seeds.
  static let baseline = Array(
    ("The quick brown fox jumps over the lazy dog; the dog does not mind at all, "
      + "and neither does the fox, who has seen lazier dogs.\n").utf8)

  /// A payload for a baseline.
  ///
  /// The first byte says method and coding, the next two how long the improved file is, the
  /// rest is the body. With mixed coding every body says something.
  static func payload(around input: ArraySlice<UInt8>, for baseline: [UInt8]) -> [UInt8] {
    guard input.count >= 3 else { return Array(input) }
    let start = input.startIndex
    let file = unsafe PayloadFile(of: baseline.span.bytes)
    let change = Int(input[start + 1]) << 8 + Int(input[start + 2]) - baseline.count
    return Array("SUT".utf8) + [1, input[start] & 0x3f | 0x80] + integer(file.length)
      + integer(change < 0 ? -2 * change - 1 : 2 * change) + PayloadMark(of: [file.digest]).bytes
      + [UInt8](repeating: 0, count: 8) + input[(start + 3)...]
  }

  /// A payload for two baselines.
  ///
  /// The first byte says the coding and in its lowest bits the first file's method, the next its second's, then two bytes
  /// each how long the improved files are; the rest is the body.
  static func solidPayload(around input: ArraySlice<UInt8>, for baselines: [[UInt8]]) -> [UInt8] {
    guard input.count >= 6 else { return Array(input) }
    let bytes = Array(input)
    let files = baselines.map { unsafe PayloadFile(of: $0.span.bytes) }
    var header = Array("SUT".utf8) + [1, bytes[0] & 0x38 | 0xc0, 0]
    for (index, file) in files.enumerated() {
      let change = Int(bytes[2 + 2 * index]) << 8 + Int(bytes[3 + 2 * index]) - file.length
      header += integer(file.length << 2 | Int(bytes[index] & 3)) + integer(change < 0 ? -2 * change - 1 : 2 * change)
    }
    return header + PayloadMark(of: files.map(\.digest)).bytes + [UInt8](repeating: 0, count: 8) + bytes[6...]
  }

  private static func integer(_ value: Int) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
