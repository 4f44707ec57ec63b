package import ELFImage

/// How the improved image's segments are said in a payload: by what differs from the baseline's.
package enum Layout {
  /// How many segments may be said.
  package static let segmentLimit = 64

  /// The numbers that say `new`, where `old` is known; the first is 0 if both are the same.
  package static func numbers(for new: AddressSpace, from old: AddressSpace) -> [UInt64] {
    guard new.segments != old.segments else { return [0] }
    var numbers = [UInt64(new.segments.count) + 1]
    for (index, segment) in new.segments.enumerated() {
      let before = index < old.segments.count ? old.segments[index] : nil
      for (value, former) in zip(values(segment), before.map(values) ?? [0, 0, 0, 0]) {
        numbers.append(VariableInteger.fold(Int(truncatingIfNeeded: Int64(bitPattern: value &- former))))
      }
    }
    return numbers
  }

  private static func values(_ segment: AddressSpace.Segment) -> [UInt64] {
    [segment.offset, segment.address, segment.fileSize, segment.memorySize]
  }

  /// Reads back what follows the first number, which is the count of segments and one more.
  static func read(
    count: UInt64, from old: AddressSpace, _ next: () throws(PayloadError) -> UInt64
  ) throws(PayloadError) -> AddressSpace {
    guard count <= UInt64(segmentLimit) else { throw .tooManySegments(limit: segmentLimit) }
    var segments: [AddressSpace.Segment] = []
    for index in 0..<Int(count) {
      var values = index < old.segments.count ? values(old.segments[index]) : [0, 0, 0, 0]
      for part in values.indices { values[part] &+= UInt64(bitPattern: Int64(VariableInteger.unfold(try next()))) }
      segments.append(.init(offset: values[0], address: values[1], fileSize: values[2], memorySize: values[3]))
    }
    return AddressSpace(segments: segments)
  }
}
