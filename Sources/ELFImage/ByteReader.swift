/// Untrusted bytes, read at offsets that are checked; little-endian throughout.
protocol ByteSource {
  var count: Int { get }
  /// A number of `T`'s size at an offset that the caller has checked to lie in the file.
  func number<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T
}

extension ByteSource {
  /// The number at an offset that the caller has checked to lie in the file, of the type that is asked for.
  func number<T: FixedWidthInteger>(_ offset: Int) -> T { number(offset, as: T.self) }

  /// The range of a part that must lie in the file.
  func range(_ part: String, offset: UInt64, size: UInt64) throws(ELFError) -> Range<Int> {
    let count = UInt64(count)
    guard offset <= count, size <= count - offset else {
      throw .outsideFile(part, offset: offset, size: size, fileSize: Int(count))
    }
    return Int(offset)..<Int(offset + size)
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
    guard let end = (start..<min(table.upperBound, start + limit + 1)).first(where: { number($0, as: UInt8.self) == 0 })
    else { throw .malformed("a \(part) does not end within \(limit) bytes and its string table") }
    return String(decoding: (start..<end).map { number($0, as: UInt8.self) }, as: UTF8.self)
  }
}

/// The bytes of a whole file, kept.
struct ByteReader: ByteSource, Sendable {
  let bytes: [UInt8]

  var count: Int { bytes.count }

  func number<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
    precondition(offset >= 0 && offset <= bytes.count - MemoryLayout<T>.size)
    return unsafe bytes.withUnsafeBytes { buffer in
      unsafe T(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
  }
}

/// The bytes of a whole file in memory that the caller lends: a mapping, an array.
@safe struct BorrowedBytes: ByteSource {
  private let start: UnsafeRawPointer
  let count: Int

  @unsafe init?(_ buffer: UnsafeRawBufferPointer) {
    guard let start = buffer.baseAddress else { return nil }
    unsafe self.start = start
    count = buffer.count
  }

  @inline(__always)
  func number<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
    precondition(offset >= 0 && offset <= count - MemoryLayout<T>.size)
    return unsafe T(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Where the byte at an offset lies, for those that look at several at once and have checked how many there are.
  @inline(__always)
  @unsafe func pointer(_ offset: Int) -> UnsafePointer<UInt8> {
    precondition(offset >= 0 && offset <= count)
    return unsafe (start + offset).assumingMemoryBound(to: UInt8.self)
  }
}
