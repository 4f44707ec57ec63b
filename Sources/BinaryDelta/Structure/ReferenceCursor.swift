package import ELFImage

/// Finds the references of a baseline in the order in which a payload's blocks need them.
///
/// They are found anew for what is copied, a part at a time: memory is constant, and the time is that of the bytes that
/// are copied and of some hundred more for each block.
package struct ReferenceCursor: ~Copyable {
  /// References are found for so many bytes at a time, at most.
  private static let partByteCount = 1 << 15

  package let map: ReferenceMap
  /// The part whose fields are known.
  private var part = 0..<0
  private var fields: [Reference] = []
  private var next = 0
  /// The offset below which every field was passed.
  private var position = 0

  package init(_ map: ReferenceMap) {
    self.map = map
  }

  /// The first field that begins at or after `start` and ends at or before `end`, and nothing where a field begins there
  /// but ends later.
  ///
  /// Fields after one that does not fit are not looked at: nothing fits after it either.
  @inline(__always)
  package mutating func field(from start: Int, to end: Int, of baseline: Span<UInt8>) -> Reference? {
    if !part.contains(start) || start < position { find(start, end, baseline) }
    position = start
    while true {
      while next < fields.count, fields[next].offset < start { next += 1 }
      if next < fields.count {
        let field = fields[next]
        return field.offset + field.byteCount <= end ? field : nil
      }
      guard part.upperBound < end else { return nil }
      find(part.upperBound, end, baseline)
    }
  }

  /// The next field that begins at or after an offset that was not passed yet, if it is known already.
  @inline(__always)
  mutating func following(from start: Int) -> Reference? {
    position = start
    while next < fields.count, fields[next].offset < start { next &+= 1 }
    return next < fields.count ? fields[next] : nil
  }

  private mutating func find(_ start: Int, _ end: Int, _ baseline: Span<UInt8>) {
    part = start..<min(end, start + Self.partByteCount)
    fields.removeAll(keepingCapacity: true)
    map.appendReferences(withoutSymbolsIn: part, of: baseline, to: &fields)
    next = 0
  }
}
