/// The hints that both sides give with each token for mixed coding; part of the format.
package enum TokenHint {
  /// A number's magnitude: how many bits it has.
  @inline(__always)
  package static func magnitude(_ value: Int) -> UInt32 {
    UInt32(Int.bitWidth - value.leadingZeroBitCount)
  }

  /// Two small hints in one.
  @inline(__always)
  package static func pair(_ left: UInt32, _ right: UInt32) -> UInt32 {
    left << 16 | right & 0xffff
  }
}
