internal import Improvements

/// What the last look said of rollouts, and what follows from it for each improvement that it offered.
struct RolloutStanding: Sendable {
  /// What the repository says of rollouts.
  enum Word: Sendable {
    /// Nothing was looked at yet, or nothing could be verified, which is as good.
    case unknown
    /// Nobody is trusted to roll anything out there, or nothing was ever rolled out: manifests' limits alone decide.
    case nothing
    /// This, verified in the last look.
    case record(RolloutRecord)
  }

  /// One improvement's turn.
  struct Turn: Sendable {
    let serial: Serial
    let report: TurnReport
    /// Why it is not installed by itself; nil where it is its turn.
    let reason: String?
  }

  var word = Word.unknown
  /// Why nothing could be verified; nil where that is not so.
  var refusal: String?
  /// The turns that were decided in the last look.
  var turns: [Stream: Turn] = [:]
  /// What its owner should know, one sentence each.
  var notes: [String] = []

  /// The turn of an improvement; nil where the last look decided none.
  func turn(of stream: Stream, _ serial: Serial) -> Turn? {
    turns[stream].flatMap { $0.serial == serial ? $0 : nil }
  }
}
