internal import Basics
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Brings the machine to where the journal says it is, and begins anew what was cut off before it was in place.
  ///
  /// To be called once, before anything else and before services start: they must find the grafts in place.
  package func recover(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      for record in try parts.journal.improvements() {
        switch record.state {
        case .fetching, .verified, .staged: try enter(.offered, record)
        default: continue
        }
      }
      try reconcile(progress)
      // The store may have been restored or moved: what stands must be recognised by what it is now.
      for record in try inPlace().values { try rememberImproved(record) }
    }
  }

  /// Finishes activations and removals that were cut off; to be called once services run, and again and again.
  package func finishActivations(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      let all = try parts.journal.improvements()
      for record in try inPlace().values.sorted(by: { $0.manifest.stream < $1.manifest.stream }) {
        guard record.state != .confirmed else {
          try? await restartLeftBehind(record, progress)
          continue
        }
        // Activation begins again: restarting what is exposed and watching are safe to repeat.
        let former = all.first {
          $0.manifest.stream == record.manifest.stream && $0.state == .superseded(by: record.manifest.serial)
        }
        try? await activate(record, former: former, progress)
      }
      // What was taken off and is mapped by a service still: the restart was cut off.
      for record in try parts.journal.improvements() {
        switch record.state {
        case .removed, .rolledBack, .retired:
          let services = try await servicesMapping(record)
          if !services.isEmpty { _ = try? await restart(services, record.manifest.stream, progress) }
        default: continue
        }
      }
    }
  }

  /// Restarts services that run other code than the confirmed improvement's all the same: those that started at boot before
  /// the grafts were back, as systemd itself did, or whose restart failed.
  ///
  /// Each once while the daemon runs: one that finds other code again has its own way to it.
  private func restartLeftBehind(_ record: ImprovementRecord, _ progress: Progress) async throws {
    let stream = record.manifest.stream
    let exposed = try await exposure()[stream, default: []].filter { $0.exposure == .exposed }
    let services = Set(exposed.compactMap(\.service)).subtracting(leftBehind[stream, default: []])
    guard !services.isEmpty else { return }
    leftBehind[stream, default: []].formUnion(services)
    try await restart(services.sorted(), stream, progress)
  }
}
