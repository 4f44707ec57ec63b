/// Why a rollout record or one of its schedules was refused.
package enum RolloutError: Error, Hashable, CustomStringConvertible {
  /// The text is no rollout record.
  case malformed(String)
  /// The record's format number is not one that this form of Suture reads.
  case unknownFormat(Int64)
  /// A schedule has too many points.
  case tooManyPoints(count: Int)
  /// A schedule's share is none of 0…10000.
  case badShare(Int64)
  /// A schedule's points are not in the order of time, or a share is lower than the one before.
  case notRising

  /// One sentence.
  package var description: String {
    switch self {
    case .malformed(let what): "the rollout record is refused: \(what)"
    case .unknownFormat(let number):
      "the rollout record has format \(number), and this version of Suture reads format \(RolloutRecord.format); "
        + "update Suture"
    case .tooManyPoints(let count):
      "a rollout's schedule has \(count) points, and \(RolloutSchedule.pointLimit) are allowed"
    case .badShare(let share): "a rollout's share is \(share), and it is one of 0 to \(Cohort.count)"
    case .notRising: "a rollout's points must each be later than the one before, with no lower share"
    }
  }
}
