internal import Basics
internal import Linux
internal import NIOHTTP1

/// What a plain file server answers to one request, decided before a byte is sent.
///
/// GET and HEAD of plain files beneath one directory, conditional by ETag (RFC 9110, 13), one byte range (RFC 9110, 14).
/// There are no listings and no index files; names that begin with a full stop are not served.
struct FileAnswer {
  /// The status line.
  let status: HTTPResponseStatus
  /// The header fields, Content-Length among them.
  let headers: HTTPHeaders
  /// The file and the part of it that is the content; nil where the answer has none.
  let content: (file: FileDescriptor, range: Range<Int>)?

  /// The longest target that is looked at, in bytes.
  static let targetByteLimit = 8_192

  /// Decides.
  init(to head: HTTPRequestHead, in directory: Directory) {
    guard head.method == .GET || head.method == .HEAD else {
      self.init(.methodNotAllowed, ["Allow": "GET, HEAD"])
      return
    }
    guard let path = Self.path(of: head.uri), let file = try? directory.openFile(path), let status = try? file.status()
    else {
      // The next root is asked for before it exists: no cache may remember that it did not.
      self.init(.notFound, ["Cache-Control": "no-store"])
      return
    }
    let tag = Self.tag(status)
    var headers: HTTPHeaders = [
      "ETag": tag, "Cache-Control": Self.cacheControl(path), "Accept-Ranges": "bytes",
      "Content-Type": path.name.hasSuffix(".json") ? "application/json" : "application/octet-stream",
      "X-Content-Type-Options": "nosniff",
    ]
    if head.headers["If-None-Match"].contains(where: { Self.matches($0, tag) }) {
      self.init(.notModified, headers)
      return
    }
    var range = 0..<status.size
    var code = HTTPResponseStatus.ok
    if let wanted = head.headers.first(name: "Range"), head.headers["If-Range"].allSatisfy({ $0 == tag }) {
      switch Self.range(wanted, size: status.size) {
      case .part(let part):
        (range, code) = (part, .partialContent)
        headers.add(name: "Content-Range", value: "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(status.size)")
      case .impossible:
        self.init(.rangeNotSatisfiable, ["Content-Range": "bytes */\(status.size)"])
        return
      case .ignored: break
      }
    }
    headers.add(name: "Content-Length", value: "\(range.count)")
    self.init(code, headers, head.method == .HEAD ? nil : (file, range))
  }

  /// A strong validator (RFC 9110, 8.8.1): files are replaced as a whole, so another content is another inode.
  private static func tag(_ status: FileStatus) -> String {
    let parts: [UInt64] = [
      UInt64(status.identity.minor), status.identity.inode, UInt64(status.size),
      UInt64(bitPattern: status.modifiedNanoseconds),
    ]
    return "\"" + parts.map { String($0, radix: 36) }.joined(separator: "-") + "\""
  }

  /// An answer without content.
  init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ content: (FileDescriptor, Range<Int>)? = nil) {
    var headers = headers
    if content == nil, status != .notModified, !headers.contains(name: "Content-Length") {
      headers.add(name: "Content-Length", value: "0")
    }
    self.status = status
    self.headers = headers
    self.content = content.map { (file: $0.0, range: $0.1) }
  }

  /// The path that a target names: decoded once, without a query; nil for whatever is no path beneath the directory.
  static func path(of target: String) -> RelativePath? {
    guard target.utf8.count <= targetByteLimit, target.hasPrefix("/") else { return nil }
    let raw = target.utf8.dropFirst().prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    var bytes: [UInt8] = []
    var rest = Array(raw)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self).lowercased()
      guard let decoded = Hex.decode(digits, byteCount: 1)?.first else { return nil }
      bytes.append(decoded)
      rest = rest.dropFirst(2)
    }
    guard let text = String(validating: bytes, as: UTF8.self), let path = RelativePath(text),
      !path.components.contains(where: { $0.hasPrefix(".") })
    else { return nil }
    return path
  }

  /// Only `timestamp.json`, a log's `checkpoint` and proofs ever change under their names; everything else is named by content
  /// or version.
  private static func cacheControl(_ path: RelativePath) -> String {
    path.name == "timestamp.json" || path.name == "checkpoint" || path.components[0] == "proofs"
      ? "no-cache" : "public, max-age=31536000, immutable"
  }

  private static func matches(_ condition: String, _ tag: String) -> Bool {
    condition.split(separator: ",").contains { part in
      let candidate = part.filter { $0 != " " && $0 != "\t" }
      return candidate == "*" || candidate == tag || candidate == "W/" + tag
    }
  }

  enum RequestedRange: Equatable {
    case part(Range<Int>)
    case impossible
    /// Several ranges, or another unit: the whole file is sent.
    case ignored
  }

  /// Reads `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`.
  static func range(_ text: String, size: Int) -> RequestedRange {
    guard text.hasPrefix("bytes="), !text.contains(",") else { return .ignored }
    let parts = text.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return .ignored }
    switch (Int(parts[0]), Int(parts[1])) {
    case (let first?, let last?) where first <= last:
      return first < size ? .part(first..<min(last, size - 1) + 1) : .impossible
    case (let first?, nil) where parts[1].isEmpty: return first < size ? .part(first..<size) : .impossible
    case (nil, let count?) where parts[0].isEmpty:
      return count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .impossible
    default: return .ignored
    }
  }
}
