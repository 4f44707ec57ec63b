import Basics
import Testing

@testable import Improvements

/// The watch over an improvement's health, as a machine of states: every state is shown every event.
@Suite struct ProbationTests {
  static let now = UTCTime(secondsSinceEpoch: 1_795_467_240)
  static let nginx = Ailment.Subject.service("nginx.service")
  static let start = Ailment(nginx, .start, "nginx.service does not start")
  static let run = Ailment(nginx, .run, "nginx.service ended by itself")
  static let page = "http://localhost:80/"

  /// A state, by how it came about.
  struct State: Sendable, CustomStringConvertible {
    let description: String
    let probation: Probation

    static func make(
      _ name: String, attempt: Int = 0, excused: Set<Ailment.Symptom> = [], _ phase: Probation.Phase
    ) -> State {
      State(
        description: name,
        probation: Probation(
          serial: .first, attempt: attempt, isOwners: false, terms: .standard, phase: phase, excused: excused))
    }

    static let all: [State] = [
      make("ready", .ready), make("ready again", attempt: 1, .ready),
      make("watching", .watching(left: .seconds(600))),
      make("at the end", .watching(left: .seconds(1))),
      make("watching again", attempt: 1, .watching(left: .seconds(1))),
      make("watching, excused", excused: [run.symptom], .watching(left: .seconds(1))),
      make("fallback after no start", .fallback(left: .seconds(1), causes: [start])),
      make("fallback after a crash", .fallback(left: .seconds(1), causes: [run])),
      make("last fallback", attempt: 3, .fallback(left: .seconds(1), causes: [start])),
      make("waiting", attempt: 1, .waiting(since: now, until: now.advanced(by: .seconds(3_600)), causes: [run])),
      make("given up", attempt: 3, .givenUp(causes: [start])),
    ]
  }

  /// An event and what each state makes of it, in the order of `State.all`.
  struct Trial: Sendable, CustomStringConvertible {
    let description: String
    let event: Probation.Event
    let actions: [Probation.Action]

    static func look(
      ailments: [Ailment] = [], crashes: [Ailment.Subject: Int] = [:], probes: [String: String?] = [:],
      isSilent: Bool = false
    ) -> Probation.Event {
      var findings = Probation.Findings()
      findings.ailments = ailments
      findings.crashes = crashes
      findings.probes = probes
      findings.isSilent = isSilent
      return .looked(findings, after: .seconds(1), at: now)
    }

    static let none = Array(repeating: Probation.Action.nothing, count: State.all.count)
    static let well: [Probation.Action] = [
      .nothing, .nothing, .nothing, .confirm(endured: []), .confirm(endured: []), .confirm(endured: []),
      .postpone(until: now.advanced(by: .seconds(3_600))), .postpone(until: now.advanced(by: .seconds(3_600))), .giveUp,
      .nothing, .nothing,
    ]
    static let crashed = Ailment(nginx, .run, "nginx.service crashed 3 times")

    /// What a condemning ailment that somebody may be doing comes to.
    static func running(_ ailment: Ailment) -> [Probation.Action] {
      [
        .fallBack([ailment]), .nothing, .fallBack([ailment]), .fallBack([ailment]), .confirm(endured: [ailment]),
        .confirm(endured: []), .postpone(until: now.advanced(by: .seconds(3_600))), .acquit([ailment]), .giveUp,
        .nothing,
        .nothing,
      ]
    }

    static let all: [Trial] = [
      Trial(description: "all is well", event: look(), actions: well),
      Trial(description: "nobody answers", event: look(isSilent: true), actions: none),
      Trial(
        description: "no start", event: look(ailments: [start]),
        actions: Array(repeating: .fallBack([start]), count: 6) + [
          .acquit([start]), .acquit([start]), .acquit([start]), .nothing, .nothing,
        ]),
      Trial(description: "an end", event: look(ailments: [run]), actions: running(run)),
      Trial(description: "two crashes", event: look(crashes: [nginx: 2]), actions: well),
      Trial(description: "three crashes", event: look(crashes: [nginx: 3]), actions: running(crashed)),
      Trial(
        description: "one failure of a probe", event: look(probes: [page: "does not answer"]),
        actions: none),
      Trial(description: "a probe that passes", event: look(probes: [page: nil]), actions: well),
      Trial(description: "it is live", event: .activated, actions: none),
      Trial(description: "too early", event: .time(now.advanced(by: .seconds(3_599))), actions: none),
      Trial(
        description: "the time has come", event: .time(now.advanced(by: .seconds(3_600))),
        actions: Array(repeating: .nothing, count: 9) + [.retry, .nothing]),
      Trial(
        description: "a clock that was set back", event: .time(now.advanced(by: .seconds(-1))),
        actions: Array(repeating: .nothing, count: 9) + [.retry, .nothing]),
    ]
  }

