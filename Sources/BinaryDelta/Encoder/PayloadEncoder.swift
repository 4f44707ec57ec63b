internal import Basics
internal import Compression

/// Makes payloads (format 0, docs/formats/payload.md).
///
/// The same two files give the same payload with the same libzstd.
public enum PayloadEncoder {
  /// zstd's level for streams of a delta, which are small: the best there is.
  private static let streamLevel = 22
  /// zstd's level for a whole file: level 22 gains about one percent and takes twice the time.
  private static let wholeLevel = 19

  /// Makes the smallest payload that rebuilds `improved`, and applies it once before giving it out.
  ///
  /// Without a baseline the payload carries the whole file and applies to any baseline. With one it tries the delta as
  /// well, keeps the smaller, and the payload is bound to that baseline whatever the method. Time grows about linearly
  /// (a few seconds for 5 MB); memory is about 16 times the baseline.
  public static func encode(baseline: [UInt8]?, improved: [UInt8]) throws(PayloadError) -> [UInt8] {
    for (part, length) in [("baseline", baseline?.count ?? 0), ("improved file", improved.count)]
    where length > PayloadFormat.fileByteLimit {
      throw .fileTooLarge(part, length: length)
    }
    let baselineFile = baseline.map { unsafe PayloadFile(of: $0.span.bytes) }
    let improvedFile = unsafe PayloadFile(of: improved.span.bytes)
    var payload = PayloadHeader.bytes(method: .whole, baseline: baselineFile, improved: improvedFile)
    payload += try frame(of: improved, level: wholeLevel, windowLog: PayloadFormat.wholeWindowLog)
    if let baseline, baseline.count <= BaselineIndex.baselineByteLimit {
      let delta =
        try PayloadHeader.bytes(method: .delta, baseline: baselineFile, improved: improvedFile)
        + deltaBody(baseline: baseline, improved: improved)
      if delta.count < payload.count { payload = delta }
    }
    try check(payload, baseline: baseline ?? [], improved: improved)
    return payload
  }

  private static func deltaBody(baseline: [UInt8], improved: [UInt8]) throws(PayloadError) -> [UInt8] {
    let streams = unsafe baseline.withUnsafeBufferPointer { baseline in
      unsafe improved.withUnsafeBufferPointer { improved in
        let records = unsafe DeltaPlanner(baseline: baseline, improved: improved).records()
        return unsafe DeltaStreams(records, baseline: baseline, improved: improved)
      }
    }
    var table: [UInt8] = []
    var packed: [UInt8] = []
    for stream in [streams.control, streams.difference, streams.extra] {
      let frame = try frame(of: stream, level: streamLevel, windowLog: PayloadFormat.streamWindowLog)
      VariableInteger.append(UInt64(stream.count), to: &table)
      VariableInteger.append(UInt64(frame.count), to: &table)
      packed += frame
    }
    return table + packed
  }

  /// One zstd frame; none at all for no bytes.
  private static func frame(of bytes: [UInt8], level: Int, windowLog: Int) throws(PayloadError) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    do throws(CompressionError) {
      return try Zstandard.compress(bytes, level: level, windowLog: windowLog)
    } catch {
      throw .compressionFailed(error.description)
    }
  }

  /// A payload leaves only after it rebuilt the file, and exactly that file.
  private static func check(_ payload: [UInt8], baseline: [UInt8], improved: [UInt8]) throws(PayloadError) {
    let rebuilt: [UInt8]
    do throws(PayloadError) {
      rebuilt = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count)
    } catch {
      throw .selfCheckFailed(error.description)
    }
    guard rebuilt == improved else { throw .selfCheckFailed("other bytes") }
  }
}
