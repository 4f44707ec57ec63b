internal import Basics
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Brings the machine to where the journal says it is, and finishes or begins anew what was cut off.
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
      try await establishWhatIsWhole(progress)
    }
  }

  /// Finishes activations that were cut off; to be called once services run.
  package func finishActivations(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      for record in try inPlace().values.sorted(by: { $0.manifest.stream < $1.manifest.stream }) {
        guard record.state != .confirmed else { continue }
        // Activation begins again: restarting what is exposed and watching are safe to repeat.
        try? await activate(record, former: nil, progress)
      }
    }
  }

  // A stored file that is damaged takes its improvement off; the others stand.
  private func establishWhatIsWhole(_ progress: Progress) async throws {
    var standing = try inPlace()
    for (stream, record) in standing {
      do {
        for file in record.fitting?.files ?? [] { _ = try parts.store.verifiedName(of: key(of: file)) }
      } catch {
        standing[stream] = nil
        let reason = "a stored file cannot be put in place: \(error)"
        try enter(.rolledBack(reason: reason), record)
        try tell(ProgressEvent(.rollBack, stream: stream, "\(stream.component) was taken off: \(reason)"), progress)
      }
    }
    try parts.backend.establish(grafts(of: standing.values))
  }
}
