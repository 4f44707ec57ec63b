internal import ELFImage

/// The references in what is copied: found in the baseline, and computed for where they stand in the improved file.
struct CopiedReferences: ~Copyable {
  /// At most so many bytes are rebuilt at once: whatever ends a run makes what was copied ahead worthless.
  static let runByteCount = 4 << 10

  var cursor: ReferenceCursor
  var predictor: Predictor

  /// What was rebuilt at once.
  struct Run {
    var byteCount = 0
    var fieldCount = 0
    /// How many more copied bytes stay as they are.
    var skipLeft: Int
  }

  /// Appends fields that are as predicted, and the bytes between them, from `position` to at most `end`, for which there
  /// is room; the cursor stands at the first field.
  ///
  /// That is `fieldCount` fields at most, and ends before a byte that differs: after `skip` bytes that are no fields'.
  mutating func rebuild(
    from position: Int, to end: Int, at produced: Int, fieldCount: Int, skip: Int, _ output: inout OutputBuffer,
    _ baseline: RawSpan
  ) -> Run {
    var run = Run(skipLeft: skip)
    unsafe baseline.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe output.lay(base + position, count: end - position)
    }
    var place = position
    while run.fieldCount < fieldCount, let field = cursor.following(from: place) {
      let gap = field.offset &- place
      guard field.offset &+ field.byteCount <= end, gap <= run.skipLeft else { break }
      if run.skipLeft != .max { run.skipLeft &-= gap }
      place = field.offset
      output.lay(
        predictor.predicted(field, at: produced &+ (place &- position)), count: field.byteCount, at: place &- position)
      place &+= field.byteCount
      run.fieldCount &+= 1
    }
    run.byteCount = place - position
    output.take(run.byteCount)
    return run
  }
}
