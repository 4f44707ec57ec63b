internal import Activation
internal import Basics
internal import Grafting
package import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Takes improvements off, to the baseline or to an earlier letter, and restarts what runs their code.
  ///
  /// They are held back until `reapply`.
  ///
  /// - Parameters:
  ///   - component: the one component, or nil for every improvement that is in place.
  ///   - letter: the earlier letter of the one component; nil for the baseline.
  ///   - owner: who asked, for the history.
  /// - Throws: the first failure, after all others were carried out.
  package func remove(
    component: String?, to letter: Letter? = nil, by owner: String, _ progress: @escaping Progress = { _ in }
  ) async throws {
    try await exclusively {
      if let letter { return try await goBack(component, to: letter, by: owner, progress) }
      let standing = try inPlace()
      // What is ready is called off.
      let chosen = try (Array(standing.values) + waitingForMoment()).filter {
        component == nil || $0.manifest.stream.component == component
      }
      .sorted { $0.manifest.stream < $1.manifest.stream }
      guard !chosen.isEmpty else {
        throw DeviceError.nothingToDo(
          component.map { "no improvement of \($0) is in place" } ?? "no improvement is in place")
      }
      var refusal: (any Error)?
      for record in chosen {
        do { try await remove(record, by: owner, progress) } catch let error as CancellationError { throw error } catch
        {
          refusal = refusal ?? error
        }
      }
      if let refusal { throw refusal }
    }
  }

  private func remove(_ record: ImprovementRecord, by owner: String, _ progress: Progress) async throws {
    let stream = record.manifest.stream
    let started = clock.now
    // One transaction: what is held back does not stand, and what the owner removed does not come back.
    let ended = record.entering(.removed(by: owner), at: parts.now())
    try parts.journal.record(ended, holding: record)
    try forgetBoots(of: record)
    try reconcile(progress)
    let account =
      record.state == .staged
      ? "\(stream.component) was ready, and does not take its place"
      : try standsUntilStart(ended)
        ? "\(stream.component) is the baseline \(record.baseline) again when the machine starts next; `suture reboot` does that"
        : "\(stream.component) is the baseline \(record.baseline) again"
    tell(
      ProgressEvent(
        .remove, stream: stream, account,
        took: started.duration(to: clock.now)), progress)
    try await restart(servicesMapping(ended), stream, progress)
  }

  private func goBack(
    _ component: String?, to letter: Letter, by owner: String, _ progress: Progress
  ) async throws {
    let standing = try inPlace().values.first { $0.manifest.stream.component == component }
    guard let component, let standing, let present = standing.fitting?.letter else {
      throw DeviceError.nothingToDo("to go back to a letter, name a component whose improvement is in place")
    }
    let stream = standing.manifest.stream
    let earlier = try parts.journal.improvements().first {
      $0.manifest.stream == stream && $0.baseline == standing.baseline && $0.fitting?.letter == letter
    }
    guard standing.manifest.switchMoment != .start else {
      throw DeviceError.nothingToDo(
        "\(component) changes only when the machine starts: `suture remove \(component)`, and then `suture reboot`")
    }
    guard letter < present, let earlier, case .superseded = earlier.state else {
      throw DeviceError.nothingToDo("\(component) (\(letter)) was not in place here before (\(present))")
    }
    for file in earlier.fitting?.files ?? [] { _ = try parts.store.verifiedName(of: earlier.key(of: file)) }
    // One transaction: the later letter off and held back, the earlier one in place.
    let restored = earlier.entering(.grafted, at: parts.now())
    try parts.journal.record(
      standing.entering(.removed(by: owner), at: parts.now()), restored, holding: standing)
    try reconcile(progress)
    tell(ProgressEvent(.remove, stream: stream, "\(component) is (\(letter)) again"), progress)
    let services = try await servicesMapping(standing)
    try await restart(services, stream, progress)
    try await activate(restored, progress)
  }

  /// The services with a process that maps an improved file of exactly this serial, and none that stands, or that may have
  /// read one.
  func servicesMapping(_ record: ImprovementRecord) async throws -> [String] {
    try await servicesMapping([record])[record.manifest.stream] ?? []
  }

  /// The services with a process that maps an improved file of one of these serials, and none that stands, or that may have
  /// read one, by stream: one look at the processes for all of them.
  func servicesMapping(_ ended: [ImprovementRecord]) async throws -> [Stream: [String]] {
    // A restart changes nothing while the files stand.
    let records = try ended.filter { try !standsUntilStart($0) }
    let wanted = Dictionary(grouping: records, by: \.manifest.stream).mapValues { Set($0.map(\.manifest.serial)) }
    let standing = try inPlace().mapValues(\.manifest.serial)
    let improved = try parts.journal.knownFiles().filter { $0.kind == .improved && wanted[$0.stream] != nil }
    let kept = Dictionary(grouping: improved.filter { standing[$0.stream] == $0.serial }, by: \.stream)
      .mapValues { Set($0.map(\.identity)) }
    let watched = improved.filter { file in
      wanted[file.stream]?.contains(file.serial) == true && kept[file.stream]?.contains(file.identity) != true
    }.map { WatchedFile(stream: $0.stream, identity: $0.identity, names: names(of: $0), isMeant: true) }
    var services = try await servicesReading(records)
    guard !watched.isEmpty else { return services.mapValues { $0.sorted() } }
    for (stream, processes) in try parts.scanner.scan(for: watched).processes {
      for process in processes {
        if let service = await parts.manager.service(of: process.pid) { services[stream, default: []].insert(service) }
      }
    }
    return services.mapValues { $0.sorted() }
  }
}
