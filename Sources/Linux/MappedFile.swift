internal import Glibc

/// A file's content as memory, read-only.
///
/// Whoever may write the file can cut it short while it is mapped, and touching what is gone ends the process: map only
/// files whose owner is trusted with that, and journal before.
@safe package final class MappedFile: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer?
  /// Length in bytes.
  package let count: Int

  /// Maps a whole file of at most `limit` bytes.
  package init(_ file: FileDescriptor, limit: Int) throws(LinuxError) {
    count = try file.status().size
    guard count <= limit else { throw LinuxError("map", "a file of \(count) bytes", code: EFBIG) }
    guard count > 0 else {
      unsafe base = nil
      return
    }
    let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, file.number, 0)
    guard unsafe address != MAP_FAILED else { throw .last("map", "a file of \(count) bytes") }
    unsafe base = address
  }

  deinit { if let base = unsafe base { unsafe munmap(base, count) } }

  /// Runs `body` with the content.
  package func withBytes<T, Failure: Error>(_ body: (RawSpan) throws(Failure) -> T) throws(Failure) -> T {
    let buffer = unsafe UnsafeRawBufferPointer(start: base, count: count)
    return try unsafe body(buffer.bytes)
  }
}

extension [UInt8] {
  /// Runs `body` with the bytes, as a mapped file lends its own.
  package func withBytes<T, Failure: Error>(_ body: (RawSpan) throws(Failure) -> T) throws(Failure) -> T {
    try unsafe body(span.bytes)
  }
}
