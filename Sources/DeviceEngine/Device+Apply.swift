internal import Basics
internal import BinaryDelta
internal import CanonicalJSON
internal import Delivery
internal import Grafting
package import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Puts improvements in place and restarts what runs the baseline's code.
  ///
  /// - Parameters:
  ///   - component: the one component, or nil for every improvement that is offered.
  /// - Returns: the streams of what was put in place; each is on probation, or confirmed.
  /// - Throws: `DeviceError` with the first refusal, after all others were carried out.
  @discardableResult
  package func apply(component: String?, _ progress: @escaping Progress = { _ in }) async throws -> [Stream] {
    try await exclusively {
      try checkPackages()
      let chosen = try choose(component)
      for record in chosen { try admit(record) }
      var refusal: (any Error)?
      for record in chosen {
        do { try await apply(record, isOwners: true, progress) } catch { refusal = refusal ?? error }
      }
      if let refusal { throw refusal }
      return chosen.map(\.manifest.stream)
    }
  }

  /// Looks, and where improvements install by themselves, applies what is offered.
  package func lookAndApply(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      try checkPackages()
      try await lookOnce(progress)
      guard settings.automatic else { return }
      for record in try offered() {
        // The switch may have been turned while the one before was put in place, or the daemon told to end.
        guard settings.automatic, !Task.isCancelled else { return }
        guard isItsTurn(record), try !isPinned(record.manifest.stream) else { continue }
        // Each refusal was told and journaled; the others are not held up by it.
        try? await apply(record, isOwners: false, progress)
      }
    }
  }

  // The highest serial of each stream, where that one is offered: a lower one that was left over never is.
  private func offered() throws -> [ImprovementRecord] {
    try latestByStream().values.filter { record in
      try record.state == .offered && !isHeld(record)
    }.sorted { $0.manifest.stream < $1.manifest.stream }
  }

  // By name, what failed or was rolled back may be tried again; otherwise only what is offered. What the owner removed
  // is `reapply`'s.
  func choose(_ component: String?) throws -> [ImprovementRecord] {
    guard let component else {
      let chosen = (try offered() + waitingForTurn() + waitingForMoment()).sorted {
        $0.manifest.stream < $1.manifest.stream
      }
      guard !chosen.isEmpty else {
        let pauses = try pauses()
        throw DeviceError.nothingToDo(
          pauses.isEmpty
            ? "no improvement is offered; everything that fits is in place, or held back until `suture reapply`"
            : pauses.joined(separator: "; "))
      }
      return chosen
    }
    guard let latest = try latestByStream().values.first(where: { $0.manifest.stream.component == component }) else {
      throw DeviceError.unknownComponent(component)
    }
    guard !latest.state.isInPlace else {
      throw DeviceError.nothingToDo("\(component) (\(latest.fitting?.letter.description ?? "?")) is in place already")
    }
    guard try !isHeld(latest) else { throw DeviceError.held(latest.manifest.stream) }
    return [latest]
  }

  // The one gate through which everything goes that is to be put in place.
  func admit(_ record: ImprovementRecord) throws {
    let stream = record.manifest.stream
    let serial = record.manifest.serial
    guard !parts.isWithoutGrafts else { throw DeviceError.refused(stream, reason: Self.withoutGrafts) }
    if let reason = try logHindrance(to: record.manifest) { throw DeviceError.refused(stream, reason: reason) }
    guard let named else {
      throw DeviceError.refused(stream, reason: "the repository was not looked at yet; `suture look` asks it")
    }
    if let reason = try withdrawalReason(record) {
      throw DeviceError.refused(stream, reason: "serial \(serial) is withdrawn by its publisher: \(reason)")
    }
    guard named[stream]?.contains(serial) == true else {
      throw DeviceError.refused(stream, reason: "the repository does not name serial \(serial) now")
    }
    if let standing = try inPlace()[stream], serial <= standing.manifest.serial {
      throw DeviceError.nothingToDo("\(stream.component) serial \(standing.manifest.serial) is in place already")
    }
    if let floor = try parts.journal.highestConfirmed(stream), serial < floor {
      throw DeviceError.refused(stream, reason: "serial \(floor) was confirmed here, and \(serial) is older")
    }
    guard record.manifest.activation != .live else {
      throw DeviceError.refused(
        stream, reason: "it becomes live within running processes, and this version cannot do that")
    }
  }

  /// Takes an offered improvement all the way.
  ///
  /// - Parameter isOwners: whether its owner wants this one, and not the machine by itself.
  func apply(_ offered: ImprovementRecord, isOwners: Bool, _ progress: Progress) async throws {
    let stream = offered.manifest.stream
    var record = offered
    do {
      try admit(offered)
      // What waited for its moment is ready already.
      if try !waitingForMoment().contains(offered) || !isWhole(offered) {
        if record.state.isEnded || ["waiting", "staged"].contains(record.state.name) {
          record = try enter(.offered, record)
        }
        record = try recognised(record)
        guard let baseline = record.fitting else { return }
        record = try enter(.fetching, record)
        let payloads = try await fetch(record, baseline, progress)
        record = try enter(.verified, record)
        try rebuild(record, baseline, payloads, progress)
        record = try enter(.staged, record)
      }
    } catch let error as CancellationError { throw error } catch {
      if record.state != offered.state || !record.state.isEnded { try enter(.failed(reason: "\(error)"), record) }
      tell(ProgressEvent(.refuse, stream: stream, "\(stream.component) is refused: \(error)"), progress)
      throw error is DeviceError ? error : DeviceError.refused(stream, reason: "\(error)")
    }
    if let hindrance = try await hindrance(toSwitch: record) { return tellWait(of: record, hindrance, progress) }
    try await graft(record, isOwners: isOwners, progress)
  }

  // Looked at again now: what fitted when it was offered may have been upgraded since.
  private func recognised(_ record: ImprovementRecord) throws -> ImprovementRecord {
    let stream = record.manifest.stream
    switch try fit(of: record.manifest) {
    case .fits(let baseline, let modes):
      for file in baseline.files {
        guard let opened = try parts.backend.openBaseline(file.path) else { continue }
        try parts.store.checkStandsIn(for: opened, at: file.path)
      }
      let now = ImprovementRecord(
        manifest: record.manifest, baseline: baseline.version, modes: modes, state: record.state, since: record.since)
      try rememberBaseline(now)
      return now
    case .unsupported(let reason): throw DeviceError.refused(stream, reason: reason)
    case .alreadyImproved: throw DeviceError.refused(stream, reason: "the files on disk contain it already")
    case .notInstalled: throw DeviceError.refused(stream, reason: "the component is not installed")
    }
  }

  // Only what the store has not: going back to an earlier letter needs no download.
  private func fetch(
    _ record: ImprovementRecord, _ baseline: Manifest.Baseline, _ progress: Progress
  ) async throws -> [Digest: FileDescriptor] {
    let started = clock.now
    var payloads: [Digest: FileDescriptor] = [:]
    var bytes = 0
    var meter = FetchMeter(record.manifest.stream, total: record.manifest.payloadBytes(for: baseline), since: started)
    for wanted in baseline.payloads {
      guard try wanted.parts.contains(where: { try !missing($0, record).isEmpty }) else { continue }
      let (payload, fetched) = try await parts.courier.payload(wanted.payload) { count in
        if let event = meter.add(count, at: clock.now) { show(event, progress) }
      }
      payloads[wanted.payload.digest] = payload
      bytes += fetched
    }
    let what =
      payloads.isEmpty
      ? "everything is in the store already"
      : "\(counted(payloads.count, "payload", "payloads")), digests as the manifest says"
    tell(
      ProgressEvent(
        .fetch, stream: record.manifest.stream, what, took: started.duration(to: clock.now),
        facts: ["bytes": .integer(Int64(bytes)), "payloads": .integer(Int64(payloads.count))]), progress)
    return payloads
  }

  private func rebuild(
    _ record: ImprovementRecord, _ baseline: Manifest.Baseline, _ payloads: [Digest: FileDescriptor],
    _ progress: Progress
  ) throws {
    let started = clock.now
    for wanted in baseline.payloads {
      guard let payload = payloads[wanted.payload.digest] else { continue }
      try rebuild(wanted, from: payload, record)
    }
    let bytes = baseline.files.reduce(0) { $0 + $1.improved.length }
    tell(
      ProgressEvent(
        .rebuild, stream: record.manifest.stream,
        "\(counted(baseline.files.count, "file", "files")) from the baseline on disk, digests as the manifest says",
        took: started.duration(to: clock.now),
        facts: ["files": .integer(Int64(baseline.files.count)), "bytes": .integer(Int64(bytes))]), progress)
  }

  // Under which keys the store has not yet what a part makes.
  private func missing(_ part: ManifestPayload.Part, _ record: ImprovementRecord) throws -> [Store.Key] {
    try Set(part.files.map(record.key)).sorted { $0.mode < $1.mode }.filter { try !parts.store.isWhole($0) }
  }

  private func rebuild(
    _ wanted: ManifestPayload, from payload: FileDescriptor, _ record: ImprovementRecord
  ) throws {
    let delta = try MappedFile(payload, limit: Int(Manifest.Content.byteLimit))
    let baselines = try wanted.parts.map { part in
      let path = part.files[0].path
      guard let baseline = try parts.backend.openBaseline(path) else {
        throw DeviceError.refused(record.manifest.stream, reason: "\(path) is gone from the disk")
      }
      return try MappedFile(baseline, limit: Int(Manifest.Content.byteLimit))
    }
    try delta.withBytes { (delta) throws in
      var check = try BaselineCheck(delta, outputLimit: wanted.improvedLength)
      for baseline in baselines { try baseline.withBytes { (old) throws in try check.take(old) } }
      var rebuilding = try check.finish(delta)
      for (part, baseline) in zip(wanted.parts, baselines) {
        let keys = try missing(part, record)
        guard let first = keys.first else {
          // The store has it already; the files after it learn from it all the same.
          try baseline.withBytes { (old) throws in try rebuilding.next(delta, old) { _ in } }
          continue
        }
        try parts.store.put(first, length: part.improved.length) { sink in
          try baseline.withBytes { (old) throws in try rebuilding.next(delta, old, sink: sink) }
        }
        for key in keys.dropFirst() { try parts.store.put(key, copying: first, length: part.improved.length) }
      }
    }
  }
}
