package import Activation
package import Basics
internal import Delivery
internal import DeltaEncoding
package import DeviceEngine
package import Grafting
package import Improvements
package import Journal
package import Linux
package import Packages
package import TUF
package import TestSupport

/// A publisher and a device in one temporary directory, with a real repository between them.
package struct World {
  package let temporary: TemporaryDirectory
  /// The day on which the tests run: a real daemon over this world goes by the machine's clock, and metadata expires.
  package let now = WallClock.now()
  package let repository: Directory
  package var publisher: SimulatedPublisher
  package let stream: Stream
  package let file: RelativePath
  package let old: [UInt8]
  package let new: [UInt8]

  /// The advisory that improvements close where nothing else is said.
  package static let advisory = "CVE-2026-0001"

  /// How a shared library begins: programs map it, and nobody reads it.
  package static let library: [UInt8] =
    [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [0, 0, 0, 0, 0, 0, 0, 0] + [3, 0, 62, 0]

  package static let settings = """
    [Device]
    OperatingSystem=debian-12
    Architecture=amd64
    ProbationTime=0ms
    FirstLookWithin=0s
    [Repository]
    Address=
    """

  package init(old: [UInt8]? = nil, new: [UInt8]? = nil, inMemory: Bool = false) throws {
    temporary = try TemporaryDirectory(inMemory: inMemory)
    repository = try temporary.directory.creatingDirectory(path("repository"))
    publisher = try SimulatedPublisher(repository: repository, now: now)
    stream = try present(Stream("debian-12/amd64/libdemo"))
    file = try path("usr/lib/libdemo.so.1.2")
    self.old = old ?? Self.library + (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    self.new = new ?? Self.library + (0..<640).map { UInt8(truncatingIfNeeded: ($0 &* 7) ^ ($0 / 300)) }
    try makeDevice()
  }

  private func makeDevice() throws {
    let device = try temporary.directory.creatingDirectory(path("device"))
    _ = try device.creatingDirectory(path("usr/lib"))
    _ = try device.creatingDirectory(path("etc/suture/trust"))
    try device.write(old, to: file, mode: 0o644)
    try device.link(to: file.name, at: path("usr/lib/libdemo.so.1"))
    try device.write(publisher.rootBytes, to: path("etc/suture/trust/root.json"))
    try device.write(Array((Self.settings + repository.path + "\n").utf8), to: path("etc/suture/sutured.conf"))
  }

  package var deviceRoot: String { temporary.path + "/device" }

  /// Publishes an improvement of the baseline on the device.
  package mutating func publish(
    serial: Serial = .first, letter: Letter = .a, improved: [UInt8]? = nil, closing advisories: [String] = [advisory],
    readers: [ServiceName]? = nil, activation: ActivationClass = .restart, isCoherent: Bool = false
  ) throws {
    let improved = improved ?? new
    try publisher.publish(
      publisher.manifest(
        stream, serial, letter, path: file, old: old, new: improved, closing: advisories, readers: readers,
        activation: activation, isCoherent: isCoherent, now: now),
      payload: PayloadEncoder.encode(baseline: old, improved: improved), now: now)
  }

  /// Starts the device, as the daemon does; `manager` may stand between it and the supervisor.
  ///
  /// - Parameter isBoot: whether the machine boots, and what stands at boot is put in place first.
  package func device(
    services: [ServiceDefinition] = [], now time: UTCTime? = nil, policy: String? = nil, isBoot: Bool = false,
    isWithoutGrafts: Bool = false,
    manager: (Supervisor) -> any ServiceManager = { $0 }, backend: (LinkFarm) -> any GraftBackend = { $0 },
    scanner: ExposureScanner? = nil, clock: ManualClock? = nil, witness: (any CrashWitness)? = nil
  ) async throws -> RunningDevice {
    let layout = try DeviceLayout(root: deviceRoot)
    if let policy {
      _ = try layout.configuration.creatingDirectory(path("policy.d"))
      try layout.configuration.write(Array(policy.utf8), to: path("policy.d/10-test.conf"))
    }
    try layout.clearLeftovers()
    let running = try RunningDevice(
      layout, services: services, clock: clock ?? ManualClock(time ?? now), isWithoutGrafts: isWithoutGrafts,
      manager: manager, backend: backend, scanner: scanner, witness: witness ?? KernelCrashWitness())
    if isBoot { try await running.device.begin() }
    try await running.device.recover()
    await running.supervisor.startAll()
    return running
  }
}

extension World {
  /// Leaves the device as a crash does in the middle of an activation: in place at `state`, not confirmed, and with these
  /// services concerned.
  package func cutOffActivation(at state: ImprovementState, concerning services: Set<String> = []) async throws {
    let device = try Directory(path: deviceRoot)
    let first: ImprovementRecord
    do {
      let running = try await self.device()
      try await running.device.lookAndApply()
      first = try present(running.journal.improvements().first)
    }
    try device.remove(path("var/lib/suture/journal.sqlite"))
    try device.removeTree(path("var/lib/suture/farm"))
    let journal = try Journal(in: device.directory(path("var/lib/suture")))
    try journal.record(
      ImprovementRecord(
        manifest: first.manifest, baseline: first.baseline, modes: first.modes, state: state, since: first.since))
    try journal.setConcernedServices(services, of: stream)
  }
}

/// A device as the daemon wires it, over a directory for a repository.
package struct RunningDevice {
  package let device: Device
  package let supervisor: Supervisor
  package let layout: DeviceLayout
  package let farm: LinkFarm
  package let journal: Journal
  package let packages: PackageWork

  package init(
    _ layout: DeviceLayout, services: [ServiceDefinition], clock: ManualClock, isWithoutGrafts: Bool = false,
    manager: (Supervisor) -> any ServiceManager = { $0 }, backend: (LinkFarm) -> any GraftBackend = { $0 },
    scanner: ExposureScanner? = nil, witness: any CrashWitness = KernelCrashWitness()
  ) throws {
    self.layout = layout
    let settings = try layout.settings()
    let store = Store(in: layout.store)
    let farm = LinkFarm(root: layout.root, farm: layout.farm, store: store)
    journal = try Journal(in: layout.state)
    packages = try PackageWork(root: layout.root, runtime: layout.runtime)
    supervisor = Supervisor(services, runtime: layout.runtime, logs: layout.logs) { definition in
      Supervisor.Launch(executable: definition.executable, environment: try farm.environment())
    }
    try layout.state.write([1], to: path("probe"))
    let probe = try layout.state.openFile(path("probe"))
    device = Device(
      .init(
        root: layout.root,
        courier: Courier(
          transport: DirectoryTransport(path: settings.repository), pinnedRoot: try layout.pinnedRoot(),
          metadata: layout.metadata, spool: layout.spool),
        journal: journal, store: store, backend: backend(farm), manager: manager(supervisor),
        scanner: try scanner ?? ExposureScanner(selfTestedOn: [probe]),
        identity: DeviceIdentity(state: layout.state, root: layout.root), packages: packages,
        isWithoutGrafts: isWithoutGrafts, witness: witness, asker: ProbeAsker(root: layout.root), now: { clock.now },
        awake: { clock.awake }),
      settings: settings)
    self.farm = farm
  }

  /// The content that a program started now would load.
  package func loaded(_ file: RelativePath) throws -> [UInt8] {
    let name = try farm.name(of: file)
    return try Directory(path: "/", links: .withinRoot).read(path(String(name.dropFirst())), limit: 1 << 24)
  }
}

/// A publisher's side in memory that signs on demand and writes a real repository: builder and reviewer each have a role
/// over a stream, and both must name an improvement.
package struct SimulatedPublisher {
  package let builder = SigningKey()
  package let reviewer = SigningKey()
  package let recall = SigningKey()
  package let root = SigningKey()
  package let online = SigningKey()
  package var editor: RepositoryEditor
  private let repository: Directory
  package private(set) var rootBytes: [UInt8] = []

  package var everybody: [SigningKey] { [root, online, builder, reviewer, recall] }

  package init(repository: Directory, now: UTCTime) throws {
    self.repository = repository
    editor = try RepositoryEditor(
      root: RoleKeys([root.key], threshold: 1), targets: RoleKeys([root.key], threshold: 1),
      snapshot: RoleKeys([online.key], threshold: 1), timestamp: RoleKeys([online.key, root.key], threshold: 1))
    try editor.delegate(
      to: Stream.recallRole, keys: RoleKeys([recall.key], threshold: 1),
      paths: .patterns([present(PathPattern("*/*/*/*.withdrawal.json"))]))
    try delegate(present(Stream("debian-12/amd64/libdemo")))
    for folder in ["metadata", "targets", "payloads"] { _ = try repository.creatingDirectory(path(folder)) }
    try write(now: now)
    rootBytes = try repository.read(path("metadata/1.root.json"), limit: 1 << 20)
  }

  /// Gives a stream its two roles, where it has none yet.
  package mutating func delegate(_ stream: Stream) throws {
    guard !editor.delegatedRoles.contains(stream.buildRole) else { return }
    for (role, key) in zip(stream.roles, [builder, reviewer]) {
      try editor.delegate(
        to: role, keys: RoleKeys([key.key], threshold: 1), paths: .patterns([present(PathPattern("\(stream)/*"))]))
    }
  }

  package func manifest(
    _ stream: Stream, _ serial: Serial, _ letter: Letter, path: RelativePath, old: [UInt8], new: [UInt8],
    closing advisories: [String] = [World.advisory], readers: [ServiceName]? = nil,
    activation: ActivationClass = .restart, isCoherent: Bool = false, now: UTCTime
  ) throws -> Manifest {
    func content(_ bytes: [UInt8]) -> Manifest.Content { .init(digest: Digest(of: bytes), length: bytes.count) }
    let payload = try PayloadEncoder.encode(baseline: old, improved: new)
    return try Manifest(
      stream: stream, serial: serial, created: now,
      source: .init(name: "demo", version: present(PackageVersion("1.2-\(serial.number + 1)"))),
      advisories: advisories.map { try present(Advisory(id: $0, modified: now)) }, activation: activation,
      baselines: [
        .init(
          version: present(PackageVersion("1.2-1")), letter: letter,
          files: [.init(path: path, baseline: content(old), improved: content(new), payload: content(payload))])
      ], readers: readers, isCoherent: isCoherent)
  }

  /// Writes a payload and a manifest, and signs for it with these keys (everybody's where none are named).
  ///
  /// - Parameter roles: who names the manifest; build role and review role of its stream where none are given.
  package mutating func publish(
    _ manifest: Manifest, at place: String? = nil, payload: [UInt8], now: UTCTime, by roles: [String]? = nil,
    keys: [SigningKey]? = nil
  ) throws {
    try repository.write(payload, to: path("payloads/\(Digest(of: payload))"))
    let place = place ?? manifest.stream.manifestPath(manifest.serial)
    let stream = try present(Stream.named(byManifestPath: place)?.stream)
    if stream.release == "debian-12", stream.architecture == "amd64" { try delegate(stream) }
    try describe(manifest.bytes, at: place, by: roles ?? stream.roles)
    try write(now: now, keys: keys)
  }

  /// Writes a target's file and has roles name it; `write` signs.
  package mutating func describe(_ bytes: [UInt8], at place: String, by roles: [String]) throws {
    let target = try path("targets/\(place)")
    let folder = try present(target.parent)
    _ = try repository.creatingDirectory(folder)
    try repository.write(bytes, to: present(folder.appending("\(Digest(of: bytes)).\(target.name)")))
    for role in roles {
      try editor.setTarget(present(TargetPath(place)), length: bytes.count, sha256: Digest(of: bytes), in: role)
    }
  }

  /// Takes an improvement's manifest out of the metadata again.
  package mutating func withdrawTarget(_ stream: Stream, _ serial: Serial, now: UTCTime) throws {
    for role in stream.roles {
      try editor.removeTarget(present(TargetPath(stream.manifestPath(serial))), in: role)
    }
    try write(now: now)
  }

  package mutating func write(now: UTCTime, keys: [SigningKey]? = nil) throws {
    for file in try editor.publish(signingWith: keys ?? everybody, now: now) {
      try repository.write(file.bytes, to: path("metadata/\(file.name)"))
    }
  }
}

/// What must be there for a test to mean anything.
package func present<T>(_ value: T?) throws -> T {
  guard let value else { throw ConfigurationFile.Refusal("something that a test needs is not there") }
  return value
}
