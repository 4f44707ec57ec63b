/// Untrusted bytes, read at offsets that are checked; little-endian throughout.
struct ByteReader: Sendable {
  let bytes: [UInt8]

  /// The range of a part that must lie in the file.
  func range(_ part: String, offset: UInt64, size: UInt64) throws(ELFError) -> Range<Int> {
    let count = UInt64(bytes.count)
    guard offset <= count, size <= count - offset else {
      throw .outsideFile(part, offset: offset, size: size, fileSize: bytes.count)
    }
    return Int(offset)..<Int(offset + size)
  }

  /// A number of `T`'s size at an offset that the caller has checked to lie in the file.
  func number<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
    precondition(offset >= 0 && offset <= bytes.count - MemoryLayout<T>.size)
    return unsafe bytes.withUnsafeBytes { buffer in
      unsafe T(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
  }

  /// The text from an offset to the next NUL, all of it within `table`.
  ///
  /// Text that is not UTF-8 keeps its length but not its bytes: names are for people and for comparing with other
  /// names.
  func text(
    _ part: String, at offset: UInt64, in table: Range<Int>, limit: Int
  ) throws(ELFError) -> String {
    guard offset < UInt64(table.count) else {
      throw .malformed("a \(part) begins outside its string table")
    }
    let start = table.lowerBound + Int(offset)
    guard let end = bytes[start..<min(table.upperBound, start + limit + 1)].firstIndex(of: 0) else {
      throw .malformed("a \(part) does not end within \(limit) bytes and its string table")
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}
