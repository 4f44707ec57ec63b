/// How one image differs from another.
public enum ELFChange: Sendable, Hashable {
  /// Every byte is the same.
  case none
  /// Nothing differs but the build ID's own bytes and the contents of .gnu_debuglink: what runs is the same.
  case identityOnly
  /// Anything else: the sections that differ, are new or are gone.
  ///
  /// Where it is none of them, the one entry says so in parentheses.
  case substantive([String])
}

extension ELFImage {
  /// Whether two images differ in nothing but their identity, or not at all.
  public static func isIdentityOnlyChange(from old: ELFImage, to new: ELFImage) -> Bool {
    switch change(from: old, to: new) {
    case .none, .identityOnly: true
    case .substantive: false
    }
  }

  /// How `new` differs from `old`.
  ///
  /// Every byte outside the two identity sections must be the same, headers and padding too; it is never a matter of
  /// how few bytes differ, because one changed instruction can be the whole fix. In doubt (an identity section overlaps
  /// anything else, has moved, has changed its size, or is there twice) a change is substantive.
  public static func change(from old: ELFImage, to new: ELFImage) -> ELFChange {
    let (oldBytes, newBytes) = (old.bytes, new.bytes)
    if oldBytes.count == newBytes.count {
      let all = 0..<oldBytes.count
      if sameBytes(oldBytes, all, newBytes, all) { return .none }
      if let ranges = old.identityRanges(), new.identityRanges() == ranges,
        gaps(between: ranges, upTo: oldBytes.count).allSatisfy({ sameBytes(oldBytes, $0, newBytes, $0) })
      {
        return .identityOnly
      }
    }
    return .substantive(differingSections(old, new))
  }

  /// The bytes that may differ without a difference in what runs, in file order; nil if that cannot be said for
  /// certain.
  private func identityRanges() -> [Range<Int>]? {
    var ranges: [Range<Int>] = []
    let buildIDs = sections.indices.filter { sections[$0].name == Self.buildIDSection }
    let links = sections.indices.filter { sections[$0].name == Self.debugLinkSection }
    guard buildIDs.count <= 1, links.count <= 1 else { return nil }
    for index in buildIDs {
      guard sections[index].kind == .note, let found = try? buildIDRange(in: sections[index].fileRange),
        found.count <= BuildID.byteLimit, isAlone(found, section: index, among: [.load, .note])
      else { return nil }
      ranges.append(found)
    }
    for index in links {
      let section = sections[index]
      guard section.kind == .program, !section.isAllocated, isAlone(section.fileRange, section: index, among: [])
      else { return nil }
      ranges.append(section.fileRange)
    }
    return ranges.isEmpty ? nil : ranges.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// Whether a range meets no header, no other section, and no segment but of the given kinds.
  private func isAlone(_ range: Range<Int>, section own: Int, among kinds: Set<ELFSegment.Kind>) -> Bool {
    // Parsing has checked that both tables lie in the file, where there are any.
    let tables = [
      0..<ELFHeader.byteCount, Self.table(header.segmentOffset, segments.count * ELFSegment.byteCount),
      Self.table(header.sectionOffset, sections.count * ELFSection.byteCount),
    ]
    return tables.allSatisfy { !$0.overlaps(range) }
      && sections.indices.allSatisfy { $0 == own || !sections[$0].fileRange.overlaps(range) }
      && segments.allSatisfy { kinds.contains($0.kind) || !$0.fileRange.overlaps(range) }
  }

  private static func table(_ offset: UInt64, _ byteCount: Int) -> Range<Int> {
    byteCount == 0 ? 0..<0 : Int(offset)..<Int(offset) + byteCount
  }

  private static func gaps(between ranges: [Range<Int>], upTo end: Int) -> [Range<Int>] {
    zip([0] + ranges.map(\.upperBound), ranges.map(\.lowerBound) + [end]).map { $0..<max($0, $1) }
  }

  /// The names of the sections that differ, are new or are gone, in the order of the new image, then of the old.
  private static func differingSections(_ old: ELFImage, _ new: ELFImage) -> [String] {
    for image in [old, new] where image.sections.map(\.fileRange.count).reduce(0, +) > image.bytes.count {
      return ["(sections that overlap)"]
    }
    var counterparts: [String: [ELFSection]] = [:]
    for section in old.sections.reversed() { counterparts[section.name, default: []].append(section) }
    var names: [String] = []
    for section in new.sections {
      guard let other = counterparts[section.name]?.popLast() else {
        names.append(section.name)
        continue
      }
      let isSame =
        section.kind == other.kind && section.flags == other.flags && section.size == other.size
        && sameBytes(old.bytes, other.fileRange, new.bytes, section.fileRange)
      if !isSame { names.append(section.name) }
    }
    names += old.sections.map(\.name).filter { counterparts[$0]?.popLast() != nil }
    return names.isEmpty ? ["(headers or padding)"] : names
  }

  /// Whether two ranges hold the same bytes: eight at a time, because images are large.
  private static func sameBytes(
    _ left: [UInt8], _ leftRange: Range<Int>, _ right: [UInt8], _ rightRange: Range<Int>
  ) -> Bool {
    guard leftRange.count == rightRange.count else { return false }
    return unsafe left[leftRange].withUnsafeBytes { left in
      unsafe right[rightRange].withUnsafeBytes { right in
        var offset = 0
        while offset + 8 <= left.count {
          guard
            unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
              == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          else { return false }
          offset += 8
        }
        while offset < left.count {
          guard unsafe left[offset] == right[offset] else { return false }
          offset += 1
        }
        return true
      }
    }
  }
}
