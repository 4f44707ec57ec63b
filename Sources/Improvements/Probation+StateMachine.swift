package import Basics

extension Probation {
  /// What was seen in one look at everything whose health counts.
  package struct Findings: Sendable, Hashable {
    /// What is wrong at this moment.
    package var ailments: [Ailment] = []
    /// How often subjects crashed since the look before.
    package var crashes: [Ailment.Subject: Int] = [:]
    /// The probes that were asked, by name: why each failed, or nil where it passed.
    package var probes: [String: String?] = [:]
    /// Whether somebody who had to be asked did not answer: what is not seen is not watched.
    package var isSilent = false

    /// Everything is well.
    package init() {}
  }

  /// What happens to a probation.
  package enum Event: Sendable, Hashable {
    /// The improvement is live: all that was to restart did.
    case activated
    /// A look was taken, so long after the one before, at a time.
    case looked(Findings, after: Duration, at: UTCTime)
    /// A time has come.
    case time(UTCTime)
  }

  /// What is to be done.
  package enum Action: Sendable, Hashable {
    /// Nothing.
    case nothing
    /// The improvement is healthy; these ailments were endured.
    case confirm(endured: [Ailment])
    /// Take the improvement off, because of these, and watch what it falls back to.
    case fallBack([Ailment])
    /// The fallback fails as the improvement did: put the improvement in place again, now.
    case acquit([Ailment])
    /// The fallback is well: try the improvement again at this time.
    case postpone(until: UTCTime)
    /// The fallback is well, and the improvement was tried for the last time.
    case giveUp
    /// The time has come to try again.
    case retry
  }

  /// Takes in what happened and says what is to be done.
  package mutating func handle(_ event: Event) -> Action {
    switch (phase, event) {
    case (.ready, .activated):
      enter(.watching(left: terms.span))
      return .nothing
    case (.ready, .looked(let findings, _, _)):
      return judge(findings) ?? .nothing
    case (.watching(let left), .looked(let findings, let passed, _)):
      if let condemnation = judge(findings) { return condemnation }
      let left = remaining(left, passed, findings)
      phase = .watching(left: left)
      return left == .zero && !isUndecided && !findings.isSilent ? .confirm(endured: endured) : .nothing
    case (.fallback(let left, let causes), .looked(let findings, let passed, let now)):
      return compare(findings, with: causes, left: remaining(left, passed, findings), at: now)
    case (.waiting(let since, let until, _), .time(let now)):
      return now >= until || now < since ? .retry : .nothing
    case (.ready, .time), (.watching, .activated), (.watching, .time), (.fallback, .activated), (.fallback, .time),
      (.waiting, .activated), (.waiting, .looked), (.givenUp, _):
      return .nothing
    }
  }

  /// Bears with ailments from now on, because the owner wants no change.
  package mutating func endure(_ ailments: [Ailment]) {
    excused.formUnion(ailments.map(\.symptom))
    endured += ailments.prefix(max(0, Terms.subjectLimit - endured.count))
  }

  /// Puts a further try off, because it could not be begun.
  package mutating func putOff(by delay: Duration, at now: UTCTime) {
    guard case .waiting(_, _, let causes) = phase else { return }
    phase = .waiting(since: now, until: now.advanced(by: delay), causes: causes)
  }

  /// Whether a probe failed at last and not yet so often that it counts.
  private var isUndecided: Bool { streaks.values.contains { $0 < Terms.failureLimit } }

  private mutating func enter(_ next: Phase) {
    phase = next
    crashes = [:]
    streaks = [:]
    repeated = []
  }

  /// What condemns the improvement, if anything does.
  private mutating func judge(_ findings: Findings) -> Action? {
    let seen = ailments(in: findings).filter { ailment in
      !excused.contains { $0.explains(ailment.symptom) }
    }
    // Whoever can crash a service could keep a fix away for ever, a try at a time. So what somebody may be doing condemns
    // once; from then on only what nobody from outside can bring about does.
    let condemning = seen.filter { attempt == 0 || $0.symptom.kind == .start }
    for ailment in seen where !condemning.contains(ailment) && endured.count < Terms.subjectLimit {
      if !endured.contains(where: { $0.symptom == ailment.symptom }) { endured.append(ailment) }
    }
    guard !condemning.isEmpty else { return nil }
    endured = []
    enter(.fallback(left: terms.span, causes: condemning))
    return .fallBack(condemning)
  }

  /// Holds what is seen on the fallback against what condemned the improvement.
  private mutating func compare(
    _ findings: Findings, with causes: [Ailment], left: Duration, at now: UTCTime
  ) -> Action {
    let seen = ailments(in: findings)
    for cause in causes where seen.contains(where: { $0.symptom.explains(cause.symptom) }) {
      repeated.insert(cause.symptom)
    }
    if causes.allSatisfy({ repeated.contains($0.symptom) }) {
      excused.formUnion(repeated)
      enter(.waiting(since: now, until: now, causes: causes))
      return .acquit(seen.filter { ailment in causes.contains { ailment.symptom.explains($0.symptom) } })
    }
    phase = .fallback(left: left, causes: causes)
    guard left == .zero, !isUndecided, !findings.isSilent else { return .nothing }
    guard attempt < terms.delays.count else {
      enter(.givenUp(causes: causes))
      return .giveUp
    }
    let until = now.advanced(by: terms.delays[attempt])
    attempt += 1
    enter(.waiting(since: now, until: until, causes: causes))
    return .postpone(until: until)
  }

  /// What is wrong by these findings and those before them.
  private mutating func ailments(in findings: Findings) -> [Ailment] {
    var ailments = findings.ailments
    for (subject, count) in findings.crashes.sorted(by: { "\($0.key)" < "\($1.key)" }) where count > 0 {
      guard crashes[subject] != nil || crashes.count < Terms.subjectLimit else { continue }
      let sum = crashes[subject, default: 0].addingReportingOverflow(count)
      crashes[subject] = sum.overflow ? .max : sum.partialValue
    }
    for (subject, count) in crashes.sorted(by: { "\($0.key)" < "\($1.key)" }) where count >= Terms.crashLimit {
      ailments.append(Ailment(subject, .run, "\(subject.name) crashed \(count) times"))
    }
    for (name, failure) in findings.probes.sorted(by: { $0.key < $1.key }) {
      guard let failure else {
        streaks[name] = nil
        continue
      }
      let symptom = Ailment.Symptom(.probe(name), .run)
      // One that failed before says nothing, and must not hold up the end.
      guard !excused.contains(symptom), streaks[name] != nil || streaks.count < Terms.subjectLimit else { continue }
      let streak = min(streaks[name, default: 0] + 1, Terms.failureLimit)
      streaks[name] = streak
      if streak == Terms.failureLimit { ailments.append(Ailment(.probe(name), .run, "the probe \(name) \(failure)")) }
    }
    return ailments
  }

  // Time in which somebody did not answer was not watched.
  private func remaining(_ left: Duration, _ passed: Duration, _ findings: Findings) -> Duration {
    findings.isSilent ? left : max(.zero, left - max(.zero, passed))
  }
}
