internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Takes improvements off, to the baseline, and restarts what runs their code. They are held back until they are
  /// applied again by name.
  ///
  /// - Parameter component: the one component, or nil for every improvement that is in place.
  package func remove(component: String?, by owner: String, _ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      let standing = try inPlace()
      let chosen = standing.values.filter { component == nil || $0.manifest.stream.component == component }
        .sorted { $0.manifest.stream < $1.manifest.stream }
      guard !chosen.isEmpty else {
        throw DeviceError.nothingToDo(
          component.map { "no improvement of \($0) is in place" } ?? "no improvement is in place")
      }
      for record in chosen { try await remove(record, by: owner, progress) }
    }
  }

  private func remove(_ record: ImprovementRecord, by owner: String, _ progress: Progress) async throws {
    let stream = record.manifest.stream
    let started = clock.now
    var standing = try inPlace()
    standing[stream] = nil
    let grafts = try grafts(of: standing.values)
    try parts.journal.hold(stream, upTo: record.manifest.serial)
    let ended = try enter(.removed(by: owner), record)
    try parts.backend.establish(grafts)
    try tell(
      ProgressEvent(
        .remove, stream: stream, "\(stream.component) is the baseline \(record.baseline) again",
        took: started.duration(to: clock.now)), progress)
    let services = try await servicesMapping(ended)
    try await restart(services, stream, progress)
  }

  /// The services with a process that maps a stored file of an improvement.
  func servicesMapping(_ record: ImprovementRecord) async throws -> [String] {
    let stream = record.manifest.stream
    let watched = try parts.journal.graftedFiles().filter { $0.stream == stream }.map {
      WatchedFile(stream: stream, identity: $0.identity, name: "", isMeant: true)
    }
    var services: Set<String> = []
    for process in try parts.scanner.scan(for: watched).processes[stream] ?? [] {
      if let service = await parts.manager.service(of: process.pid) { services.insert(service) }
    }
    return services.sorted()
  }
}
