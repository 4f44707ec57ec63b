/// Why the journal could not be used.
package enum JournalError: Error, Hashable, CustomStringConvertible {
  /// SQLite refused.
  case database(String)
  /// The file was written by a later version of Suture.
  case newer(version: Int64)
  /// A row holds something that this version did not write.
  case damaged(String)
  /// An improvement would go from a state to one that cannot follow it.
  case illegalTransition(from: String, to: String)

  /// One sentence.
  package var description: String {
    switch self {
    case .database(let what): "the journal cannot be used: \(what)"
    case .newer(let version):
      "the journal has version \(version), written by a later Suture; update Suture, or move the journal away to begin anew"
    case .damaged(let what): "the journal is damaged: \(what)"
    case .illegalTransition(let from, let to): "an improvement that is \(from) cannot become \(to)"
    }
  }
}
