internal import Improvements

/// As whom one signs.
package enum Hat: String, Sendable, CaseIterable {
  /// A builder of a stream: says what an improvement is.
  case build
  /// A reviewer of a stream: says the same, having looked.
  case review
  /// Who may withdraw an improvement of any stream.
  case recall

  /// The role that this is for a stream.
  func role(of stream: Stream) -> String {
    switch self {
    case .build: stream.buildRole
    case .review: stream.reviewRole
    case .recall: Stream.recallRole
    }
  }
}
