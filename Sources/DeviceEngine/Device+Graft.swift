internal import Basics
internal import CanonicalJSON
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Puts a staged improvement in place, makes it live, and watches it.
  func graft(_ staged: ImprovementRecord, _ progress: Progress) async throws {
    let stream = staged.manifest.stream
    let started = clock.now
    var standing = try inPlace()
    let former = standing.updateValue(staged, forKey: stream)
    let paths = standing.values.flatMap { $0.fitting?.files.map(\.path) ?? [] }
    // Found out before it is journaled: what can never be established must not be what the journal says.
    guard Set(paths).count == paths.count else {
      let reason = "another improvement stands at one of its paths"
      try enter(.failed(reason: reason), staged)
      throw DeviceError.refused(stream, reason: reason)
    }
    try rememberImproved(staged)
    let services = try await exposure()[stream]?.compactMap(\.service) ?? []
    try parts.journal.setConcernedServices(Set(services), of: stream)
    // Journaled before the effect: after a crash here the journal's set is established again.
    let record = staged.entering(.grafted, at: parts.now())
    if let former {
      try parts.journal.record(former.entering(.superseded(by: staged.manifest.serial), at: parts.now()), record)
    } else {
      try parts.journal.record(record)
    }
    do { try establish(standing.values) } catch {
      try await rollBack(record, former: former, reason: "\(error)", progress)
      throw DeviceError.rolledBack(stream, reason: "\(error)")
    }
    let names = staged.fitting?.files.map(\.path.description) ?? []
    let account =
      names.count == 1
      ? "1 file stands in place of the baseline's" : "\(names.count) files stand in place of the baseline's"
    tell(
      ProgressEvent(
        .graft, stream: stream, account, took: started.duration(to: clock.now),
        facts: ["paths": .array(names.map { .string($0) })]), progress)
    try await activate(record, former: former, progress)
  }

  /// Remembers which files the improved ones are, before any process can map them.
  func rememberImproved(_ record: ImprovementRecord) throws {
    let files = try (record.fitting?.files ?? []).map { file in
      let key = record.key(of: file)
      return KnownFile(
        .improved, identity: try parts.store.identity(of: key), name: parts.store.name(of: key), path: file.path,
        stream: record.manifest.stream, serial: record.manifest.serial)
    }
    try parts.journal.remember(files)
  }

  /// Makes the backend's set the one that the journal says is in place.
  ///
  /// An improvement that cannot be put in place, because a stored file is damaged or because of what it is, is taken off
  /// so that the others stand; it is offered again, to be fetched anew.
  func reconcile(_ progress: Progress) throws {
    var standing = try inPlace()
    for (stream, record) in standing {
      do {
        for file in record.fitting?.files ?? [] { _ = try parts.store.verifiedName(of: record.key(of: file)) }
      } catch {
        standing[stream] = nil
        try takeOff(record, reason: "a stored file cannot be put in place: \(error)", progress)
      }
    }
    while true {
      do { return try establish(standing.values) } catch {
        // The newest is the likeliest cause; confirmed ones stood before.
        let newest = standing.values.max {
          ($0.state == .confirmed ? 0 : 1, $0.since) < ($1.state == .confirmed ? 0 : 1, $1.since)
        }
        guard let newest else { throw error }
        standing[newest.manifest.stream] = nil
        try takeOff(newest, reason: "it cannot be put in place: \(error)", progress)
      }
    }
  }

  private func takeOff(_ record: ImprovementRecord, reason: String, _ progress: Progress) throws {
    let stream = record.manifest.stream
    try enter(.offered, enter(.rolledBack(reason: reason), record))
    tell(ProgressEvent(.rollBack, stream: stream, "\(stream.component) was taken off: \(reason)"), progress)
  }
}
