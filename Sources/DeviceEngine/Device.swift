package import Activation
package import Basics
package import Delivery
package import Grafting
package import Improvements
package import Journal
package import Linux

/// A device: what is installed on it, and what it does about it. One operation at a time.
package actor Device {
  /// What is told, as it happens, to whoever asked.
  package typealias Progress = @Sendable (ProgressEvent) -> Void

  /// The parts that a device is made of.
  package struct Parts: Sendable {
    /// The root of the file system whose files are improved.
    package let root: Directory
    /// Brings verified files.
    package internal(set) var courier: Courier
    /// The durable record.
    package let journal: Journal
    /// Improved files by digest.
    package let store: Store
    /// Puts files in place.
    package let backend: any GraftBackend
    /// Restarts services.
    package let manager: any ServiceManager
    /// Finds who maps what.
    package let scanner: ExposureScanner
    /// The time.
    package let now: @Sendable () -> UTCTime

    /// Gathers the parts.
    package init(
      root: Directory, courier: Courier, journal: Journal, store: Store, backend: any GraftBackend,
      manager: any ServiceManager, scanner: ExposureScanner, now: @escaping @Sendable () -> UTCTime
    ) {
      self.root = root
      self.courier = courier
      self.journal = journal
      self.store = store
      self.backend = backend
      self.manager = manager
      self.scanner = scanner
      self.now = now
    }
  }

  var parts: Parts
  /// What the device goes by.
  package internal(set) var settings: DeviceSettings
  /// What stands in the way of newer settings; nil where nothing does.
  var settingsRefusal: String?
  /// Everything that is told.
  package nonisolated let hub = EventHub()
  let clock = ContinuousClock()
  private(set) var isBusy = false
  /// Services that are about to be restarted: the exposed processes in them are pending.
  var pendingServices: Set<String> = []
  /// The services that were restarted because they ran other code than a confirmed improvement's.
  var leftBehind: [Stream: Set<String>] = [:]
  /// Why the last look was refused as a whole; nil where it was not.
  var lookFailure: String?
  /// What the last good look could not use, one sentence each.
  var lookRefusals: [String] = []
  /// The serials that the last good look verified, by stream; nil before the first: nothing is installed that verified
  /// metadata does not name now.
  var named: [Stream: Set<Serial>]?

  /// A device of these parts.
  package init(_ parts: Parts, settings: DeviceSettings) {
    self.parts = parts
    self.settings = settings
  }

  /// Runs one operation, or throws `busy` where one is under way.
  func exclusively<T>(_ body: () async throws -> T) async throws -> T {
    guard !isBusy else { throw DeviceError.busy }
    isBusy = true
    defer {
      isBusy = false
      hub.settle()
    }
    return try await body()
  }

  /// Tells whoever watches and writes it into the history.
  ///
  /// A history that cannot be written is no reason to leave a machine half way: states are journaled apart from it.
  func tell(_ event: ProgressEvent, _ progress: Progress) {
    show(event, progress)
    try? parts.journal.note(event, at: parts.now())
  }

  /// Tells whoever watches, and leaves the history alone.
  func show(_ event: ProgressEvent, _ progress: Progress) {
    progress(event)
    hub.send(event)
  }

  /// Journals that an improvement is in another state from now on.
  @discardableResult
  func enter(_ state: ImprovementState, _ record: ImprovementRecord) throws -> ImprovementRecord {
    let next = record.entering(state, at: parts.now())
    try parts.journal.record(next)
    return next
  }

  /// The record of each stream's improvement that the journal says is in place.
  func inPlace() throws -> [Stream: ImprovementRecord] {
    try parts.journal.improvements().reduce(into: [:]) { result, record in
      if record.state.isInPlace { result[record.manifest.stream] = record }
    }
  }

  /// Which baseline of a manifest stands on the disk, beneath any graft.
  func fit(of manifest: Manifest) throws -> BaselineFit {
    try BaselineFit.find(for: manifest, beneath: parts.root, under: parts.backend)
  }

  /// Makes these grafts the ones that stand.
  func establish(_ standing: some Collection<ImprovementRecord>) throws {
    let grafts = grafts(of: standing)
    do { try parts.backend.establish(grafts) } catch GraftError.mountsUnknown {
      // It reads what stands before it changes anything, so that once more is to finish.
      try parts.backend.establish(grafts)
    }
  }

  /// The grafts that these improvements consist of.
  func grafts(of records: some Collection<ImprovementRecord>) -> Set<Graft> {
    Set(
      records.flatMap { record in
        (record.fitting?.files ?? []).map { Graft(path: $0.path, file: record.key(of: $0)) }
      })
  }
}

/// A count with its noun.
func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }

extension ImprovementRecord {
  func entering(_ state: ImprovementState, at time: UTCTime) -> ImprovementRecord {
    ImprovementRecord(manifest: manifest, baseline: baseline, modes: modes, state: state, since: time)
  }

  /// The stored file that stands for a manifest's file.
  ///
  /// Its content, with the permission bits that the baseline's had when it was recognised. What becomes of the baseline's file since does not matter.
  func key(of file: Manifest.File) -> Store.Key {
    Store.Key(digest: file.improved.digest, mode: modes[file.path] ?? 0o644)
  }
}
