/// An ELF image: a program or a shared library, read and never written.
///
/// 64-bit, little-endian, x86-64 or aarch64 (System V gABI and its GNU extensions). Parsing checks the header and both
/// tables; what lies deeper is read, and checked, when asked for. Times are linear in the size of the file.
public struct ELFImage: Sendable {
  /// The most program headers that are read; real images have about a dozen.
  public static let segmentLimit = 1_024
  /// The longest name of a section, a library or a version, in bytes.
  public static let nameByteLimit = 1_024
  /// The most entries of a dynamic section that are read.
  public static let dynamicEntryLimit = 16_384
  /// The most versions of symbols: their numbers have 15 bits.
  public static let versionLimit = 32_768
  /// The most dynamic symbols that are read; the largest libraries have some hundred thousand.
  public static let symbolLimit = 4_000_000
  /// The longest name of a symbol in bytes; C++ names reach some ten thousand.
  public static let symbolNameByteLimit = 65_536
  /// The most bytes that the names of all dynamic symbols may have together: many could share one long text.
  public static let symbolNameBytesLimit = 256 << 20

  let reader: ByteReader
  /// The header.
  public let header: ELFHeader
  /// The program headers, in file order.
  public let segments: [ELFSegment]
  /// The sections, in file order, the empty first one included.
  public let sections: [ELFSection]

  /// The bytes of the whole file.
  public var bytes: [UInt8] { reader.bytes }

  /// Parses the header and both tables of an image.
  public init(parsing bytes: [UInt8]) throws(ELFError) {
    reader = ByteReader(bytes: bytes)
    header = try ELFHeader(reader)
    segments = try ELFSegment.all(reader, header)
    sections = try ELFSection.all(reader, header)
  }

  /// Whether bytes begin as an ELF image does, of whatever kind.
  public static func looksLikeImage(_ bytes: some Sequence<UInt8>) -> Bool {
    Array(bytes.prefix(4)) == [0x7f, 0x45, 0x4c, 0x46]
  }

  /// How many bytes of a file's beginning tell whether it is loaded.
  public static let headByteCount = 18

  /// Whether a file that begins so is a program or a shared library, for whatever machine: the kernel and the dynamic linker
  /// map those, and everything else is read.
  public static func isLoaded(_ head: some Sequence<UInt8>) -> Bool {
    let head = Array(head.prefix(headByteCount))
    guard head.count == headByteCount, looksLikeImage(head) else { return false }
    // e_type, in the byte order that e_ident tells.
    let (first, second) = (UInt16(head[16]), UInt16(head[17]))
    let kind = ELFKind(rawValue: head[5] == 2 ? first << 8 | second : second << 8 | first)
    return kind == .executable || kind == .shared
  }

  /// The first section of that name.
  public func section(named name: String) -> ELFSection? {
    sections.first { $0.name == name }
  }

  /// The bytes of a section of this image; none for one without bytes in the file.
  public func contents(of section: ELFSection) -> ArraySlice<UInt8> {
    section.fileRange.upperBound <= bytes.count ? bytes[section.fileRange] : []
  }
}
