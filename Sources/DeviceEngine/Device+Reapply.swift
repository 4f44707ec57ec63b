package import Improvements
internal import Journal

extension Device {
  /// Lets go of what the owner removed and puts it in place again; named, also what was taken off for bad health.
  ///
  /// - Parameters:
  ///   - component: the one component, or nil for all that are held back.
  /// - Returns: the streams of what was put in place; each is on probation, or confirmed.
  /// - Throws: `DeviceError` with the first refusal, after all others were carried out.
  @discardableResult
  package func reapply(component: String?, _ progress: @escaping Progress = { _ in }) async throws -> [Stream] {
    try await exclusively {
      try checkPackages()
      var refusal: (any Error)?
      let chosen = try chooseHeld(component)
      for record in chosen {
        do {
          // What is not admitted stays held back. From here on it is offered like any other, even where this is cut off.
          try admit(record)
          try letGo(record, progress)
          try await apply(record, isOwners: true, progress)
        } catch let error as CancellationError { throw error } catch { refusal = refusal ?? error }
      }
      if let refusal { throw refusal }
      return chosen.map(\.manifest.stream)
    }
  }

  /// Whether the owner removed this serial or a later one and has not reapplied it.
  func isHeld(_ record: ImprovementRecord) throws -> Bool {
    try parts.journal.held()[record.manifest.stream].map { record.manifest.serial <= $0 } ?? false
  }

  private func letGo(_ record: ImprovementRecord, _ progress: Progress) throws {
    guard try isHeld(record) else { return }
    let stream = record.manifest.stream
    try parts.journal.letGo(stream)
    tell(ProgressEvent(.offer, stream: stream, "\(stream.component) is not held back any more"), progress)
  }

  func chooseHeld(_ component: String?) throws -> [ImprovementRecord] {
    let latest = try latestByStream().values.sorted { $0.manifest.stream < $1.manifest.stream }
    guard let component else {
      let held = try latest.filter { record in
        switch record.state {
        case .retired, .withdrawn: false
        default: try !record.state.isInPlace && isHeld(record)
        }
      }
      guard !held.isEmpty else { throw DeviceError.nothingToDo("nothing is held back") }
      return held
    }
    guard let record = latest.first(where: { $0.manifest.stream.component == component }) else {
      throw DeviceError.unknownComponent(component)
    }
    guard !record.state.isInPlace else {
      throw DeviceError.nothingToDo("\(component) (\(record.fitting?.letter.description ?? "?")) is in place already")
    }
    if case .rolledBack = record.state { return [record] }
    guard try isHeld(record) else {
      throw DeviceError.nothingToDo("\(component) is not held back; `suture apply \(component)` puts it in place")
    }
    return [record]
  }
}
