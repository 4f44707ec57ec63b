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
    package let courier: Courier
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

  let parts: Parts
  let settings: DeviceSettings
  let clock = ContinuousClock()
  private var isBusy = false
  /// Services that are about to be restarted: the exposed processes in them are pending.
  var pendingServices: Set<String> = []
  /// What the last look could not use, one sentence each.
  var lookRefusals: [String] = []

  /// A device of these parts.
  package init(_ parts: Parts, settings: DeviceSettings) {
    self.parts = parts
    self.settings = settings
  }

  /// Runs one operation, or throws `busy` where one is under way.
  func exclusively<T>(_ body: () async throws -> T) async throws -> T {
    guard !isBusy else { throw DeviceError.busy }
    isBusy = true
    defer { isBusy = false }
    return try await body()
  }

  /// Tells whoever watches and writes it into the history.
  func tell(_ event: ProgressEvent, _ progress: Progress) throws {
    progress(event)
    try parts.journal.note(event, at: parts.now())
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

  /// The grafts that these improvements consist of.
  func grafts(of records: some Collection<ImprovementRecord>) throws -> Set<Graft> {
    var grafts: Set<Graft> = []
    for record in records {
      for file in record.fitting?.files ?? [] { grafts.insert(Graft(path: file.path, file: try key(of: file))) }
    }
    return grafts
  }

  /// The stored file that stands for a manifest's file: its content, with the baseline's permission bits.
  func key(of file: Manifest.File) throws -> Store.Key {
    guard let status = try parts.root.status(file.path) else {
      throw DeviceError.badSetting("\(file.path) is gone from the disk")
    }
    guard status.mode & 0o7000 == 0 else { throw GraftError.specialMode(file.path) }
    return Store.Key(digest: file.improved.digest, mode: status.mode)
  }
}

/// A count with its noun.
func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }

extension ImprovementRecord {
  func entering(_ state: ImprovementState, at time: UTCTime) -> ImprovementRecord {
    ImprovementRecord(manifest: manifest, baseline: baseline, state: state, since: time)
  }
}
