public import Values

extension PieceReadable {
  /// SHA-256 of the content, and its length in bytes; in bounded memory.
  public func digest() throws(Failure) -> (digest: Digest, length: Int) {
    var hasher = Digest.Hasher()
    let length = try readPieces { hasher.update($0) }
    return (hasher.finish(), length)
  }
}
