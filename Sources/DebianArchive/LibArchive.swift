internal import CArchive

/// The one door to libarchive: entries of an archive in a file or in memory, read once from front to back.
///
/// Only the formats and filters that a Debian package may have are switched on; none that starts a program. Warnings of
/// libarchive (a name that it could not convert, a header that it mended) are refusals.
@safe
struct LibArchive: ~Copyable {
  /// Which format is read, with which filters.
  enum Format {
    /// `ar`, not compressed: the package itself.
    case ar
    /// `tar`, not compressed or by gzip, xz, zstd, bzip2 or lzma.
    case tar
    /// One file compressed by gzip.
    case gzip
  }

  /// What libarchive said; it becomes a sentence with the file's name where that is known.
  struct Failure: Error {
    let reason: String
  }

  /// An entry's header.
  struct Entry {
    let name: String
    let type: UInt32
    let permissions: UInt32
    let userID: Int64
    let groupID: Int64
    let size: Int64
    let symbolicLinkTarget: String?
    let hardLinkTarget: String?
  }

  private let archive: OpaquePointer
  /// The archive's bytes where it is read from memory (else none); libarchive keeps pointing at them.
  private let memory: UnsafeMutableRawBufferPointer

  /// Bytes that are taken from libarchive at a time.
  private static let chunkBytes = 128 << 10

  /// Opens an archive in a file.
  static func open(file: String, format: Format) throws(Failure) -> LibArchive {
    let empty = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let opened = unsafe LibArchive(archive: try reader(of: format), memory: empty)
    guard unsafe archive_read_open_filename(opened.archive, file, chunkBytes) == ARCHIVE_OK else {
      throw opened.failure()
    }
    return opened
  }

  /// Opens an archive that lies in memory.
  static func open(bytes: [UInt8], format: Format) throws(Failure) -> LibArchive {
    let archive = try unsafe reader(of: format)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
    unsafe memory.copyBytes(from: bytes)
    let opened = unsafe LibArchive(archive: archive, memory: memory)
    guard unsafe archive_read_open_memory(archive, memory.baseAddress, bytes.count) == ARCHIVE_OK else {
      throw opened.failure()
    }
    return opened
  }

  private init(archive: OpaquePointer, memory: UnsafeMutableRawBufferPointer) {
    unsafe self.archive = archive
    unsafe self.memory = memory
  }

  private static func reader(of format: Format) throws(Failure) -> OpaquePointer {
    guard let archive = unsafe archive_read_new() else { throw Failure(reason: "there is no memory for it") }
    switch format {
    case .ar:
      unsafe archive_read_support_format_ar(archive)
    case .tar:
      unsafe archive_read_support_format_tar(archive)
      unsafe archive_read_support_filter_gzip(archive)
      unsafe archive_read_support_filter_xz(archive)
      unsafe archive_read_support_filter_zstd(archive)
      unsafe archive_read_support_filter_bzip2(archive)
      unsafe archive_read_support_filter_lzma(archive)
    case .gzip:
      unsafe archive_read_support_format_raw(archive)
      unsafe archive_read_support_filter_gzip(archive)
    }
    return unsafe archive
  }

  deinit {
    unsafe archive_read_free(archive)
    unsafe memory.deallocate()
  }

  /// The next entry's header; nil at the end.
  mutating func next() throws(Failure) -> Entry? {
    var entry: OpaquePointer?
    let status = unsafe archive_read_next_header(archive, &entry)
    if status == ARCHIVE_EOF { return nil }
    guard status == ARCHIVE_OK, let entry = unsafe entry else { throw failure() }
    return Entry(
      name: try unsafe text(archive_entry_pathname(entry), "name"),
      type: unsafe archive_entry_filetype(entry),
      permissions: unsafe archive_entry_perm(entry),
      userID: unsafe archive_entry_uid(entry),
      groupID: unsafe archive_entry_gid(entry),
      size: unsafe archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : -1,
      symbolicLinkTarget: unsafe archive_entry_filetype(entry) == 0o120000
        ? try unsafe text(archive_entry_symlink(entry), "link target") : nil,
      hardLinkTarget: unsafe archive_entry_hardlink(entry) == nil
        ? nil : try unsafe text(archive_entry_hardlink(entry), "link target"))
  }

  /// Gives the entry's content in pieces, at most `limit` bytes; false where there is more than that.
  mutating func read(limit: Int, _ body: (RawSpan) -> Void) throws(Failure) -> Bool {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 16)
    defer { unsafe buffer.deallocate() }
    var left = limit
    while true {
      let count = unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
      if count == 0 { return true }
      guard count > 0 else { throw failure() }
      left -= count
      if left < 0 { return false }
      unsafe body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[..<count])))
    }
  }

  /// The entry's whole content; nil where it is longer than `limit` bytes.
  mutating func bytes(limit: Int) throws(Failure) -> [UInt8]? {
    var bytes: [UInt8] = []
    let whole = try read(limit: limit) { chunk in unsafe chunk.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    return whole ? bytes : nil
  }

  private func text(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(Failure) -> String {
    guard let pointer = unsafe pointer else { throw Failure(reason: "an entry has no \(what)") }
    guard let text = unsafe String(validatingCString: pointer) else {
      throw Failure(reason: "an entry's \(what) is not UTF-8")
    }
    return text
  }

  private func failure() -> Failure {
    guard let message = unsafe archive_error_string(archive) else { return Failure(reason: "it is damaged") }
    return Failure(reason: unsafe String(cString: message))
  }
}
