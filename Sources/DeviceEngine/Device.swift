package import Activation
package import Basics
package import Delivery
package import Grafting
package import Improvements
package import Journal
package import Linux
package import Packages

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
    /// What the package manager is at; nil where nothing that it replaces is covered.
    package let packages: PackageWork?
    /// Whether the machine was started to do without improvements this time.
    package let isWithoutGrafts: Bool
    /// Restarts services.
    package let manager: any ServiceManager
    /// Finds who maps what.
    package let scanner: ExposureScanner
    /// Keeps the device id.
    package let identity: DeviceIdentity
    /// Learns which processes crash.
    package let witness: any CrashWitness
    /// Asks what probes want to know.
    package let asker: ProbeAsker
    /// The time.
    package let now: @Sendable () -> UTCTime
    /// How long the machine has been awake, from any beginning.
    package let awake: @Sendable () -> Duration

    /// Gathers the parts.
    package init(
      root: Directory, courier: Courier, journal: Journal, store: Store, backend: any GraftBackend,
      manager: any ServiceManager, scanner: ExposureScanner, identity: DeviceIdentity,
      packages: PackageWork? = nil, isWithoutGrafts: Bool = false, witness: any CrashWitness, asker: ProbeAsker,
      now: @escaping @Sendable () -> UTCTime, awake: @escaping @Sendable () -> Duration
    ) {
      self.root = root
      self.courier = courier
      self.journal = journal
      self.store = store
      self.backend = backend
      self.manager = manager
      self.scanner = scanner
      self.identity = identity
      self.packages = packages
      self.isWithoutGrafts = isWithoutGrafts
      self.witness = witness
      self.asker = asker
      self.now = now
      self.awake = awake
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
  /// How many operations were begun: what was seen while one was may be its doing.
  private(set) var operations = 0
  /// What is remembered between two looks at health.
  var health = HealthMemory()
  /// Services that are about to be restarted: the exposed processes in them are pending.
  var pendingServices: Set<String> = []
  /// The services that were restarted because they ran other code than a confirmed improvement's.
  var leftBehind: [Stream: Set<String>] = [:]
  /// When the newest metadata was signed that the last good look verified; nil before the first.
  var signedTime: UTCTime?
  /// Why the last look was refused as a whole; nil where it was not.
  var lookFailure: String?
  /// What the last good look could not use, one sentence each.
  var lookRefusals: [String] = []
  /// The serials that the last good look verified, by stream; nil before the first: nothing is installed that verified
  /// metadata does not name now.
  var named: [Stream: Set<Serial>]?
  /// What the last look said of rollouts.
  var rollouts = RolloutStanding()
  /// When each manifest that a rollout may hold up was first seen by this daemon.
  var manifestsSeen: [Digest: ContinuousClock.Instant] = [:]

  /// Streams whose improvement in place was asked for in the log since the start.
  var provenSince: Set<Stream> = []

  /// Of contents by their digests whether they are loaded, and not read.
  var loaded: [Digest: Bool] = [:]
  /// When content that is read last became other content, since the start.
  var switchedAt: ContinuousClock.Instant?

  /// The turn to change what stands is this device's in this moment.
  var isInTurn = false
  /// The process that said last that it has changed packages.
  var packager: ProcessIdentity?
  /// What ended when packages were changed, and whose services are to be restarted still.
  var endedByPackages: [ImprovementRecord] = []
  /// Whether services are to be restarted because packages were changed.
  var isSettlingDue = false
  /// Whether the machine starts: what changes only then may change.
  var isStarting = false
  /// Whether packages brought baselines for which there may be other improvements.
  var hasNewBaselines = false

  /// A device of these parts.
  package init(_ parts: Parts, settings: DeviceSettings) {
    self.parts = parts
    self.settings = settings
  }

  /// Runs one operation, or throws `busy` where one is under way.
  func exclusively<T>(_ body: () async throws -> T) async throws -> T {
    guard !isBusy else { throw DeviceError.busy }
    isBusy = true
    operations += 1
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

  /// Makes the grafts of these improvements the ones that stand, but for those that may not stand now.
  func establish(_ standing: some Collection<ImprovementRecord>) throws {
    try inTurn { occupation in
      try keepGroups(of: standing)
      let admitted = try admitted(toBoot: standing)
      let placed = try occupation == nil ? admitted : admitted.filter { try isCovered($0) }
      let grafts = try wanted(for: placed)
      let begun = try beginSwitches(to: placed)
      do { try parts.backend.establish(grafts) } catch let error as GraftError {
        switch error {
        // It reads what stands before it changes anything, so that once more is to finish.
        case .mountsUnknown, .mountsHalfDone: try parts.backend.establish(grafts)
        default: throw error
        }
      }
      finish(begun)
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
