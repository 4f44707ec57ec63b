/// What one step of a decompressor did.
package struct DecodingStep: Sendable, Equatable {
  /// How many bytes of the input were taken.
  package let consumed: Int
  /// How many bytes of the output were written, from its beginning.
  package let produced: Int

  package init(consumed: Int, produced: Int) {
    self.consumed = consumed
    self.produced = produced
  }
}
