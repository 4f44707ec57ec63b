package import Basics

/// Whether it is a device's turn to take an improvement by itself.
package enum RolloutTurn: Sendable, Hashable {
  /// It is.
  case now
  /// Not before this time, as things stand.
  case later(UTCTime)
  /// Its ring and cohort have no time yet.
  case unscheduled
  /// The rollout is paused, and has been since.
  case paused(since: UTCTime)

  /// What a record and a manifest say of one device.
  ///
  /// A cohort's turn comes when both have reached it: a ramp that is faster than the manifest's limit is held to the limit,
  /// and an improvement without a rollout goes by the limit alone. So the key of the record can slow and pause, and never
  /// do more than those who signed the manifest allowed.
  ///
  /// - Parameters:
  ///   - rollout: the improvement's rollout; nil where the record has none.
  ///   - limit: the fastest ramp that the manifest allows; nil where it sets no limit.
  ///   - time: when this is, by the word of those who sign times.
  ///   - reached: the time that was reached by more words than theirs, for the limit; nil for the same time.
  package init(
    of cohort: Cohort, in ring: Ring, rollout: RolloutRecord.Rollout?, limit: RingSchedules?, at time: UTCTime,
    surelyAfter reached: UTCTime? = nil
  ) {
    if let since = rollout?.frozenAt {
      self = .paused(since: since)
      return
    }
    var turn: UTCTime?
    var isNow = true
    for (schedules, now) in [(rollout?.schedules, time), (limit, reached ?? time)] {
      guard let schedules else { continue }
      guard let own = schedules[ring].time(reaching: cohort) else {
        self = .unscheduled
        return
      }
      turn = max(turn ?? own, own)
      if own > now { isNow = false }
    }
    if let turn, !isNow { self = .later(turn) } else { self = .now }
  }
}
