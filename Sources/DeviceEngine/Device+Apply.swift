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
      if component != nil { for record in chosen { try parts.journal.hold(record.manifest.stream, upTo: nil) } }
      var refusal: (any Error)?
      for record in chosen {
        do { try await apply(record, progress) } catch { refusal = refusal ?? error }
      }
      if let refusal { throw refusal }
    }
  }

  /// What `apply` would do now.
  package func plan(component: String?) async throws -> Plan {
    let chosen = try choose(component)
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
      for record in try parts.journal.improvements() where record.state == .offered {
        // Each refusal was told and journaled; the others are not held up by it.
        try? await apply(record, progress)
      }
    }
  }

  // By name, what the owner removed or what failed may be brought back; otherwise only what is offered.
  private func choose(_ component: String?) throws -> [ImprovementRecord] {
    let all = try parts.journal.improvements()
    guard let component else {
      let offered = all.filter { $0.state == .offered }
      guard !offered.isEmpty else {
        throw DeviceError.nothingToDo("no improvement is offered; everything that fits is in place or held back")
      }
      return offered
    }
    let named = all.filter { $0.manifest.stream.component == component }
    guard let latest = named.max(by: { $0.manifest.serial < $1.manifest.serial }) else {
      throw DeviceError.unknownComponent(component)
    }
    guard !latest.state.isInPlace else {
      throw DeviceError.nothingToDo("\(component) (\(latest.fitting?.letter.description ?? "?")) is in place already")
    }
    if settings.transparencyRequired {
      throw DeviceError.refused(
        latest.manifest.stream,
        reason: "policy requires a public log, and this improvement is \(DeviceStatus.logAccount)")
    }
    return [latest]
  }

  private func apply(_ record: ImprovementRecord, _ progress: Progress) async throws {
    let stream = record.manifest.stream
    var record = record
    do {
      if record.state.isEnded || record.state.name == "waiting" { record = try enter(.offered, record) }
      let baseline = try fitting(record)
      record = try enter(.fetching, record)
      let payloads = try await fetch(baseline, stream, progress)
      record = try enter(.verified, record)
      try rebuild(baseline, payloads, stream, progress)
      record = try enter(.staged, record)
    } catch {
      try enter(.failed(reason: "\(error)"), record)
      try tell(ProgressEvent(.refuse, stream: stream, "\(stream.component) is refused: \(error)"), progress)
      throw error is DeviceError ? error : DeviceError.refused(stream, reason: "\(error)")
    }
    try await graft(record, progress)
  }

  // Looked at again now: what fitted when it was offered may have been upgraded since.
  private func fitting(_ record: ImprovementRecord) throws -> Manifest.Baseline {
    switch try BaselineFit.find(for: record.manifest, beneath: parts.root) {
    case .fits(let baseline, _) where baseline.version == record.baseline: return baseline
    case .unsupported(let reason): throw DeviceError.refused(record.manifest.stream, reason: reason)
    default:
      throw DeviceError.refused(record.manifest.stream, reason: "the baseline is not on the disk any more; look again")
    }
  }

  // Only what the store has not: going back to an earlier letter needs no download.
  private func fetch(
    _ baseline: Manifest.Baseline, _ stream: Stream, _ progress: Progress
  ) async throws -> [Digest: FileDescriptor] {
    let started = clock.now
    var payloads: [Digest: FileDescriptor] = [:]
    var bytes = 0
    for file in baseline.files where try !parts.store.isWhole(key(of: file)) && payloads[file.payload.digest] == nil {
      let (payload, fetched) = try await parts.courier.payload(file.payload)
      payloads[file.payload.digest] = payload
      bytes += fetched
    }
    let what =
      payloads.isEmpty
      ? "everything is in the store already"
      : "\(counted(payloads.count, "payload", "payloads")), digests as the manifest says"
    try tell(
      ProgressEvent(
        .fetch, stream: stream, what, took: started.duration(to: clock.now),
        facts: ["bytes": .integer(Int64(bytes)), "payloads": .integer(Int64(payloads.count))]), progress)
    return payloads
  }

  private func rebuild(
    _ baseline: Manifest.Baseline, _ payloads: [Digest: FileDescriptor], _ stream: Stream, _ progress: Progress
  ) throws {
    let started = clock.now
    for file in baseline.files {
      guard let payload = payloads[file.payload.digest] else { continue }
      let old = try MappedFile(parts.root.openFile(file.path), limit: Int(Manifest.Content.byteLimit))
      let delta = try MappedFile(payload, limit: Int(Manifest.Content.byteLimit))
      try parts.store.put(key(of: file), length: file.improved.length) { sink in
        try old.withBytes { (old) throws in
          try delta.withBytes { (delta) throws in
            try PayloadDecoder.apply(delta, to: old, outputLimit: file.improved.length, sink: sink)
          }
        }
      }
    }
    let bytes = baseline.files.reduce(0) { $0 + $1.improved.length }
    try tell(
      ProgressEvent(
        .rebuild, stream: stream,
        "\(counted(baseline.files.count, "file", "files")) from the baseline on disk, digests as the manifest says",
        took: started.duration(to: clock.now),
        facts: ["files": .integer(Int64(baseline.files.count)), "bytes": .integer(Int64(bytes))]), progress)
  }
}
