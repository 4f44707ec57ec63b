/// Something whose content can be read from its beginning in pieces, in bounded memory.
public protocol PieceReadable {
  /// Why it cannot be read.
  associatedtype Failure: Error

  /// Hands over the content piece by piece, and gives its length in bytes.
  func readPieces(_ body: (RawSpan) -> Void) throws(Failure) -> Int
}
