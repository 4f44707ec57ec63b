internal import Glibc

/// Memory that is read and written all over: the processor finds its way about it sooner in pages of 2 MiB.
enum LargePages {
  /// How many bytes such a page has.
  static let byteCount = 2 << 20

  /// Memory of whole large pages, to be deallocated by its owner.
  ///
  /// The kernel is asked for them, and may give small ones.
  static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: Self.byteCount)
    _ = unsafe madvise(memory, byteCount, Int32(MADV_HUGEPAGE))
    return unsafe memory
  }
}
