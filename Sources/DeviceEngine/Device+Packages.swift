internal import Activation
internal import Basics
internal import Grafting
internal import Improvements
internal import Journal
package import Linux
internal import Packages

extension Device {
  /// Runs `body` while nobody else changes what stands, with who changes packages now.
  ///
  /// Who finds somebody there covers nothing that is not covered already. No other task of the device comes in between.
  func inTurn<T>(_ body: (PackageWork.Occupation?) throws -> T) throws -> T {
    guard let packages = parts.packages else { return try body(nil) }
    guard !isInTurn else { return try body(packages.occupation(besides: packager)) }
    return try packages.inTurn {
      isInTurn = true
      defer { isInTurn = false }
      return try body(packages.occupation(besides: packager))
    }
  }

  /// Throws where the package manager is at work: what it has done by half must not be judged, and nothing be covered.
  func checkPackages() throws {
    if let occupation = try parts.packages?.occupation(besides: packager) {
      throw DeviceError.packagesChanging(by: occupation.description)
    }
  }

  /// Whether something may have stepped aside that has to be looked at again.
  package func arePackagesChanging() -> Bool {
    if hasAnnouncedPackages() { return true }
    return (try? parts.packages?.occupation(besides: packager)) != nil
  }

  /// Whether a run of the package manager was announced of which nobody has said that it is done.
  package func hasAnnouncedPackages() -> Bool { (try? parts.packages?.run()) != nil }

  /// Whether all files of an improvement are covered now, by whatever letter of it.
  func isCovered(_ record: ImprovementRecord) throws -> Bool {
    let paths = Set((record.fitting?.files ?? []).map(\.path))
    return try parts.backend.covered(of: paths) == paths
  }

  /// Writes down for the package manager's hooks what steps aside together.
  func keepGroups(of standing: some Collection<ImprovementRecord>) throws {
    var groups: [String: Set<String>] = [:]
    for record in standing {
      for file in record.fitting?.files ?? [] {
        groups[record.key(of: file).name, default: []].insert(record.manifest.stream.description)
      }
    }
    try parts.packages?.keep(groups: groups)
  }

  /// Looks at every improvement again once packages were changed: ends it, or puts it back; never over a newer package.
  ///
  /// That is done even while another operation waits for something. Services are restarted here too where none does, and by
  /// `finishSettling` else.
  ///
  /// - Parameter done: the process that says that its run is done; nil where nobody said so, and its end is what tells.
  /// - Returns: whether nobody changes packages any more; else to be called again.
  @discardableResult
  package func settlePackages(
    after done: ProcessIdentity? = nil, _ progress: @escaping Progress = { _ in }
  ) async throws -> Bool {
    guard let packages = parts.packages else { return true }
    packager = done ?? packager
    let isFree = try inTurn { _ in
      let run = try packages.run()
      if let run, run.process == done { try packages.conclude() }
      guard try packages.occupation(besides: packager) == nil else { return false }
      try lookAgain(after: run, progress)
      // Only now: where this was cut off, it begins anew.
      try packages.conclude()
      return true
    }
    if isFree, !isBusy { try await finishSettling(progress) }
    return isFree
  }

  private func lookAgain(after run: PackageRun?, _ progress: Progress) throws {
    let aside = try admitted(toBoot: inPlace().values).filter { try !isCovered($0) }.map(\.manifest.stream)
    let ended = try retireReplaced(progress)
    // Installed anew, the same file is another to the kernel.
    for record in try inPlace().values { try rememberBaseline(record) }
    try reconcile(progress)
    for record in try inPlace().values.sorted(by: { $0.manifest.stream < $1.manifest.stream })
    where aside.contains(record.manifest.stream) {
      let stream = record.manifest.stream
      leftBehind[stream] = nil
      guard try isCovered(record) else { continue }
      let letter = record.fitting?.letter.description ?? "?"
      let cause = run.map { " after \($0.announcer.rawValue) changed packages" } ?? ""
      tell(ProgressEvent(.graft, stream: stream, "\(stream.component) (\(letter)) stands again\(cause)"), progress)
    }
    endedByPackages += ended
    hasNewBaselines = hasNewBaselines || !ended.isEmpty
    isSettlingDue = isSettlingDue || !ended.isEmpty || !aside.isEmpty
  }

  /// Restarts the services that packages left with other code than is meant; nothing where that is done, or where another
  /// operation is under way.
  package func finishSettling(_ progress: @escaping Progress = { _ in }) async throws {
    guard isSettlingDue, !isBusy else { return }
    try await exclusively {
      isSettlingDue = false
      let ended = endedByPackages
      endedByPackages = []
      let packaging = await packagingService()
      for record in ended {
        do {
          let services = try await servicesMapping(record)
          if let packaging, services.contains(packaging) {
            endedByPackages.append(record)
            isSettlingDue = true
          }
          try await restart(services.filter { $0 != packaging }, record.manifest.stream, progress)
        } catch { tellNotRestarted(record.manifest.stream, error, progress) }
      }
      for record in try admitted(toBoot: inPlace().values).sorted(by: { $0.manifest.stream < $1.manifest.stream }) {
        do { try await restartLeftBehind(record, progress) } catch {
          tellNotRestarted(record.manifest.stream, error, progress)
        }
      }
    }
  }

  /// The service in which the process runs that said last that it has changed packages, while it has not ended.
  ///
  /// Whoever manages machines installs packages from a service of its own: its restart would end the package manager too.
  func packagingService() async -> String? {
    guard let packager, packager.isRunning else { return nil }
    return await parts.manager.service(of: packager.pid)
  }

  /// Whether packages brought baselines since this was last asked, for which there may be other improvements.
  package func takeNewBaselines() -> Bool {
    defer { hasNewBaselines = false }
    return hasNewBaselines
  }

  /// Whether `finishSettling` has nothing to do any more.
  package var isSettled: Bool { !isSettlingDue }
}
