/// Which address each byte of a file has in memory, from the segments that the loader maps.
public struct AddressSpace: Sendable, Hashable {
  /// A mapped part of the file.
  public struct Segment: Sendable, Hashable {
    /// Where it begins in the file.
    public var offset: UInt64
    /// Its address in memory.
    public var address: UInt64
    /// How many bytes it has in the file.
    public var fileSize: UInt64
    /// How many bytes it takes in memory.
    public var memorySize: UInt64

    /// Describes a mapped part.
    public init(offset: UInt64, address: UInt64, fileSize: UInt64, memorySize: UInt64) {
      self.offset = offset
      self.address = address
      self.fileSize = fileSize
      self.memorySize = memorySize
    }
  }

  /// So many are looked at one after another sooner than by halves; linkers make no more.
  private static let fewSegments = 8

  /// The segments as they were given.
  public let segments: [Segment]
  private let byAddress: [Segment]
  private let byOffset: [Segment]

  /// Takes segments in any order, whatever they say.
  ///
  /// One that wraps around, or begins within another before it in the order of addresses (for addresses) or offsets (for
  /// offsets), is passed over there.
  public init(segments: [Segment]) {
    self.segments = segments
    let sound = segments.filter {
      !$0.address.addingReportingOverflow(max($0.memorySize, $0.fileSize)).overflow
        && !$0.offset.addingReportingOverflow($0.fileSize).overflow
    }
    byAddress = Self.disjoint(sound.sorted { ($0.address, $0.offset) < ($1.address, $1.offset) }) {
      ($0.address, max($0.memorySize, $0.fileSize))
    }
    byOffset = Self.disjoint(sound.sorted { ($0.offset, $0.address) < ($1.offset, $1.address) }) {
      ($0.offset, $0.fileSize)
    }
  }

  private static func disjoint(_ sorted: [Segment], _ extent: (Segment) -> (UInt64, UInt64)) -> [Segment] {
    var kept: [Segment] = []
    var end: UInt64 = 0
    for segment in sorted {
      let (start, size) = extent(segment)
      guard size > 0, start >= end || kept.isEmpty else { continue }
      kept.append(segment)
      end = start + size
    }
    return kept
  }

  /// The address of a byte of the file; nil where none is mapped.
  public func address(ofOffset offset: UInt64) -> UInt64? {
    segment(ofOffset: offset).map { $0.address &+ (offset &- $0.offset) }
  }

  /// The segment that maps a byte of the file.
  @inline(__always)
  package func segment(ofOffset offset: UInt64) -> Segment? {
    // One after another: there are few, and this is asked for every reference.
    for segment in byOffset where offset &- segment.offset < segment.fileSize { return segment }
    return nil
  }

  /// Where the byte of an address lies in the file; nil where the address has no byte there.
  public func offset(ofAddress address: UInt64) -> UInt64? {
    segment(ofAddress: address).map { $0.offset &+ (address &- $0.address) }
  }

  /// The segment with the byte of an address in the file.
  @inline(__always)
  package func segment(ofAddress address: UInt64) -> Segment? {
    guard byAddress.count <= Self.fewSegments else {
      guard let segment = last(notAbove: address), address &- segment.address < segment.fileSize else { return nil }
      return segment
    }
    // None meets another, so that the first one that fits is the only one.
    for segment in byAddress where address &- segment.address < segment.fileSize { return segment }
    return nil
  }

  /// Whether an address is mapped, or is the end of what is.
  public func contains(_ address: UInt64) -> Bool { extent(around: address) != nil }

  /// A run of addresses that are mapped, or are the end of what is, around one; nil if that is not.
  func extent(around address: UInt64) -> (first: UInt64, distance: UInt64)? {
    guard let segment = last(notAbove: address) else { return nil }
    let distance = max(segment.memorySize, segment.fileSize)
    return address &- segment.address <= distance ? (segment.address, distance) : nil
  }

  /// From the lowest address that is mapped to the end of what is.
  var span: Range<UInt64> {
    guard let first = byAddress.first, let last = byAddress.last else { return 0..<0 }
    return first.address..<last.address + max(last.memorySize, last.fileSize)
  }

  /// The last segment that begins at an address or below it.
  private func last(notAbove address: UInt64) -> Segment? {
    var (low, high) = (0, byAddress.count)
    while low < high {
      let middle = (low &+ high) >> 1
      if byAddress[middle].address <= address { low = middle &+ 1 } else { high = middle }
    }
    return low == 0 ? nil : byAddress[low &- 1]
  }
}
