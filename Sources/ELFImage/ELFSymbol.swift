/// A dynamic symbol: what an image offers to others, or asks of them.
public struct ELFSymbol: Sendable, Hashable {
  /// What a symbol is (the low half of st_info).
  public struct Kind: Sendable, Hashable {
    /// The number in the table.
    public let rawValue: UInt8
    /// Not said.
    public static let none = Kind(rawValue: 0)
    /// Data.
    public static let object = Kind(rawValue: 1)
    /// A function.
    public static let function = Kind(rawValue: 2)
    /// Thread-local data.
    public static let threadLocal = Kind(rawValue: 6)
    /// GNU: a function that chooses a function.
    public static let indirectFunction = Kind(rawValue: 10)
  }

  /// Who sees a symbol, and what wins (the high half of st_info).
  public struct Binding: Sendable, Hashable {
    /// The number in the table.
    public let rawValue: UInt8
    /// Only this image.
    public static let local = Binding(rawValue: 0)
    /// Everyone.
    public static let global = Binding(rawValue: 1)
    /// Everyone, and any other definition wins.
    public static let weak = Binding(rawValue: 2)
  }

  /// The name without the version.
  public let name: String
  /// The version, as in `memcpy@GLIBC_2.14`; nil where the symbol has none.
  public let version: String?
  /// Whether a reference without a version gets this one (`@@` rather than `@`).
  public let isDefaultVersion: Bool
  /// What it is.
  public let kind: Kind
  /// Who sees it.
  public let binding: Binding
  /// Whether this image defines it, rather than asks for it.
  public let isDefined: Bool
  /// The address, or whatever the kind makes of it.
  public let value: UInt64
  /// The size in bytes of what it names; 0 if not said.
  public let size: UInt64

  /// Whether others can bind to it.
  public var isExported: Bool { isDefined && binding != .local && !name.isEmpty }
}

extension ELFImage {
  private static let symbolByteCount = 24

  /// The dynamic symbols in table order, without the empty first one; none where the image has no section for them.
  public func dynamicSymbols() throws(ELFError) -> [ELFSymbol] {
    guard let table = sections.first(where: { $0.kind == .dynamicSymbols }) else { return [] }
    let count = table.fileRange.count / Self.symbolByteCount
    guard count <= Self.symbolLimit else {
      throw .tooMany("dynamic symbols", count: UInt64(count), limit: Self.symbolLimit)
    }
    let strings = try stringTable(of: table)
    let versions = try versions()
    let numbers = sections.first { $0.kind == .versions }?.fileRange
    if let numbers, numbers.count / 2 < count {
      throw .malformed("it has \(count) dynamic symbols and \(numbers.count / 2) versions of them")
    }
    var symbols: [ELFSymbol] = []
    var nameBytes = 0
    for index in stride(from: 1, to: count, by: 1) {
      let number = numbers.map { reader.number($0.lowerBound + index * 2, as: UInt16.self) }
      let offset = table.fileRange.lowerBound + index * Self.symbolByteCount
      let symbol = try symbol(at: offset, strings: strings, version: number, versions: versions)
      nameBytes += symbol.name.utf8.count
      guard nameBytes <= Self.symbolNameBytesLimit else {
        throw .tooMany("bytes of symbol names", count: UInt64(nameBytes), limit: Self.symbolNameBytesLimit)
      }
      symbols.append(symbol)
    }
    return symbols
  }

  private func symbol(
    at offset: Int, strings: Range<Int>, version number: UInt16?, versions: [UInt16: Version]
  ) throws(ELFError) -> ELFSymbol {
    let info = bytes[offset + 4]
    let isDefined = reader.number(offset + 6, as: UInt16.self) != 0
    // Bit 15 hides a version from references that name none; 0 and 1 are no versions but "local" and "global".
    let version = number.flatMap { $0 & 0x7fff < 2 ? nil : versions[$0 & 0x7fff] }
    let isHidden = (number ?? 0) & 0x8000 != 0
    return ELFSymbol(
      name: try reader.text(
        "symbol name", at: UInt64(reader.number(offset, as: UInt32.self)), in: strings,
        limit: Self.symbolNameByteLimit),
      version: version?.name, isDefaultVersion: isDefined && !isHidden && version?.isDefined == true,
      kind: ELFSymbol.Kind(rawValue: info & 15), binding: ELFSymbol.Binding(rawValue: info >> 4),
      isDefined: isDefined, value: reader.number(offset + 8), size: reader.number(offset + 16))
  }

  func stringTable(of section: ELFSection) throws(ELFError) -> Range<Int> {
    guard section.link < sections.count else {
      throw .malformed("section \(section.name) links to section \(section.link) of \(sections.count)")
    }
    return sections[section.link].fileRange
  }
}