  @Test(arguments: Trial.all) func `every state makes of an event what it should`(trial: Trial) throws {
    try #require(trial.actions.count == State.all.count)
    for (state, action) in zip(State.all, trial.actions) {
      var probation = state.probation
      #expect(probation.handle(trial.event) == action, "\(state): \(trial)")
      // Whatever it has become is written down and read back the same.
      #expect(try Probation(probation.json) == probation, "\(state): \(trial)")
      let isOver: Bool
      switch action {
      case .nothing, .confirm, .retry: isOver = false
      case .fallBack, .acquit, .postpone, .giveUp: isOver = true
      }
      #expect((probation.phase.name != state.probation.phase.name) == (isOver || Self.begins(state, trial)))
    }
  }

  private static func begins(_ state: State, _ trial: Trial) -> Bool {
    trial.event == .activated && state.probation.phase == .ready
  }

  private func begun(_ former: Probation? = nil, excused: Set<Ailment.Symptom> = []) -> Probation {
    var probation = Probation(serial: .first, terms: .standard, excused: excused, isOwners: false, former: former)
    #expect(probation.handle(.activated) == .nothing)
    return probation
  }

  private func look(_ probation: inout Probation, _ ailments: [Ailment] = [], after: Duration = .seconds(2))
    -> Probation
    .Action
  {
    var findings = Probation.Findings()
    findings.ailments = ailments
    return probation.handle(.looked(findings, after: after, at: Self.now))
  }

