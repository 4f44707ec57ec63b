/// What was rebuilt and not yet given away, with the few bytes before it.
@safe
struct OutputBuffer: ~Copyable {
  /// How many bytes are rebuilt at a time.
  static let pieceByteCount = 64 << 10
  /// How many bytes before the piece stay readable.
  private static let prefix = 8
  /// How many bytes may be written at once for fewer that count: so many follow the piece.
  static let slack = 16

  private let memory: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  /// How many bytes there are.
  private(set) var count = 0

  init(expecting length: Int) {
    capacity = min(max(length, 1), Self.pieceByteCount)
    unsafe memory = .allocate(capacity: capacity + Self.prefix + Self.slack)
    unsafe memory.initialize(repeating: 0, count: capacity + Self.prefix + Self.slack)
  }

  deinit {
    unsafe memory.deallocate()
  }

  /// How many bytes still fit.
  var room: Int { capacity - count }

  /// The bytes, as a piece to give away.
  var piece: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: memory + Self.prefix, count: count)
  }

  /// The four bytes before the next one, the last lowest; zeros before the first of the file.
  var before: UInt32 {
    let end = unsafe memory + Self.prefix + count - 4
    return unsafe UnsafeRawPointer(end).loadUnaligned(as: UInt32.self).bigEndian
  }

  /// Forgets everything, before the first byte of a file.
  mutating func reset() {
    unsafe memory.update(repeating: 0, count: Self.prefix)
    count = 0
  }

  /// Forgets the bytes but the last few.
  mutating func clear() {
    unsafe memory.update(from: memory + count, count: Self.prefix)
    count = 0
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    unsafe memory[Self.prefix &+ count] = byte
    count &+= 1
  }

  /// Appends bytes for which there is room.
  ///
  /// Where they are few, as between references, `slack` bytes are copied that `readable` says are there: no call, no branch.
  @inline(__always)
  mutating func append(_ bytes: UnsafeRawPointer, count added: Int, readable: Int) {
    let place = unsafe UnsafeMutableRawPointer(memory + Self.prefix + count)
    if added <= Self.slack, readable >= Self.slack {
      let lower = unsafe bytes.loadUnaligned(as: UInt64.self)
      let upper = unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      unsafe place.storeBytes(of: lower, as: UInt64.self)
      unsafe place.storeBytes(of: upper, toByteOffset: 8, as: UInt64.self)
    } else {
      unsafe place.copyMemory(from: bytes, byteCount: added)
    }
    count &+= added
  }

  /// Appends the low bytes of a number, the lowest first, for which there is room.
  @inline(__always)
  mutating func append(_ value: UInt64, count added: Int) {
    let place = unsafe UnsafeMutableRawPointer(memory + Self.prefix + count)
    unsafe place.storeBytes(of: value.littleEndian, as: UInt64.self)
    count &+= added
  }

  /// Writes bytes after the last, for which there is room, without counting them.
  mutating func lay(_ bytes: UnsafeRawPointer, count ahead: Int) {
    unsafe UnsafeMutableRawPointer(memory + Self.prefix + count).copyMemory(from: bytes, byteCount: ahead)
  }

  /// Writes the low 1, 4 or 8 bytes of a number, the lowest first, over bytes that are not counted yet.
  @inline(__always)
  mutating func lay(_ value: UInt64, count width: Int, at index: Int) {
    let place = unsafe UnsafeMutableRawPointer(memory + Self.prefix + count + index)
    switch width {
    case 1: unsafe place.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 4: unsafe place.storeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian, as: UInt32.self)
    default: unsafe place.storeBytes(of: value.littleEndian, as: UInt64.self)
    }
  }

  /// Counts bytes that were written after the last.
  mutating func take(_ added: Int) { count += added }

  /// Room for bytes that the caller fills in now.
  mutating func extend(by added: Int) -> UnsafeMutableRawBufferPointer {
    defer { count += added }
    return unsafe UnsafeMutableRawBufferPointer(start: memory + Self.prefix + count, count: added)
  }

  /// The byte at an index of the piece.
  func byte(at index: Int) -> UInt8 { unsafe memory[Self.prefix + index] }

  /// Replaces the byte at an index of the piece.
  mutating func set(_ byte: UInt8, at index: Int) {
    unsafe memory[Self.prefix + index] = byte
  }

  /// Changes the byte at an index of the piece.
  @inline(__always)
  mutating func add(_ difference: UInt8, at index: Int) {
    unsafe memory[Self.prefix + index] &+= difference
  }
}
