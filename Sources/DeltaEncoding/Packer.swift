internal import BinaryDelta
internal import Compression

/// Packs one stream.
enum Packer {
  /// From this length on only what is best for a sample is tried: each way takes a second for some megabytes.
  private static let sampledByteCount = 16 << 20
  private static let sampleByteCount = 4 << 20

  /// The smallest form of some bytes; of very many, nearly.
  static func smallest(
    _ bytes: [UInt8], windowLogLimit: Int
  ) throws(PayloadError) -> (codec: StreamCodec, bytes: [UInt8]) {
    guard !bytes.isEmpty else { return (.stored, []) }
    let log = PayloadFormat.windowLog(for: bytes.count, limit: windowLogLimit)
    var best: (codec: StreamCodec, bytes: [UInt8]) = (.stored, bytes)
    do throws(CompressionError) {
      for model in try models(for: bytes) {
        let packed = try LZMA.compress(bytes, model: model, dictionaryLog: log)
        if packed.count < best.bytes.count { best = (.lzma, packed) }
      }
      if best.codec == .lzma, bytes.count >= sampledByteCount { return best }
      let packed = try Zstandard.compress(bytes, level: 22, windowLog: log)
      if packed.count < best.bytes.count { best = (.zstd, packed) }
    } catch {
      throw .compressionFailed(error.description)
    }
    return best
  }

  private static func models(for bytes: [UInt8]) throws(CompressionError) -> [LZMA.Model] {
    let all: [LZMA.Model] = [.numbers, .text, .code]
    guard bytes.count >= sampledByteCount else { return all }
    let middle = bytes.count / 2
    let sample = Array(bytes[middle - sampleByteCount / 2..<middle + sampleByteCount / 2])
    var best: (model: LZMA.Model, count: Int) = (.code, .max)
    for model in all {
      let count = try LZMA.compress(sample, model: model, dictionaryLog: 22).count
      if count < best.count { best = (model, count) }
    }
    return [best.model]
  }
}
