/// Every field of an image that says where something lies, found without keeping them.
///
/// Building the map looks over the whole file once and keeps an index that is small beside it, as far as there is room
/// with where fields stand in code; the fields themselves are found again when they are asked for, in any order, at a cost that depends on the part asked for alone. The same bytes
/// give the same fields on every machine: docs/formats/references.md specifies the algorithm, which is number 1 and
/// frozen. Any bytes that begin as an image have a map; what makes no sense in them has no fields.
public struct ReferenceMap: Sendable {
  /// The number of the algorithm that finds the fields.
  public static let algorithm: UInt8 = 1
  /// The longest file that is looked at, in bytes: indexes hold 32 bits.
  public static let byteLimit = Int(UInt32.max)

  /// A part of the file that one rule reads.
  public struct Region: Sendable {
    /// Where it lies in the file.
    public let fileRange: Range<Int>
    /// The address of its first byte; 0 if it is not mapped.
    public let address: UInt64
    /// What it holds.
    public let content: Content

    /// The rules by which parts are read.
    public enum Content: UInt8, Sendable, Hashable {
      /// The ELF header.
      case header = 1
      /// The program headers.
      case segments = 2
      /// The section headers.
      case sections = 3
      /// Relocations with addends.
      case relocations = 4
      /// Relative relocations, packed.
      case packedRelocations = 5
      /// Symbols.
      case symbols = 6
      /// The dynamic section.
      case dynamic = 7
      /// GNU's hash table of symbols.
      case gnuHash = 8
      /// The System V hash table of symbols.
      case hash = 9
      /// The versions that are defined.
      case versionDefinitions = 10
      /// Call frame information.
      case frames = 11
      /// Its sorted table.
      case frameTable = 12
      /// Language-specific data of exceptions.
      case exceptions = 13
      /// Machine code.
      case code = 14
      /// Data that the program only reads.
      case constants = 15
      /// Data that the program, or the loader, writes.
      case data = 16
      /// The versions that are needed.
      case versionNeeds = 17
      /// Go's table of functions and lines.
      case goTable = 18
      /// Go's list of types.
      case goTypeLinks = 19
    }

    /// The address of the section that this one refers to: symbols for relocations and hash tables, names for symbols.
    let linkAddress: UInt64
    /// Where that section lies in the file.
    let link: Range<Int>
    /// Where the names of the linked symbols lie in the file.
    let names: Range<Int>
    /// What its name says of it.
    let role: Role

    enum Role: Sendable {
      case none
      /// Stubs that jump through slots (.plt.sec, .plt.got); how many bytes each has.
      case stubs(Int)
      /// Stubs that bind a slot when it is called first (.plt).
      case lazyStubs(Int)
      /// The relocations of those slots (.rela.plt).
      case stubRelocations
    }
  }

  /// The processor.
  public let machine: ELFMachine
  /// Whether the image stands at fixed addresses, so that its words hold them without a relocation.
  let isFixed: Bool
  /// How many bytes the file has.
  public let byteCount: Int
  /// Which address each byte has.
  public let space: AddressSpace
  /// The parts that are read, in file order, none meeting another.
  public let regions: [Region]
  var index = ReferenceIndex()
  /// From the lowest address to the end of the highest.
  let span: Range<UInt64>

  /// How many bytes the index may take with what it keeps of code: all that is read of a payload besides has to go with
  /// it into 24 MB.
  package static let indexByteLimit = 4 << 20

  /// Looks over an image: an array's `span`, or a mapped file.
  public init(of bytes: Span<UInt8>) throws(ELFError) {
    try self.init(of: bytes, indexByteLimit: Self.indexByteLimit)
  }

  /// The same with another limit of the index, which changes the time that it takes to find fields again, and nothing else.
  package init(of bytes: Span<UInt8>, indexByteLimit: Int) throws(ELFError) {
    self = try unsafe bytes.withUnsafeBytes { buffer throws(ELFError) in
      guard let bytes = unsafe BorrowedBytes(buffer) else { throw .notELF }
      return try ReferenceMap(bytes, indexByteLimit)
    }
  }

