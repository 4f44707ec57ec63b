/// One step of rebuilding: bytes copied out of the baseline, then bytes that are new.
package struct DeltaBlock: Sendable, Hashable {
  /// Where the copy begins in the baseline.
  package var baselineStart: Int
  /// How many bytes are copied.
  package var copyLength: Int
  /// How many new bytes follow the copy.
  package var extraLength: Int

  package init(baselineStart: Int, copyLength: Int, extraLength: Int) {
    self.baselineStart = baselineStart
    self.copyLength = copyLength
    self.extraLength = extraLength
  }
}
