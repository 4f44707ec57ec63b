/// A build ID: what a linker writes into an image to tell it from every other build, mostly a hash of 20 bytes.
public struct BuildID: Sendable, Hashable, CustomStringConvertible {
  /// The longest that is read, in bytes.
  public static let byteLimit = 64

  /// The bytes, at least one.
  public let bytes: [UInt8]

  init?(bytes: some Collection<UInt8>) {
    guard !bytes.isEmpty, bytes.count <= Self.byteLimit else { return nil }
    self.bytes = Array(bytes)
  }

  /// Two lower-case hexadecimal digits for each byte.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// Where to find an image's separate debugging information (.gnu_debuglink).
public struct DebugLink: Sendable, Hashable {
  /// The name of the file, without a folder.
  public let name: String
  /// Its CRC-32.
  public let checksum: UInt32
}

extension ELFImage {
  /// The section that holds the build ID.
  static let buildIDSection = ".note.gnu.build-id"
  /// The section that holds the debug link.
  static let debugLinkSection = ".gnu_debuglink"

  /// The build ID; nil where the image has none.
  public func buildID() throws(ELFError) -> BuildID? {
    if let section = section(named: Self.buildIDSection), section.kind == .note {
      return try buildIDRange(in: section.fileRange).flatMap { BuildID(bytes: bytes[$0]) }
    }
    for segment in segments where segment.kind == .note {
      if let range = try buildIDRange(in: segment.fileRange) { return BuildID(bytes: bytes[range]) }
    }
    return nil
  }

  /// Where the build ID's own bytes lie among notes: name "GNU", type 3 (NT_GNU_BUILD_ID).
  func buildIDRange(in notes: Range<Int>) throws(ELFError) -> Range<Int>? {
    var position = notes.lowerBound
    while notes.upperBound - position >= 12 {
      let nameSize = Int(reader.number(position, as: UInt32.self))
      let contentSize = Int(reader.number(position + 4, as: UInt32.self))
      let type: UInt32 = reader.number(position + 8)
      let nameStart = position + 12
      let contentStart = nameStart + (nameSize + 3) & ~3
      guard contentStart <= notes.upperBound, contentSize <= notes.upperBound - contentStart else {
        throw .malformed("a note reaches beyond its notes")
      }
      if type == 3, bytes[nameStart..<nameStart + nameSize].elementsEqual([0x47, 0x4e, 0x55, 0]) {
        return contentStart..<contentStart + contentSize
      }
      position = contentStart + (contentSize + 3) & ~3
    }
    return nil
  }

  /// The debug link; nil where the image has none.
  public func debugLink() throws(ELFError) -> DebugLink? {
    guard let range = section(named: Self.debugLinkSection)?.fileRange else { return nil }
    guard let nameEnd = bytes[range].firstIndex(of: 0) else { throw .malformed("its debug link has no end") }
    // The name, its NUL, and padding to a multiple of four.
    let end = range.lowerBound + (nameEnd - range.lowerBound + 4) & ~3
    guard end + 4 == range.upperBound else { throw .malformed("its debug link is \(range.count) bytes long") }
    let name = String(decoding: bytes[range.lowerBound..<nameEnd], as: UTF8.self)
    return DebugLink(name: name, checksum: reader.number(end))
  }
}
