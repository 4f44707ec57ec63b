/// Why an image was refused.
///
/// Every sentence of this module stands here.
public enum ELFError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes do not begin with ELF's magic number.
  case notELF
  /// A sound image of a kind that this module does not read: the reason names it.
  case unsupported(String)
  /// A part lies outside the file.
  case outsideFile(String, offset: UInt64, size: UInt64, fileSize: Int)
  /// A part is not as the specification says.
  case malformed(String)
  /// There are more of something than the limit.
  case tooMany(String, count: UInt64, limit: Int)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .notELF:
      "not an ELF image: it does not begin with 7f 45 4c 46"
    case .unsupported(let reason):
      "this ELF image is not supported: \(reason); only 64-bit little-endian x86-64 and aarch64 images are"
    case .outsideFile(let part, let offset, let size, let fileSize):
      "the \(part) of the ELF image (\(size) bytes at \(offset)) lies outside its \(fileSize) bytes"
    case .malformed(let reason):
      "the ELF image is malformed: \(reason)"
    case .tooMany(let things, let count, let limit):
      "the ELF image has \(count) \(things), above the limit of \(limit)"
    }
  }
}
