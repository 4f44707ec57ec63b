package import Basics

/// The watch over one improvement's health: from the moment before it is put in place until it is confirmed, or until what
/// becomes of it after bad health is settled.
///
/// Pure: what was seen goes in, what is to be done comes out (`Probation+StateMachine.swift`). It is journaled whole, so that
/// it outlives the daemon and the machine's restart.
package struct Probation: Sendable, Hashable {
  /// By what it is judged, fixed when it begins.
  package struct Terms: Sendable, Hashable {
    /// How long the improvement is watched, and after it its fallback.
    package let span: Duration
    /// How long after a condemnation it is tried again, the first time, the second, …; after the last it is given up.
    package let delays: [Duration]

    /// Ten minutes; an hour, a day and a week.
    package static let standard = Terms(
      span: .seconds(600), delays: [.seconds(3_600), .seconds(86_400), .seconds(604_800)])
    /// How many crashes of one subject make a crash loop.
    package static let crashLimit = 3
    /// How many failures of one probe in a row count.
    package static let failureLimit = 3
    /// The most subjects that are kept an account of; whoever can start programs of any name must not fill the memory.
    package static let subjectLimit = 1_024

    /// Sets terms.
    package init(span: Duration, delays: [Duration]) {
      self.span = span
      self.delays = delays
    }
  }

  /// How far it is.
  package enum Phase: Sendable, Hashable {
    /// What was before is written down; the improvement is being put in place and made live.
    case ready
    /// The improvement is live and watched, for so long still.
    case watching(left: Duration)
    /// The improvement was taken off because of these ailments, and its fallback is watched, for so long still.
    case fallback(left: Duration, causes: [Ailment])
    /// The fallback is well, so the ailments are laid to the improvement; it is tried again at a time.
    ///
    /// `since` is when that was decided: a clock that was set back behind it tells nothing, and the time counts as come.
    case waiting(since: UTCTime, until: UTCTime, causes: [Ailment])
    /// It was tried as often as it should be; only its owner or a later letter changes anything.
    case givenUp(causes: [Ailment])
  }

  /// The improvement.
  package let serial: Serial
  /// How often it was condemned before: 0 where this is the first try.
  package internal(set) var attempt: Int
  /// Whether its owner applied it by hand, so that it is tried again though improvements do not install by themselves.
  package let isOwners: Bool
  /// By what it is judged.
  package let terms: Terms
  /// How far it is.
  package internal(set) var phase: Phase
  /// What cannot condemn: it failed before the improvement was there, or on its fallback too.
  package internal(set) var excused: Set<Ailment.Symptom>
  /// What condemns nothing on a further try, since somebody may be doing it, and was seen all the same; in the order in
  /// which it was.
  package internal(set) var endured: [Ailment] = []
  /// How often each subject crashed in this phase.
  package internal(set) var crashes: [Ailment.Subject: Int] = [:]
  /// How often each failing probe failed in a row.
  package internal(set) var streaks: [String: Int] = [:]
  /// Which of the causes were seen on the fallback too.
  package internal(set) var repeated: Set<Ailment.Symptom> = []
  /// The services whose state is looked at: those that ran the component's code when it was put in place.
  package var services: Set<String>

  /// Begins, before anything is put in place.
  ///
  /// - Parameters:
  ///   - excused: what failed before.
  ///   - services: those that run the component's code.
  ///   - former: the same improvement's probation before, where this is a further try.
  package init(
    serial: Serial, terms: Terms, excused: Set<Ailment.Symptom>, services: Set<String> = [], isOwners: Bool,
    former: Probation? = nil
  ) {
    self.init(
      serial: serial, attempt: 0, isOwners: isOwners, terms: terms, phase: .ready, excused: excused, services: services)
    guard let former, former.serial == serial, case .waiting = former.phase else { return }
    attempt = former.attempt
    self.excused.formUnion(former.excused)
    // What ended meanwhile maps nothing, and is to run all the same.
    self.services.formUnion(former.services)
  }

  init(
    serial: Serial, attempt: Int, isOwners: Bool, terms: Terms, phase: Phase, excused: Set<Ailment.Symptom>,
    services: Set<String> = []
  ) {
    self.serial = serial
    self.attempt = attempt
    self.isOwners = isOwners
    self.terms = terms
    self.phase = phase
    self.excused = excused
    self.services = services
  }

  /// Why the improvement was condemned; empty where it was not.
  package var causes: [Ailment] {
    switch phase {
    case .ready, .watching: []
    case .fallback(_, let causes), .waiting(_, _, let causes), .givenUp(let causes): causes
    }
  }

  /// The services that are to run, whatever happens: those that ran before.
  package var servicesToKeep: Set<String> {
    services.filter { !excused.contains(Ailment.Symptom(.service($0), .start)) }
  }

  /// Whether this is another with less time left, and nothing else is different.
  package func isOnlyLater(than other: Probation) -> Bool {
    var same = self
    switch (phase, other.phase) {
    case (.watching, .watching(let left)): same.phase = .watching(left: left)
    case (.fallback(_, let causes), .fallback(let left, _)): same.phase = .fallback(left: left, causes: causes)
    default: break
    }
    return same == other
  }

  /// Whether something is looked at in this phase, again and again.
  package var isWatched: Bool {
    switch phase {
    case .watching, .fallback: true
    case .ready, .waiting, .givenUp: false
    }
  }
}
