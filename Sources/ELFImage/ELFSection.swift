/// A section header (System V gABI, "Sections"), with its name.
public struct ELFSection: Sendable, Hashable {
  static let byteCount = 64

  /// What a section holds (sh_type).
  public struct Kind: Sendable, Hashable {
    /// The number in the header.
    public let rawValue: UInt32
    /// No section: the first header of the table.
    public static let null = Kind(rawValue: 0)
    /// Whatever the program wants.
    public static let program = Kind(rawValue: 1)
    /// Notes.
    public static let note = Kind(rawValue: 7)
    /// Memory without bytes in the file, such as .bss.
    public static let noBits = Kind(rawValue: 8)
    /// The dynamic symbols.
    public static let dynamicSymbols = Kind(rawValue: 11)
    /// GNU: the versions that are defined.
    public static let versionDefinitions = Kind(rawValue: 0x6fff_fffd)
    /// GNU: the versions that are needed.
    public static let versionNeeds = Kind(rawValue: 0x6fff_fffe)
    /// GNU: the version of each dynamic symbol.
    public static let versions = Kind(rawValue: 0x6fff_ffff)
  }

  /// The section occupies memory when the image runs (SHF_ALLOC).
  public static let allocated: UInt64 = 2

  /// The name, from the section name table; empty where the image has no such table.
  public let name: String
  /// What it holds.
  public let kind: Kind
  /// Flags (sh_flags).
  public let flags: UInt64
  /// The address in memory; 0 for none.
  public let address: UInt64
  /// Where the bytes begin in the file.
  public let offset: UInt64
  /// How many bytes there are, in memory if `kind` is `noBits`, else in the file.
  public let size: UInt64
  /// The index of a related section (sh_link).
  public let link: Int
  /// What depends on the kind (sh_info).
  public let info: UInt32
  /// The size of each entry, for sections that are tables.
  public let entrySize: UInt64

  /// Whether it is part of the running image.
  public var isAllocated: Bool { flags & Self.allocated != 0 }

  /// Where the bytes lie in the file, checked; empty for sections without bytes.
  public let fileRange: Range<Int>

  init(_ reader: some ByteSource, at offset: Int, names: Range<Int>?) throws(ELFError) {
    let nameOffset: UInt32 = reader.number(offset)
    name =
      if let names {
        try reader.text("section name", at: UInt64(nameOffset), in: names, limit: ELFImage.nameByteLimit)
      } else { "" }
    kind = Kind(rawValue: reader.number(offset + 4))
    flags = reader.number(offset + 8)
    address = reader.number(offset + 16)
    self.offset = reader.number(offset + 24)
    size = reader.number(offset + 32)
    link = Int(reader.number(offset + 40, as: UInt32.self))
    info = reader.number(offset + 44)
    entrySize = reader.number(offset + 56)
    let hasBytes = kind != .null && kind != .noBits
    fileRange = hasBytes ? try reader.range("section \(name)", offset: self.offset, size: size) : 0..<0
  }

  static func all(_ reader: some ByteSource, _ header: ELFHeader) throws(ELFError) -> [ELFSection] {
    guard header.sectionCount > 0 else { return [] }
    let table = try reader.range(
      "section header table", offset: header.sectionOffset, size: UInt64(header.sectionCount * byteCount))
    var names: Range<Int>?
    if header.sectionNameIndex != 0 {
      guard header.sectionNameIndex < header.sectionCount else {
        throw .malformed("its section name table is section \(header.sectionNameIndex) of \(header.sectionCount)")
      }
      let start = table.lowerBound + header.sectionNameIndex * byteCount
      names = try reader.range(
        "section name table", offset: reader.number(start + 24), size: reader.number(start + 32))
    }
    var sections: [ELFSection] = []
    for index in 0..<header.sectionCount {
      sections.append(try ELFSection(reader, at: table.lowerBound + index * byteCount, names: names))
    }
    return sections
  }
}
