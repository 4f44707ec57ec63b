internal import Activation
internal import Basics
internal import Improvements
internal import Journal
internal import Linux

// What is seen of health: services by their manager's word, crashes by the kernel's, and probes.
extension Device {
  /// How an improvement's probation begins, before it is put in place: what fails already is written down.
  func probation(of staged: ImprovementRecord, isOwners: Bool) async throws -> Probation {
    let stream = staged.manifest.stream
    let terms = terms(of: staged)
    var services = Set(try await exposure()[stream]?.compactMap(\.service) ?? [])
    let former = try parts.journal.probations()[stream].flatMap { $0.serial == staged.manifest.serial ? $0 : nil }
    services.formUnion(former?.services ?? [])
    var excused: Set<Ailment.Symptom> = []
    for service in services {
      // Who does not answer has said nothing.
      guard let status = try? await parts.manager.status(of: service) else { continue }
      if status.fault != nil { excused.insert(.init(.service(service), .start)) }
      let age = status.pid.flatMap { ProcessIdentity(running: $0)?.age }
      if status.crashes > 0, age.map({ $0 < terms.span }) ?? true { excused.insert(.init(.service(service), .run)) }
    }
    for (name, failure) in await parts.asker.answers(to: probes(of: staged)) where failure != nil {
      excused.insert(.init(.probe(name), .run))
    }
    // What is down because of the try before is not excused by being down.
    let causes = Set(former?.causes.map(\.symptom.subject) ?? [])
    excused = excused.filter { !causes.contains($0.subject) }
    return Probation(
      serial: staged.manifest.serial, terms: terms, excused: excused, services: services, isOwners: isOwners,
      former: former)
  }

  /// A probation of what is in place already and has none.
  func probation(anew record: ImprovementRecord) -> Probation {
    Probation(serial: record.manifest.serial, terms: terms(of: record), excused: [], isOwners: false)
  }

  private func terms(of record: ImprovementRecord) -> Probation.Terms {
    Probation.Terms(
      span: settings.probation ?? record.manifest.probation ?? Probation.Terms.standard.span,
      delays: settings.retryAfter)
  }

  /// The publisher's probes and the owner's that concern an improvement.
  func probes(of record: ImprovementRecord) -> [Probe] {
    var names: Set<String> = []
    let own = settings.probes.filter { $0.concerns(record.manifest.stream.component) }.map(\.probe)
    // The owner's comes first, where both ask the same.
    return (own + record.manifest.probes).filter { names.insert($0.description).inserted }
  }

  /// What was seen, by stream, what is remembered of it, and the crashes that were counted.
  struct Seen {
    var findings: [Stream: Probation.Findings] = [:]
    var memory: HealthMemory
    var counted: [CrashedProcess] = []
  }

  /// Looks at everything whose health counts.
  func gather(_ watched: [Stream: Probation], at now: Duration) async throws -> Seen {
    var seen = Seen(memory: health)
    await gatherServices(watched, &seen)
    // Before processes are named anew: what crashed is known by what it mapped then.
    seen.counted = health.crashes + parts.witness.crashes()
    seen.memory.crashes = []
    count(seen.counted, in: &seen)
    if now >= seen.memory.scanDue { try await lookThroughProcesses(watched, &seen.memory, at: now) }
    await gatherProbes(watched, &seen, at: now)
    return seen
  }

  private func gatherServices(_ watched: [Stream: Probation], _ seen: inout Seen) async {
    var answers: [String: Result<ServiceStatus?, any Error>] = [:]
    for service in watched.values.reduce(into: Set<String>(), { $0.formUnion($1.services) }).sorted() {
      do { answers[service] = .success(try await parts.manager.status(of: service)) } catch {
        answers[service] = .failure(error)
      }
    }
    for (stream, probation) in watched {
      var findings = Probation.Findings()
      for service in probation.services.sorted() {
        switch answers[service] {
        case .failure: findings.isSilent = true
        // It was taken off the machine: nothing of it can be ill.
        case .success(nil), nil: continue
        case .success(let status?):
          let former = seen.memory.seen[stream]?[service]
          // The count begins anew with somebody's own restart.
          if let former, status.crashes > former.crashes {
            findings.crashes[.service(service)] = status.crashes - former.crashes
          }
          if let fault = status.fault {
            findings.ailments.append(Ailment(.service(service), .run, "\(service) does not run: \(fault)"))
          }
          seen.memory.seen[stream, default: [:]][service] = status
        }
      }
      seen.findings[stream] = findings
    }
  }

  private func count(_ crashes: [CrashedProcess], in seen: inout Seen) {
    var counts: [Stream: [Ailment.Subject: Int]] = [:]
    for crash in crashes {
      // What a process maps, its children map, until they execute another program.
      let parent = crash.hasExecuted ? nil : crash.parent.flatMap { seen.memory.mapping[$0] }
      guard let mapping = seen.memory.mapping[crash.pid] ?? parent else { continue }
      for stream in mapping.streams { counts[stream, default: [:]][mapping.subject, default: 0] += 1 }
    }
    for (stream, counted) in counts {
      // A service's main process is counted by its manager as well.
      seen.findings[stream]?.crashes.merge(counted, uniquingKeysWith: max)
    }
  }

  /// Finds the processes whose crashes count: those that map an improved file, or on a fallback what stands instead.
  private func lookThroughProcesses(
    _ watched: [Stream: Probation], _ memory: inout HealthMemory, at now: Duration
  ) async throws {
    let started = clock.now
    var files: [WatchedFile] = []
    for file in try parts.journal.knownFiles() {
      guard let probation = watched[file.stream] else { continue }
      let isImproved = file.kind == .improved && file.serial == probation.serial
      let isLive = if case .watching = probation.phase { true } else { probation.phase == .ready }
      guard isImproved == isLive else { continue }
      files.append(
        WatchedFile(stream: file.stream, identity: file.identity, names: names(of: file), isMeant: true))
    }
    var mapping: [Int32: HealthMemory.Mapping] = [:]
    var held: Set<ProcessIdentity> = []
    for (stream, reports) in try parts.scanner.scan(for: files).processes {
      for report in reports {
        if let identity = ProcessIdentity(running: report.pid) { held.insert(identity) }
        if mapping[report.pid]?.streams.insert(stream) != nil { continue }
        let service = await parts.manager.service(of: report.pid)
        let subject = service.map { Ailment.Subject.service($0) } ?? .program(report.name)
        mapping[report.pid] = HealthMemory.Mapping(subject: subject, streams: [stream])
      }
    }
    parts.witness.hold(held)
    memory.mapping = mapping
    // At most a hundredth of the time goes into it, however many processes there are.
    memory.scanDue = now + max(Self.periodLimit, started.duration(to: clock.now) * 100)
  }

  private func gatherProbes(_ watched: [Stream: Probation], _ seen: inout Seen, at now: Duration) async {
    let records = (try? parts.journal.improvements()) ?? []
    for (stream, probation) in watched where now >= seen.memory.probesDue[stream] ?? .zero {
      guard
        let record = records.first(where: {
          $0.manifest.stream == stream && $0.manifest.serial == probation.serial
        })
      else { continue }
      let asked = probes(of: record).filter { !probation.excused.contains(.init(.probe($0.description), .run)) }
      seen.findings[stream]?.probes = await parts.asker.answers(to: asked)
      let pause = min(max(probation.terms.span / 20, .milliseconds(250)), .seconds(10))
      seen.memory.probesDue[stream] = now + pause
    }
  }
}
