/// The section headers as the map reads them: in place, without names, passing over what does not lie in the file.
struct SectionTable {
  struct Row {
    let nameOffset: UInt32
    let kind: UInt32
    let flags: UInt64
    let address: UInt64
    /// Empty if the section has no bytes in the file, or they do not lie in it.
    let fileRange: Range<Int>
    let link: Int
    let entrySize: UInt64

    var isAllocated: Bool { flags & 2 != 0 }
    var isWritten: Bool { flags & 1 != 0 }
    var isCode: Bool { flags & 4 != 0 }
  }

  let bytes: BorrowedBytes
  private let table: Range<Int>
  private let names: Range<Int>

  init(_ bytes: BorrowedBytes, _ header: ELFHeader) {
    self.bytes = bytes
    let size = UInt64(header.sectionCount * ELFSection.byteCount)
    table = (try? bytes.range("section header table", offset: header.sectionOffset, size: size)) ?? 0..<0
    let hasNames = !table.isEmpty && header.sectionNameIndex < header.sectionCount
    names = hasNames ? Self.row(bytes, table, header.sectionNameIndex).fileRange : 0..<0
  }

  var count: Int { table.count / ELFSection.byteCount }

  subscript(index: Int) -> Row { Self.row(bytes, table, index) }

  private static func row(_ bytes: BorrowedBytes, _ table: Range<Int>, _ index: Int) -> Row {
    let start = table.lowerBound + index * ELFSection.byteCount
    let kind: UInt32 = bytes.number(start + 4)
    let hasBytes = kind != ELFSection.Kind.null.rawValue && kind != ELFSection.Kind.noBits.rawValue
    let range = hasBytes ? try? bytes.range("", offset: bytes.number(start + 24), size: bytes.number(start + 32)) : nil
    return Row(
      nameOffset: bytes.number(start), kind: kind, flags: bytes.number(start + 8), address: bytes.number(start + 16),
      fileRange: range ?? 0..<0, link: Int(bytes.number(start + 40, as: UInt32.self)),
      entrySize: bytes.number(start + 56))
  }

  /// Whether the name of a section is, or begins with, a text.
  func name(of row: Row, is text: StaticString, orBegins: Bool = false) -> Bool {
    let start = names.lowerBound + Int(row.nameOffset)
    let size = text.utf8CodeUnitCount
    guard start <= names.upperBound - size - 1 else { return false }
    for index in 0..<size {
      let expected = unsafe text.utf8Start[index]
      if bytes.number(start + index, as: UInt8.self) != expected { return false }
    }
    return orBegins || bytes.number(start + size, as: UInt8.self) == 0
  }

  /// The segments that the loader maps.
  static func space(_ bytes: BorrowedBytes, _ header: ELFHeader) -> AddressSpace {
    let size = UInt64(header.segmentCount * ELFSegment.byteCount)
    guard let table = try? bytes.range("", offset: header.segmentOffset, size: size) else {
      return AddressSpace(segments: [])
    }
    return AddressSpace(
      segments: stride(from: table.lowerBound, to: table.upperBound, by: ELFSegment.byteCount).compactMap { start in
        guard bytes.number(start) == ELFSegment.Kind.load.rawValue else { return nil }
        let segment = AddressSpace.Segment(
          offset: bytes.number(start + 8), address: bytes.number(start + 16), fileSize: bytes.number(start + 32),
          memorySize: bytes.number(start + 40))
        return (try? bytes.range("", offset: segment.offset, size: segment.fileSize)) == nil ? nil : segment
      })
  }
}

extension SectionTable {
  /// The parts of the file that are read, in file order; one that begins within another before it is passed over.
  func regions(_ header: ELFHeader) -> [ReferenceMap.Region] {
    var found: [ReferenceMap.Region] = []
    func add(_ range: Range<Int>, _ content: ReferenceMap.Region.Content, _ row: Row? = nil) {
      let link = row.flatMap { 0 < $0.link && $0.link < count ? self[$0.link] : nil }
      let names = link.flatMap { 0 < $0.link && $0.link < count ? self[$0.link] : nil }
      found.append(
        ReferenceMap.Region(
          fileRange: range, address: row?.address ?? 0, content: content, linkAddress: link?.address ?? 0,
          link: link?.fileRange ?? 0..<0, names: names?.fileRange ?? 0..<0, role: row.map(role) ?? .none))
    }
    add(0..<ELFHeader.byteCount, .header)
    let segmentsSize = UInt64(header.segmentCount * ELFSegment.byteCount)
    add((try? bytes.range("", offset: header.segmentOffset, size: segmentsSize)) ?? 0..<0, .segments)
    add(table, .sections)
    for index in 0..<count {
      let row = self[index]
      if let content = content(of: row) { add(row.fileRange, content, row) }
    }
    // Where two begin together, the one that was found first comes first.
    let order = found.indices.sorted { (found[$0].fileRange.lowerBound, $0) < (found[$1].fileRange.lowerBound, $1) }
    var end = 0
    return order.map { found[$0] }.filter { region in
      guard !region.fileRange.isEmpty, region.fileRange.lowerBound >= end else { return false }
      end = region.fileRange.upperBound
      return true
    }
  }

  private func role(of row: Row) -> ReferenceMap.Region.Role {
    let stubSize = 4...64 ~= row.entrySize ? Int(row.entrySize) : 16
    if name(of: row, is: ".plt") { return .lazyStubs(stubSize) }
    if name(of: row, is: ".plt", orBegins: true) { return .stubs(stubSize) }
    return name(of: row, is: ".rela.plt") ? .stubRelocations : .none
  }

  private func content(of row: Row) -> ReferenceMap.Region.Content? {
    switch row.kind {
    case 2, 11: .symbols
    case 4: .relocations
    case 5: .hash
    case 6: .dynamic
    case 19: .packedRelocations
    case 0x6fff_fff6: .gnuHash
    case 0x6fff_fffd: .versionDefinitions
    case 0x6fff_fffe: .versionNeeds
    case 1, 14, 15, 16, 0x7000_0001:
      if !row.isAllocated {
        nil
      } else if row.isCode {
        .code
      } else if name(of: row, is: ".eh_frame") {
        .frames
      } else if name(of: row, is: ".eh_frame_hdr") {
        .frameTable
      } else if name(of: row, is: ".gcc_except_table") {
        .exceptions
      } else if name(of: row, is: ".gopclntab") || name(of: row, is: ".data.rel.ro.gopclntab") {
        .goTable
      } else if name(of: row, is: ".typelink") || name(of: row, is: ".data.rel.ro.typelink") {
        .goTypeLinks
      } else {
        row.isWritten ? .data : .constants
      }
    default: nil
    }
  }
}
