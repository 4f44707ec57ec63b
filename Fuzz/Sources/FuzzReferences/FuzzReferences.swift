import ELFImage

/// Whatever an image holds, its references are found in order and none meets another, in pieces as in the whole, and
/// each encodes to what stands there; and an image differs from itself in no function.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReferences(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  // An image as it is; else its parts, which are put together, so that each reader gets bytes of its own.
  let isWhole = ELFImage.looksLikeImage(input)
  let bytes = isWhole ? input : Image(input).bytes
  guard let map = try? ReferenceMap(of: bytes.span) else {
    precondition(isWhole, "an image that was put together is refused")
    return 0
  }
  let fields = map.references(in: bytes.indices, of: bytes.span)
  check(fields, map, bytes, isWhole: isWhole)
  var pieced: [Reference] = []
  var at = 0
  var seed = UInt64(truncatingIfNeeded: input.count)
  while at < bytes.count {
    seed = seed &* 6_364_136_223_846_793_005 &+ UInt64(bytes[at]) | 1
    let end = min(bytes.count, at + 1 + Int(seed >> 33) % 700)
    map.appendReferences(in: at..<end, of: bytes.span, to: &pieced)
    at = end
  }
  precondition(pieced == fields, "pieces give other references than the whole")
  compare(bytes)
  return 0
}

private func check(_ fields: [Reference], _ map: ReferenceMap, _ bytes: [UInt8], isWhole: Bool) {
  var end = 0
  for field in fields {
    precondition(field.offset >= end, "a reference meets the one before it")
    end = field.offset + field.byteCount
    precondition(end <= bytes.count, "a reference lies outside the file")
    // Headers of a damaged image may say one address of a section and another of its segment.
    guard !isWhole, let place = map.space.address(ofOffset: UInt64(field.offset)) else { continue }
    let value = bytes[field.offset..<end].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    precondition(field.encoded(place: place, target: field.target, base: field.base) == value, "\(field)")
    let target = field.target(of: value, place: place, base: field.base, predicted: field.target)
    precondition(field.encoded(place: place, target: target, base: field.base) == value, "\(field) and back")
  }
}

private func compare(_ bytes: [UInt8]) {
  guard let same = try? FunctionComparison(old: bytes.span, new: bytes.span) else {
    preconditionFailure("an image that has a map is not compared")
  }
  precondition(same.changes.isEmpty, "an image differs from itself: \(same.changes[0])")
  var other = bytes
  other[bytes.count / 2] ^= 0x11
  _ = try? FunctionComparison(old: bytes.span, new: other.span)
}

/// An image made of an input: a byte for processor and kind of image, then two for each section's size, then their contents.
struct Image {
  /// Name, type, flags, index of the linked section.
  static let sections: [(name: String, kind: UInt32, flags: UInt64, link: UInt32)] = [
    (".plt", 1, 6, 0), (".text", 1, 6, 0), (".rodata", 1, 2, 0), (".eh_frame", 1, 2, 0), (".eh_frame_hdr", 1, 2, 0),
    (".gcc_except_table", 1, 2, 0), (".dynstr", 3, 2, 0), (".dynsym", 11, 2, 7), (".gnu.hash", 0x6fff_fff6, 2, 8),
    (".hash", 5, 2, 8), (".gnu.version_d", 0x6fff_fffd, 2, 7), (".gnu.version_r", 0x6fff_fffe, 2, 7),
    (".rela.dyn", 4, 2, 8), (".rela.plt", 4, 2, 8), (".relr.dyn", 19, 2, 0), (".dynamic", 6, 3, 7), (".data", 1, 3, 0),
    (".gopclntab", 1, 2, 0), (".typelink", 1, 2, 0),
  ]
  static let base: UInt64 = 0x1000

  private(set) var bytes: [UInt8] = []

  init(_ input: [UInt8]) {
    var rest = input[...]
    let first = rest.popFirst() ?? 0
    let machine: UInt8 = first & 1 == 0 ? 62 : 183
    let kind: UInt8 = first & 2 == 0 ? 3 : 2
    let sizes = Self.sections.map { _ in Int(rest.popFirst() ?? 0) | Int(rest.popFirst() ?? 0) << 8 }
    var contents: [ArraySlice<UInt8>] = []
    for size in sizes {
      contents.append(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    var names: [UInt8] = [0]
    var headers = [UInt8](repeating: 0, count: 64)
    var body: [UInt8] = []
    let start = 64 + 56
    func add(_ name: String, _ kind: UInt32, _ flags: UInt64, _ link: UInt32, _ part: some Collection<UInt8>) {
      while (start + body.count) % 8 != 0 { body.append(0) }
      let offset = UInt64(start + body.count)
      headers +=
        little(UInt32(names.count)) + little(kind) + little(flags) + little(flags == 0 ? 0 : Self.base + offset)
      headers += little(offset) + little(UInt64(part.count)) + little(link) + little(UInt32(0)) + little(UInt64(8))
      headers += little(UInt64(0))
      names += Array(name.utf8) + [0]
      body += part
    }
    for (section, part) in zip(Self.sections, contents) {
      add(section.name, section.kind, section.flags, section.link, part)
    }
    let table = names + Array(".shstrtab\0".utf8)
    add(".shstrtab", 3, 0, 0, table)
    while (start + body.count) % 8 != 0 { body.append(0) }
    let end = UInt64(start + body.count)
    bytes = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, kind, 0, machine, 0, 1, 0, 0, 0]
    bytes += little(UInt64(0x1234)) + little(UInt64(64)) + little(end) + little(UInt32(0))
    for number in [64, 56, 1, 64, Self.sections.count + 2, Self.sections.count + 1] { bytes += little(UInt16(number)) }
    bytes += little(UInt32(1)) + little(UInt32(7)) + little(UInt64(0)) + little(Self.base) + little(Self.base)
    bytes += little(end) + little(end) + little(UInt64(8)) + body + headers
  }
}

private func little(_ value: some FixedWidthInteger) -> [UInt8] {
  stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
}
