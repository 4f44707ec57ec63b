/// Applies payloads (format 0, docs/formats/payload.md) to a baseline.
///
/// A payload is taken for hostile. Memory is bounded by constants (at most 8 MiB of window for method 0, three times 4
/// MiB for method 1, and buffers of 64 KiB), time by the lengths of baseline and declared output, and the output by
/// what the header declares, which is compared with the caller's limit before anything else happens. The bytes of the
/// two files are only borrowed, so a caller may map them.
public enum PayloadDecoder {
  /// Rebuilds the improved file and gives it to `sink` in pieces of at most 64 KiB.
  ///
  /// The baseline's digest is checked before the first piece, the result's after the last: **what the sink was given is
  /// the improved file only once this returns**. Where the payload needs no baseline, the one given is not looked at;
  /// pass an empty span for none.
  ///
  /// Throws `PayloadError` for everything that is wrong with the payload or the baseline, and whatever the sink throws.
  public static func apply(
    _ payload: RawSpan, to baseline: RawSpan, outputLimit: Int, sink: (RawSpan) throws -> Void
  ) throws {
    var rebuilding = try Rebuilding(payload, baseline, outputLimit: outputLimit)
    var buffer = rebuilding.buffer
    while true {
      let count = try rebuilding.next(payload, baseline, into: &buffer)
      guard count > 0 else { return }
      try unsafe sink(buffer.span.bytes.extracting(..<count))
    }
  }

  /// Rebuilds the improved file in memory.
  public static func apply(
    _ payload: RawSpan, to baseline: RawSpan, outputLimit: Int
  ) throws(PayloadError) -> [UInt8] {
    var rebuilding = try Rebuilding(payload, baseline, outputLimit: outputLimit)
    var buffer = rebuilding.buffer
    var result: [UInt8] = []
    while true {
      let count = try rebuilding.next(payload, baseline, into: &buffer)
      guard count > 0 else { return result }
      result += buffer[..<count]
    }
  }

  /// Rebuilds the improved file in memory, from files in memory.
  public static func apply(
    _ payload: [UInt8], to baseline: [UInt8], outputLimit: Int
  ) throws(PayloadError) -> [UInt8] {
    try unsafe apply(payload.span.bytes, to: baseline.span.bytes, outputLimit: outputLimit)
  }
}