  @Test func `ten minutes of health confirm, and not a second less`() {
    var probation = begun()
    for _ in 0..<299 { #expect(look(&probation) == .nothing) }
    #expect(look(&probation) == .confirm(endured: []))
  }

  @Test func `time in which nobody answered is not watched`() {
    var probation = begun()
    var silent = Probation.Findings()
    silent.isSilent = true
    for _ in 0..<1_000 { #expect(probation.handle(.looked(silent, after: .seconds(2), at: Self.now)) == .nothing) }
    #expect(probation.phase == .watching(left: .seconds(600)))
  }

  @Test func `what failed before cannot condemn, and what does not start explains that it does not run`() {
    for kind in Ailment.Kind.allCases {
      var probation = begun(excused: [.init(Self.nginx, kind)])
      #expect(look(&probation, [Self.run]) == .nothing)
      let action = look(&probation, [Self.start])
      #expect(action == (kind == .start ? .nothing : .fallBack([Self.start])))
    }
  }

  @Test func `crashes are counted over looks, for each subject alone`() {
    var probation = begun()
    for subject in ["a", "b", "c", "d"] {
      var findings = Probation.Findings()
      findings.crashes = [.program(subject): 2]
      #expect(probation.handle(.looked(findings, after: .seconds(2), at: Self.now)) == .nothing)
    }
    var findings = Probation.Findings()
    findings.crashes = [.program("b"): 1]
    let ailment = Ailment(.program("b"), .run, "b crashed 3 times")
    #expect(probation.handle(.looked(findings, after: .seconds(2), at: Self.now)) == .fallBack([ailment]))
    #expect(probation.crashes.isEmpty)
  }

  @Test func `a probe condemns when it fails three times in a row, and holds up the end until it is clear`() {
    var probation = begun()
    func ask(_ failure: String?) -> Probation.Action {
      var findings = Probation.Findings()
      findings.probes = [Self.page: failure]
      return probation.handle(.looked(findings, after: .seconds(300), at: Self.now))
    }
    #expect(ask("does not answer") == .nothing)
    #expect(ask("does not answer") == .nothing)
    #expect(probation.phase == .watching(left: .zero))
    #expect(ask(nil) == .confirm(endured: []))
    _ = ask("does not answer")
    _ = ask("does not answer")
    let ailment = Ailment(.probe(Self.page), .run, "the probe \(Self.page) does not answer")
    #expect(ask("does not answer") == .fallBack([ailment]))
  }

  @Test func `a probe that failed before is not waited for`() {
    var probation = begun(excused: [.init(.probe(Self.page), .run)])
    var findings = Probation.Findings()
    findings.probes = [Self.page: "does not answer"]
    #expect(probation.handle(.looked(findings, after: .seconds(600), at: Self.now)) == .confirm(endured: []))
  }

  @Test func `on a further try a probe that fails and fails is endured`() {
    var waiting = begun()
    _ = look(&waiting, [Self.run])
    #expect(look(&waiting, after: .seconds(600)) == .postpone(until: Self.now.advanced(by: .seconds(3_600))))
    var probation = begun(waiting)
    var findings = Probation.Findings()
    findings.probes = [Self.page: "does not answer"]
    for _ in 0..<9 { #expect(probation.handle(.looked(findings, after: .seconds(60), at: Self.now)) == .nothing) }
    let ailment = Ailment(.probe(Self.page), .run, "the probe \(Self.page) does not answer")
    #expect(probation.handle(.looked(findings, after: .seconds(60), at: Self.now)) == .confirm(endured: [ailment]))
  }

  @Test func `the fallback acquits only of what is seen on it too`() {
    let other = Ailment(.service("ssh.service"), .start, "ssh.service does not start")
    var probation = begun()
    #expect(look(&probation, [Self.run, other]) == .fallBack([Self.run, other]))
    #expect(look(&probation, [Self.run]) == .nothing)
    #expect(look(&probation) == .nothing)
    // One after the other is as good as both at once.
    #expect(look(&probation, [other]) == .acquit([other]))
    #expect(probation.attempt == 0 && probation.excused == [Self.run.symptom, other.symptom])
    var again = begun(probation)
    #expect(look(&again, [Self.run, other]) == .nothing)
    #expect(look(&again, after: .seconds(600)) == .confirm(endured: []))
  }

  @Test func `a crash on the fallback does not acquit of what does not start`() {
    var probation = begun()
    #expect(look(&probation, [Self.start]) == .fallBack([Self.start]))
    #expect(
      look(&probation, [Self.run], after: .seconds(600)) == .postpone(until: Self.now.advanced(by: .seconds(3_600))))
  }

  @Test func `what does not start is tried again after an hour, a day and a week, and then given up`() {
    var probation = begun()
    for (attempt, delay) in Probation.Terms.standard.delays.enumerated() {
      #expect(probation.attempt == attempt)
      #expect(look(&probation, [Self.start]) == .fallBack([Self.start]))
      #expect(look(&probation, after: .seconds(600)) == .postpone(until: Self.now.advanced(by: delay)))
      #expect(probation.handle(.time(Self.now.advanced(by: delay - .seconds(1)))) == .nothing)
      #expect(probation.handle(.time(Self.now.advanced(by: delay))) == .retry)
      probation = begun(probation)
    }
    #expect(look(&probation, [Self.start]) == .fallBack([Self.start]))
    #expect(look(&probation, after: .seconds(600)) == .giveUp)
  }

  /// The attacker can end the service whenever they like, and sees which code it runs.
  @Test(arguments: [true, false])
  func `who crashes a service at will keeps it unpatched for an hour at most`(isSelective: Bool) {
    var probation = begun()
    var unpatched: Duration = .zero
    var clock = Self.now
    let step: Duration = .seconds(2)
    // A month of attacks.
    for _ in 0..<1_296_000 {
      clock = clock.advanced(by: step)
      var findings = Probation.Findings()
      var isPatched = false
      switch probation.phase {
      case .ready, .watching: isPatched = true
      case .fallback, .waiting, .givenUp: unpatched += step
      }
      if isPatched || !isSelective { findings.ailments = [Self.run] }
      switch probation.handle(.looked(findings, after: step, at: clock)) {
      case .confirm:
        #expect(unpatched <= .seconds(3_600) + Probation.Terms.standard.span)
        #expect(isSelective || unpatched <= .seconds(10))
        return
      case .acquit: probation = begun(probation)
      case .nothing, .fallBack, .postpone, .giveUp, .retry: break
      }
      if probation.handle(.time(clock)) == .retry { probation = begun(probation) }
    }
    Issue.record("it is never confirmed")
  }
}

extension Probation.Phase {
  fileprivate var name: String { String("\(self)".prefix { $0 != "(" }) }
}
