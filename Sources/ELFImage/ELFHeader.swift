/// The processor that an image is for.
public enum ELFMachine: UInt16, Sendable, Hashable, CustomStringConvertible {
  /// 64-bit x86 (EM_X86_64).
  case x86_64 = 62
  /// 64-bit ARM (EM_AARCH64).
  case aarch64 = 183

  /// A word for people.
  public var description: String {
    switch self {
    case .x86_64: "x86-64"
    case .aarch64: "aarch64"
    }
  }
}

/// What kind of file an image is (e_type).
public struct ELFKind: Sendable, Hashable, CustomStringConvertible {
  /// The number in the header.
  public let rawValue: UInt16
  /// A relocatable object file.
  public static let relocatable = ELFKind(rawValue: 1)
  /// A program at fixed addresses.
  public static let executable = ELFKind(rawValue: 2)
  /// A shared library or a position-independent program.
  public static let shared = ELFKind(rawValue: 3)
  /// A core dump.
  public static let core = ELFKind(rawValue: 4)

  /// A word for people.
  public var description: String {
    switch self {
    case .relocatable: "relocatable"
    case .executable: "executable"
    case .shared: "shared"
    case .core: "core"
    default: "type \(rawValue)"
    }
  }
}

/// The ELF header (System V gABI, "ELF Header").
public struct ELFHeader: Sendable, Hashable {
  /// Its size in bytes, which for 64-bit images is fixed.
  public static let byteCount = 64

  /// What kind of file the image is.
  public let kind: ELFKind
  /// The processor.
  public let machine: ELFMachine
  /// The address where a program starts; 0 for none.
  public let entry: UInt64
  /// Flags of the processor.
  public let flags: UInt32

  let segmentOffset: UInt64
  let segmentCount: Int
  let sectionOffset: UInt64
  let sectionCount: Int
  let sectionNameIndex: Int

  init(_ reader: some ByteSource) throws(ELFError) {
    guard reader.count >= 4, reader.number(0) == 0x464c_457f as UInt32 else { throw .notELF }
    _ = try reader.range("header", offset: 0, size: UInt64(Self.byteCount))
    let (size, order): (UInt8, UInt8) = (reader.number(4), reader.number(5))
    guard size == 2 else { throw .unsupported("its class is \(size), not 64-bit") }
    guard order == 1 else { throw .unsupported("its byte order is \(order), not little-endian") }
    let number: UInt16 = reader.number(18)
    guard let machine = ELFMachine(rawValue: number) else { throw .unsupported("its machine is \(number)") }
    guard reader.number(6) == 1 as UInt8, reader.number(20) == 1 as UInt32 else {
      throw .unsupported("its version is not 1")
    }
    self.machine = machine
    kind = ELFKind(rawValue: reader.number(16))
    entry = reader.number(24)
    segmentOffset = reader.number(32)
    sectionOffset = reader.number(40)
    flags = reader.number(48)
    segmentCount = Int(reader.number(56, as: UInt16.self))
    sectionCount = Int(reader.number(60, as: UInt16.self))
    sectionNameIndex = Int(reader.number(62, as: UInt16.self))
    try checkSizes(reader)
  }

  private func checkSizes(_ reader: some ByteSource) throws(ELFError) {
    let header = Int(reader.number(52, as: UInt16.self))
    let segment = Int(reader.number(54, as: UInt16.self))
    let section = Int(reader.number(58, as: UInt16.self))
    guard header == Self.byteCount else { throw .malformed("its header claims \(header) bytes") }
    guard segmentCount == 0 || segment == ELFSegment.byteCount else {
      throw .malformed("its program headers claim \(segment) bytes each")
    }
    guard sectionCount == 0 || section == ELFSection.byteCount else {
      throw .malformed("its section headers claim \(section) bytes each")
    }
    // The gABI's escape for 65,280 and more sections, which no linked image of an operating system needs.
    guard sectionCount > 0 || sectionOffset == 0 else { throw .unsupported("it has extended section numbering") }
    guard segmentCount <= ELFImage.segmentLimit else {
      throw .tooMany("segments", count: UInt64(segmentCount), limit: ELFImage.segmentLimit)
    }
  }
}
