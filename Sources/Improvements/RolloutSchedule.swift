package import Basics

/// How a rollout reaches the cohorts of one ring: points of time and share, with a straight line between two of them.
///
/// Before the first point nobody is reached; after the last its share stays. A cohort is reached once the share is
/// greater than its number.
package struct RolloutSchedule: Sendable, Hashable {
  /// The most points.
  package static let pointLimit = 16

  /// A share that is reached at a time.
  package struct Point: Sendable, Hashable {
    /// When.
    package let time: UTCTime
    /// How many of the 10,000 cohorts, 0…10000.
    package let share: Int

    /// Says when which share is reached.
    package init(_ time: UTCTime, _ share: Int) {
      self.time = time
      self.share = share
    }
  }

  /// The points, each later than the one before and with no lower share; none at all where the ring is not reached yet.
  package let points: [Point]

  /// Takes points that rise in time and do not fall in share.
  package init(_ points: [Point]) throws(RolloutError) {
    guard points.count <= Self.pointLimit else { throw .tooManyPoints(count: points.count) }
    for point in points where !(0...Cohort.count).contains(point.share) { throw .badShare(Int64(point.share)) }
    for (earlier, later) in zip(points, points.dropFirst()) {
      guard earlier.time < later.time, earlier.share <= later.share else { throw .notRising }
    }
    self.points = points
  }

  private init(unchecked points: [Point]) {
    self.points = points
  }

  /// Everybody from a time on.
  package static func everybody(from time: UTCTime) -> RolloutSchedule {
    RolloutSchedule(unchecked: [Point(time, Cohort.count)])
  }

  /// How many cohorts are reached at a time, 0…10000.
  package func share(at time: UTCTime) -> Int {
    guard let next = points.firstIndex(where: { $0.time > time }) else { return points.last?.share ?? 0 }
    guard next > 0 else { return 0 }
    let (from, to) = (points[next - 1], points[next])
    // At most 10^4 times the seconds of 10^4 years: far within 64 bits.
    let (passed, whole) = (time.seconds(since: from.time), to.time.seconds(since: from.time))
    return from.share + Int(Int64(to.share - from.share) * passed / whole)
  }

  /// The first second at which a cohort is reached; nil where these points never reach it.
  package func time(reaching cohort: Cohort) -> UTCTime? {
    guard let index = points.firstIndex(where: { $0.share > cohort.number }) else { return nil }
    guard index > 0 else { return points[0].time }
    let (from, to) = (points[index - 1], points[index])
    let missing = Int64(cohort.number + 1 - from.share)
    let whole = to.time.seconds(since: from.time)
    let rise = Int64(to.share - from.share)
    return UTCTime(secondsSinceEpoch: from.time.secondsSinceEpoch + (missing * whole + rise - 1) / rise)
  }

  /// When the last cohort is reached; nil where these points do not reach all.
  package var end: UTCTime? { points.first { $0.share == Cohort.count }?.time }

  /// Whether no cohort is reached sooner than by another schedule.
  package func isNoFaster(than limit: RolloutSchedule) -> Bool {
    (0..<Cohort.count).allSatisfy { number in
      guard let cohort = Cohort(number), let time = time(reaching: cohort) else { return true }
      return limit.time(reaching: cohort).map { $0 <= time } ?? false
    }
  }

  /// The same ramp as it goes on after a pause: what is reached at its beginning stays, and what would have followed comes
  /// as much later as the pause was long.
  package func resumed(frozenAt start: UTCTime, until end: UTCTime) throws(RolloutError) -> RolloutSchedule {
    let pause = end.seconds(since: start)
    guard pause > 0 else { return self }
    let reached = share(at: start)
    let rest = points.filter { $0.time > start }.map { point in
      Point(UTCTime(secondsSinceEpoch: point.time.secondsSinceEpoch + pause), point.share)
    }
    if rest.count == points.count { return try RolloutSchedule(rest) }
    // The line that the pause cut through begins where it stood.
    return try RolloutSchedule([Point(end, reached)] + rest)
  }
}

/// One schedule for each ring.
package struct RingSchedules: Sendable, Hashable {
  /// For the ring `early`.
  package let early: RolloutSchedule
  /// For the ring `late`.
  package let late: RolloutSchedule

  /// Names both.
  package init(early: RolloutSchedule, late: RolloutSchedule) {
    self.early = early
    self.late = late
  }

  /// The schedule of a ring.
  package subscript(ring: Ring) -> RolloutSchedule {
    switch ring {
    case .early: early
    case .late: late
    }
  }

  /// Whether neither ring reaches a cohort sooner than by other schedules.
  package func isNoFaster(than limit: RingSchedules) -> Bool {
    early.isNoFaster(than: limit.early) && late.isNoFaster(than: limit.late)
  }

  /// When everybody is reached; nil where these schedules do not come to that.
  package var end: UTCTime? {
    guard let early = early.end, let late = late.end else { return nil }
    return max(early, late)
  }
}

extension UTCTime {
  fileprivate func seconds(since earlier: UTCTime) -> Int64 { secondsSinceEpoch - earlier.secondsSinceEpoch }
}
