internal import Basics
internal import BinaryDelta
internal import CanonicalJSON
internal import Delivery
internal import Grafting
package import Improvements
internal import Journal
internal import Linux

extension Device {
  /// What an apply would do.
  package struct Plan: Sendable, Hashable {
    /// The streams whose improvement would be put in place.
    package let streams: [Stream]
    /// The services that would be restarted.
    package let services: [String]
  }

  /// Puts improvements in place and restarts what runs the baseline's code.
  ///
  /// - Parameters:
  ///   - component: the one component, or nil for every improvement that is offered.
  /// - Throws: `DeviceError` with the first refusal, after all others were carried out.
  package func apply(component: String?, _ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      let chosen = try choose(component)
      for record in chosen { try admit(record) }
      var refusal: (any Error)?
      for record in chosen {
        do { try await apply(record, progress) } catch { refusal = refusal ?? error }
      }
      if let refusal { throw refusal }
    }
  }

  /// What `apply` would do now.
  package func plan(component: String?) async throws -> Plan { try await plan(for: choose(component)) }

  /// What it would take to put these in place.
  func plan(for chosen: [ImprovementRecord]) async throws -> Plan {
    for record in chosen { try admit(record) }
    let streams = Set(chosen.map(\.manifest.stream))
    let services = try await exposure().filter { streams.contains($0.key) }.values.joined()
      .filter { $0.exposure != .protected }.compactMap(\.service)
    return Plan(streams: streams.sorted(), services: Set(services).sorted())
  }

  /// Looks, and where improvements install by themselves, applies what is offered.
  package func lookAndApply(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      try await lookOnce(progress)
      guard settings.automatic else { return }
      for record in try offered() {
        // The switch may have been turned while the one before was put in place.
        guard settings.automatic else { return }
        // Each refusal was told and journaled; the others are not held up by it.
        try? await apply(record, progress)
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
  private func choose(_ component: String?) throws -> [ImprovementRecord] {
    guard let component else {
      let chosen = try offered()
      guard !chosen.isEmpty else {
        throw DeviceError.nothingToDo(
          "no improvement is offered; everything that fits is in place, or held back until `suture reapply`")
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
    if settings.transparencyRequired { throw DeviceError.refused(stream, reason: DeviceError.notLogged) }
    guard let named else {
      throw DeviceError.refused(stream, reason: "the repository was not looked at yet; `suture look` asks it")
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
    guard record.manifest.activation == .restart else {
      throw DeviceError.refused(
        stream, reason: "it becomes live by \(record.manifest.activation.rawValue), and this version can only restart")
    }
  }

  func apply(_ offered: ImprovementRecord, _ progress: Progress) async throws {
    let stream = offered.manifest.stream
    var record = offered
    do {
      try admit(offered)
      if record.state.isEnded || record.state.name == "waiting" { record = try enter(.offered, record) }
      record = try recognised(record)
      guard let baseline = record.fitting else { return }
      record = try enter(.fetching, record)
      let payloads = try await fetch(record, baseline, progress)
      record = try enter(.verified, record)
      try rebuild(record, baseline, payloads, progress)
      record = try enter(.staged, record)
    } catch let error as CancellationError { throw error } catch {
      if record.state != offered.state || !record.state.isEnded { try enter(.failed(reason: "\(error)"), record) }
      tell(ProgressEvent(.refuse, stream: stream, "\(stream.component) is refused: \(error)"), progress)
      throw error is DeviceError ? error : DeviceError.refused(stream, reason: "\(error)")
    }
    try await graft(record, progress)
  }

  // Looked at again now: what fitted when it was offered may have been upgraded since.
  private func recognised(_ record: ImprovementRecord) throws -> ImprovementRecord {
    let stream = record.manifest.stream
    switch try fit(of: record.manifest) {
    case .fits(let baseline, let modes):
      for (path, mode) in modes where mode & 0o7000 != 0 { throw GraftError.specialMode(path) }
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
    for file in baseline.files {
      guard try !parts.store.isWhole(record.key(of: file)), payloads[file.payload.digest] == nil else { continue }
      let (payload, fetched) = try await parts.courier.payload(file.payload) { count in
        if let event = meter.add(count, at: clock.now) { show(event, progress) }
      }
      payloads[file.payload.digest] = payload
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
    for file in baseline.files {
      guard let payload = payloads[file.payload.digest] else { continue }
      guard let baseline = try parts.backend.openBaseline(file.path) else {
        throw DeviceError.refused(record.manifest.stream, reason: "\(file.path) is gone from the disk")
      }
      let old = try MappedFile(baseline, limit: Int(Manifest.Content.byteLimit))
      let delta = try MappedFile(payload, limit: Int(Manifest.Content.byteLimit))
      try parts.store.put(record.key(of: file), length: file.improved.length) { sink in
        try old.withBytes { (old) throws in
          try delta.withBytes { (delta) throws in
            try PayloadDecoder.apply(delta, to: old, outputLimit: file.improved.length, sink: sink)
          }
        }
      }
    }
    let bytes = baseline.files.reduce(0) { $0 + $1.improved.length }
    tell(
      ProgressEvent(
        .rebuild, stream: record.manifest.stream,
        "\(counted(baseline.files.count, "file", "files")) from the baseline on disk, digests as the manifest says",
        took: started.duration(to: clock.now),
        facts: ["files": .integer(Int64(baseline.files.count)), "bytes": .integer(Int64(bytes))]), progress)
  }
}
