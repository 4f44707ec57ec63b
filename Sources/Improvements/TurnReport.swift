package import Basics

/// What a rollout means for one improvement on one device, as its status says it.
package struct TurnReport: Sendable, Hashable {
  /// Whether it is the device's turn.
  package enum Word: String, Sendable, Hashable {
    /// It may be installed by itself.
    case now
    /// Its turn comes at a time that is known.
    case later
    /// Its turn has no time yet.
    case unscheduled
    /// The rollout is paused.
    case paused
    /// What the record says of it could not be verified in the last look.
    case unknown
  }

  /// The device's cohort for the improvement; nil where it is not known.
  package let cohort: Cohort?
  /// Whether it is its turn.
  package let word: Word
  /// When the turn comes, for `later`; since when the rollout is paused, for `paused`.
  package let time: UTCTime?

  /// Describes a turn.
  package init(cohort: Cohort?, word: Word, time: UTCTime? = nil) {
    self.cohort = cohort
    self.word = word
    self.time = time
  }

  /// What a record and a manifest say.
  package init(cohort: Cohort, _ turn: RolloutTurn) {
    switch turn {
    case .now: self.init(cohort: cohort, word: .now)
    case .later(let time): self.init(cohort: cohort, word: .later, time: time)
    case .unscheduled: self.init(cohort: cohort, word: .unscheduled)
    case .paused(let since): self.init(cohort: cohort, word: .paused, time: since)
    }
  }
}
