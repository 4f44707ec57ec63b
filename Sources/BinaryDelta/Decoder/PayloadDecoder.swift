/// Applies payloads (format 1, docs/formats/payload.md) to baselines.
///
/// A payload is taken for hostile. Memory is bounded by constants (at most 24 MB, whatever the files' lengths), time by the
/// lengths of baseline and declared output, and the output by what the header declares, which is compared with the
/// caller's limit before anything else happens. The bytes of the two files are only borrowed, so a caller may map them.
///
/// These are for payloads in memory or mapped; `BaselineCheck` and the `Rebuilding` that it gives are the same in steps.
public enum PayloadDecoder {
  /// Rebuilds the one improved file of a payload and gives it to `sink` in pieces of at most 64 KiB.
  ///
  /// The baseline's digest is checked before the first piece, the result's after the last: **what the sink was given is
  /// the improved file only once this returns**. Where the payload needs no baseline, the one given is not looked at;
  /// pass an empty span for none.
  ///
  /// Throws `PayloadError` for everything that is wrong with the payload or the baseline, and whatever the sink throws.
  public static func apply(
    _ payload: RawSpan, to baseline: RawSpan, outputLimit: Int, sink: (RawSpan) throws -> Void
  ) throws {
    var check = try BaselineCheck(payload, outputLimit: outputLimit)
    try check.take(baseline)
    var rebuilding = try check.finish(payload)
    try rebuilding.next(payload, baseline, sink: sink)
  }

  /// Rebuilds the one improved file of a payload in memory.
  public static func apply(
    _ payload: RawSpan, to baseline: RawSpan, outputLimit: Int
  ) throws(PayloadError) -> [UInt8] {
    var check = try BaselineCheck(payload, outputLimit: outputLimit)
    try check.take(baseline)
    var rebuilding = try check.finish(payload)
    return try rebuilding.next(payload, baseline)
  }

  /// Rebuilds the one improved file of a payload in memory, from files in memory.
  public static func apply(
    _ payload: [UInt8], to baseline: [UInt8], outputLimit: Int
  ) throws(PayloadError) -> [UInt8] {
    try unsafe apply(payload.span.bytes, to: baseline.span.bytes, outputLimit: outputLimit)
  }

  /// Rebuilds all improved files of a payload in memory, from files in memory, in the payload's order.
  ///
  /// `outputLimit` is for all of them together.
  public static func apply(
    _ payload: [UInt8], toEach baselines: [[UInt8]], outputLimit: Int
  ) throws(PayloadError) -> [[UInt8]] {
    var check = try unsafe BaselineCheck(payload.span.bytes, outputLimit: outputLimit)
    for baseline in baselines { try unsafe check.take(baseline.span.bytes) }
    var rebuilding = try unsafe check.finish(payload.span.bytes)
    var files: [[UInt8]] = []
    for baseline in baselines { files.append(try unsafe rebuilding.next(payload.span.bytes, baseline.span.bytes)) }
    return files
  }
}
