internal import Activation
internal import Basics
internal import Grafting
package import Improvements
internal import Journal
internal import Linux

extension Device {
  /// What the device says of itself now, read from the kernel.
  package func status() async throws -> DeviceStatus {
    let latest = try latestByStream()
    let findings = try parts.scanner.scan(for: watchedFiles(latest))
    let processes = await named(findings.processes)
    let components = latest.values.sorted { $0.manifest.stream < $1.manifest.stream }.compactMap { record in
      component(record, processes[record.manifest.stream] ?? [])
    }
    return DeviceStatus(
      verdict: verdict(components), components: components, lastFreshLook: try parts.journal.lastFreshLook(),
      automatic: settings.automatic, transparencyRequired: settings.transparencyRequired,
      limits: limits(findings) + (await restraints(components)))
  }

  /// Who runs what now, by stream.
  func exposure() async throws -> [Stream: [ProcessReport]] {
    await named(try parts.scanner.scan(for: watchedFiles(latestByStream())).processes)
  }

  private func verdict(_ components: [DeviceStatus.Component]) -> DeviceStatus.Verdict {
    // Where the operating system's own update brought the fix, or the publisher took it back, nothing is missing.
    let applicable = components.filter { component in
      switch component.state {
      case .retired, .withdrawn: false
      default: true
      }
    }
    let exposures = Set(applicable.flatMap(\.processes).map(\.exposure))
    if exposures.contains(.exposed) || exposures.contains(.unknown) { return .exposed }
    if applicable.contains(where: { !$0.state.isInPlace }) { return .exposed }
    // While restarts are under way a service may run nothing at all, which is not protection.
    let isUnderWay = applicable.contains { $0.state == .grafted || $0.state == .activating }
    if exposures.contains(.pending) || isUnderWay { return .pending }
    // What was refused might fit and might be missing.
    if !lookRefusals.isEmpty { return .unknown }
    return applicable.isEmpty ? .nothingToProtect : .protected
  }

  // The serial by which a stream is judged: the highest that this machine knows of.
  func latestByStream() throws -> [Stream: ImprovementRecord] {
    try parts.journal.improvements().reduce(into: [:]) { latest, record in
      let stream = record.manifest.stream
      if latest[stream].map({ $0.manifest.serial < record.manifest.serial }) ?? true { latest[stream] = record }
    }
  }

  // The improved files of the highest serial are what is meant; baselines' files and everything else that ever stood in
  // their place are not. One stored file may serve several serials.
  private func watchedFiles(_ latest: [Stream: ImprovementRecord]) throws -> [WatchedFile] {
    let known = try parts.journal.knownFiles()
    let meant = Set(
      known.filter { $0.kind == .improved && latest[$0.stream]?.manifest.serial == $0.serial }.map(\.identity))
    var watched = Set(
      known.filter { latest[$0.stream] != nil }.map { file in
        let isMeant = file.kind == .improved && meant.contains(file.identity)
        return WatchedFile(stream: file.stream, identity: file.identity, names: names(of: file), isMeant: isMeant)
      })
    let improved = Set(known.filter { $0.kind == .improved }.map(\.identity))
    for (stream, record) in latest {
      for file in record.fitting?.files ?? [] {
        // What is seen may be a graft, and the registry says which; anything else is the baseline or came in its place.
        guard let status = try parts.root.status(file.path), !improved.contains(status.identity) else { continue }
        watched.insert(
          WatchedFile(
            stream: stream, identity: status.identity, names: [parts.root.name(file.path)], isMeant: false))
      }
    }
    return Array(watched)
  }

  // As it was opened, and as it is seen where a mount put it.
  func names(of file: KnownFile) -> Set<String> {
    var names: Set<String> = [file.name, parts.root.name(file.path)]
    if let seen = try? parts.backend.name(of: file.path) { names.insert(seen) }
    return names
  }

  private func named(_ processes: [Stream: [ProcessReport]]) async -> [Stream: [ProcessReport]] {
    var result: [Stream: [ProcessReport]] = [:]
    for (stream, reports) in processes {
      for report in reports {
        let service = await parts.manager.service(of: report.pid)
        var exposure = report.exposure
        if exposure == .exposed, await isToRestart(service) { exposure = .pending }
        result[stream, default: []].append(
          ProcessReport(
            pid: report.pid, name: report.name, service: service, exposure: exposure,
            mapped: report.mapped, identity: report.identity))
      }
    }
    return result
  }

  // Restarts by itself soon, or waits for its owner to do it.
  private func isToRestart(_ service: String?) async -> Bool {
    guard let service else { return false }
    if pendingServices.contains(service) { return true }
    return await parts.manager.restraint(on: service) != nil
  }

  private func component(_ record: ImprovementRecord, _ processes: [ProcessReport]) -> DeviceStatus.Component? {
    guard let baseline = record.fitting else { return nil }
    return DeviceStatus.Component(
      stream: record.manifest.stream, serial: record.manifest.serial, letter: baseline.letter,
      baseline: baseline.version, fixedIn: record.manifest.source.version, state: record.state,
      advisories: record.manifest.advisories.map(\.id), files: baseline.files.map(\.path),
      payloadBytes: record.manifest.payloadBytes(for: baseline), since: record.since, processes: processes)
  }

  private func restraints(_ components: [DeviceStatus.Component]) async -> [String] {
    let pending = components.flatMap(\.processes).filter { $0.exposure == .pending }.compactMap(\.service)
    var sentences: [String] = []
    for service in Set(pending).sorted() {
      guard let reason = await parts.manager.restraint(on: service) else { continue }
      sentences.append("\(service) runs the vulnerable code and is not restarted unattended: \(reason)")
    }
    return sentences
  }

  private func limits(_ findings: ExposureScanner.Findings) -> [String] {
    var limits = [settingsRefusal, lookFailure].compactMap(\.self) + lookRefusals
    if findings.unseen > 0 {
      limits.append(
        "\(counted(findings.unseen, "process", "processes")) could not be looked at: their maps may not be read")
    }
    if parts.scanner.source == nil {
      limits.append("this file system's maps do not tell devices; inode and name are compared instead")
    }
    if settings.automaticIsPolicy {
      limits.append("automatic is \(settings.automatic ? "on" : "off") by the administrator's policy")
    }
    return limits
  }
}
