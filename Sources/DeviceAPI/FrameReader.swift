internal import NIOCore

/// Cuts a stream of bytes into messages: each ends with a NUL, which is not part of it.
///
/// Holds at most one unfinished message of `limit` bytes and what came in one piece behind it.
struct FrameReader {
  /// The longest message, in bytes, that a client reads: a status names every process that maps an improved file, a
  /// hundred thousand of them in all.
  static let replyLimit = 16 << 20

  private let limit: Int
  private var waiting = ByteBuffer()
  /// How many bytes of `waiting` are known to hold no NUL, so that no byte is looked at twice.
  private var searched = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// Whether a message has begun and not ended.
  var isInsideMessage: Bool { waiting.readableBytes > 0 }

  /// Takes what arrived.
  mutating func append(_ bytes: ByteBuffer) {
    var bytes = bytes
    if waiting.readableBytes == 0 { waiting.clear() }
    waiting.writeBuffer(&bytes)
  }

  /// The next whole message; nil until more arrives.
  mutating func next() throws(VarlinkError) -> [UInt8]? {
    let view = waiting.readableBytesView
    guard let end = view.dropFirst(searched).firstIndex(of: 0) else {
      searched = view.count
      guard searched <= limit else { throw .messageTooLong(limit: limit) }
      return nil
    }
    let length = end - view.startIndex
    searched = 0
    guard length <= limit else { throw .messageTooLong(limit: limit) }
    let message = waiting.readBytes(length: length) ?? []
    waiting.moveReaderIndex(forwardBy: 1)
    return message
  }
}