  private init(_ bytes: BorrowedBytes, _ indexByteLimit: Int) throws(ELFError) {
    guard bytes.count <= Self.byteLimit else {
      throw .tooMany("bytes", count: UInt64(bytes.count), limit: Self.byteLimit)
    }
    let header = try ELFHeader(bytes)
    machine = header.machine
    isFixed = header.kind == .executable
    byteCount = bytes.count
    space = SectionTable.space(bytes, header)
    span = space.span
    regions = SectionTable(bytes, header).regions(header)
    index = ReferenceIndex(bytes, self, byteLimit: indexByteLimit)
  }

  /// Appends the fields that begin in a part of the file, in file order, none meeting another.
  ///
  /// `bytes` must be those that the map was built from. A field may end beyond the part.
  public func appendReferences(in range: Range<Int>, of bytes: Span<UInt8>, to fields: inout [Reference]) {
    append(range, of: bytes, to: &fields, withSymbols: true)
  }

  /// The same without saying which symbols are meant, which takes time.
  package func appendReferences(withoutSymbolsIn range: Range<Int>, of bytes: Span<UInt8>, to fields: inout [Reference])
  {
    append(range, of: bytes, to: &fields, withSymbols: false)
  }

  private func append(_ range: Range<Int>, of bytes: Span<UInt8>, to fields: inout [Reference], withSymbols: Bool) {
    precondition(bytes.count == byteCount, "a map is asked about another file")
    unsafe bytes.withUnsafeBytes { buffer in
      guard let bytes = unsafe BorrowedBytes(buffer) else { return }
      var next = firstRegion(reaching: range.lowerBound)
      while next < regions.count, regions[next].fileRange.lowerBound < range.upperBound {
        let region = regions[next]
        append(region.fileRange.clamped(to: range), region, bytes, &fields, withSymbols)
        next += 1
      }
    }
  }

  /// The fields that begin in a part of the file, in file order.
  public func references(in range: Range<Int>, of bytes: Span<UInt8>) -> [Reference] {
    var fields: [Reference] = []
    appendReferences(in: range, of: bytes, to: &fields)
    return fields
  }

  /// What the part of the file holds in which an offset lies; nil where no rule reads it.
  package func content(at offset: Int) -> Region.Content? {
    let number = firstRegion(reaching: offset)
    guard number < regions.count, regions[number].fileRange.contains(offset) else { return nil }
    return regions[number].content
  }

  func firstRegion(reaching offset: Int) -> Int {
    var (low, high) = (0, regions.count)
    while low < high {
      let middle = (low + high) / 2
      if regions[middle].fileRange.upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func append(
    _ range: Range<Int>, _ region: Region, _ bytes: BorrowedBytes, _ fields: inout [Reference], _ withSymbols: Bool
  ) {
    let reader = RegionReader(bytes: bytes, map: self, region: region, range: range, hasSymbols: withSymbols)
    switch region.content {
    case .header: reader.header(&fields)
    case .segments: reader.segments(&fields)
    case .sections: reader.sections(&fields)
    case .relocations: reader.relocations(&fields)
    case .packedRelocations: reader.packedRelocations(&fields)
    case .symbols: reader.symbols(&fields)
    case .dynamic: reader.dynamic(&fields)
    case .gnuHash: reader.gnuHash(&fields)
    case .hash: reader.hash(&fields)
    case .versionDefinitions, .versionNeeds: reader.versions(&fields)
    case .frames: reader.frames(&fields)
    case .frameTable: reader.frameTable(&fields)
    case .exceptions: reader.exceptions(&fields)
    case .code: reader.code(&fields)
    case .goTable: reader.goTable(&fields)
    case .goTypeLinks: reader.goTypeLinks(&fields)
    case .constants, .data: reader.data(&fields)
    }
  }
}
