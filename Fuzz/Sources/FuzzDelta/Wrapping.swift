import Basics
import BinaryDelta

/// Puts records and streams into a payload of format 0 (docs/formats/payload.md).
enum Wrapping {
  /// The one baseline of this harness: that of the frozen payloads, which are among the seeds.
  static let baseline = Array(
    ("The quick brown fox jumps over the lazy dog; the dog does not mind at all, "
      + "and neither does the fox, who has seen lazier dogs.\n").utf8)

  private static let baselineFile = unsafe PayloadFile(of: baseline.span.bytes)

  /// The first four bytes give the lengths of control and difference stream; the improved length is what the streams
  /// promise, so that the records are what is wrong, if anything is.
  static func payload(around input: [UInt8]) -> [UInt8] {
    guard input.count >= 4 else { return input }
    var rest = input[4...]
    func take(_ count: Int) -> [UInt8] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    let control = take(Int(input[0]) << 8 + Int(input[1]))
    let difference = take(Int(input[2]) << 8 + Int(input[3]))
    let extra = Array(rest)
    var bytes: [UInt8] = Array("SUTP".utf8) + [0, 1, 1]
    bytes += integer(baselineFile.length) + baselineFile.digest.bytes
    bytes += integer(difference.count + extra.count) + [UInt8](repeating: 0, count: 32)
    let frames = [control, difference, extra].map(frame)
    for (stream, frame) in zip([control, difference, extra], frames) {
      bytes += integer(stream.count) + integer(frame.count)
    }
    return bytes + frames.flatMap(\.self)
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

  /// A Zstandard frame of raw blocks (RFC 8878, 3.1.1.2), 64 KiB each, with a window of 128 KiB.
  private static func frame(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    var frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0, 7 << 3]
    var start = 0
    while start < bytes.count {
      let end = min(start + (64 << 10), bytes.count)
      let header = (end - start) << 3 | (end == bytes.count ? 1 : 0)
      frame += [UInt8(header & 0xff), UInt8(header >> 8 & 0xff), UInt8(header >> 16)] + bytes[start..<end]
      start = end
    }
    return frame
  }
}
