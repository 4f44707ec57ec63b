/// A program header (System V gABI, "Program Header"): what the loader sees.
public struct ELFSegment: Sendable, Hashable {
  static let byteCount = 56

  /// What a segment is for (p_type).
  public struct Kind: Sendable, Hashable {
    /// The number in the header.
    public let rawValue: UInt32
    /// Bytes to be mapped.
    public static let load = Kind(rawValue: 1)
    /// The dynamic section.
    public static let dynamic = Kind(rawValue: 2)
    /// The path of the program interpreter.
    public static let interpreter = Kind(rawValue: 3)
    /// Notes.
    public static let note = Kind(rawValue: 4)
    /// The template of thread-local storage.
    public static let threadLocal = Kind(rawValue: 7)
  }

  /// What it is for.
  public let kind: Kind
  /// Permissions: 1 execute, 2 write, 4 read.
  public let flags: UInt32
  /// Where the bytes begin in the file.
  public let offset: UInt64
  /// The address in memory.
  public let address: UInt64
  /// How many bytes there are in the file.
  public let fileSize: UInt64
  /// How many bytes it takes in memory.
  public let memorySize: UInt64
  /// Alignment in memory and file.
  public let alignment: UInt64

  /// Where the bytes lie in the file, checked.
  public let fileRange: Range<Int>

  init(_ reader: some ByteSource, at offset: Int) throws(ELFError) {
    kind = Kind(rawValue: reader.number(offset))
    flags = reader.number(offset + 4)
    self.offset = reader.number(offset + 8)
    address = reader.number(offset + 16)
    fileSize = reader.number(offset + 32)
    memorySize = reader.number(offset + 40)
    alignment = reader.number(offset + 48)
    fileRange = try reader.range("segment of type \(kind.rawValue)", offset: self.offset, size: fileSize)
  }

  static func all(_ reader: some ByteSource, _ header: ELFHeader) throws(ELFError) -> [ELFSegment] {
    guard header.segmentCount > 0 else { return [] }
    let table = try reader.range(
      "program header table", offset: header.segmentOffset, size: UInt64(header.segmentCount * byteCount))
    var segments: [ELFSegment] = []
    for index in 0..<header.segmentCount {
      segments.append(try ELFSegment(reader, at: table.lowerBound + index * byteCount))
    }
    return segments
  }
}
