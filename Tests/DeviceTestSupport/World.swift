package import Activation
package import Basics
internal import BinaryDelta
internal import Delivery
package import DeviceEngine
package import Grafting
package import Improvements
package import Journal
package import Linux
package import TUF
package import TestSupport

/// A publisher and a device in one temporary directory, with a real repository between them.
package struct World {
  package let temporary: TemporaryDirectory
  package let now = UTCTime(secondsSinceEpoch: 1_795_467_240)
  package let repository: Directory
  package var publisher: SimulatedPublisher
  package let stream: Stream
  package let file: RelativePath
  package let old: [UInt8]
  package let new: [UInt8]

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
    self.old = old ?? (0..<600).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    self.new = new ?? (0..<640).map { UInt8(truncatingIfNeeded: ($0 &* 7) ^ ($0 / 300)) }
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
  package mutating func publish(serial: Serial = .first, letter: Letter = .a, improved: [UInt8]? = nil) throws {
    let improved = improved ?? new
    try publisher.publish(
      publisher.manifest(stream, serial, letter, path: file, old: old, new: improved, now: now),
      payload: PayloadEncoder.encode(baseline: old, improved: improved), now: now)
  }

  /// Starts the device, as the daemon does.
  package func device(
    services: [ServiceDefinition] = [], now time: UTCTime? = nil, policy: String? = nil
  ) async throws -> RunningDevice {
    let layout = try DeviceLayout(root: deviceRoot)
    if let policy {
      _ = try layout.configuration.creatingDirectory(path("policy.d"))
      try layout.configuration.write(Array(policy.utf8), to: path("policy.d/10-test.conf"))
    }
    try layout.clearLeftovers()
    let running = try RunningDevice(layout, services: services, now: time ?? now)
    try await running.device.recover()
    await running.supervisor.startAll()
    return running
  }
}

/// A device as the daemon wires it, over a directory for a repository.
package struct RunningDevice {
  package let device: Device
  package let supervisor: Supervisor
  package let layout: DeviceLayout
  package let farm: LinkFarm
  package let journal: Journal

  package init(_ layout: DeviceLayout, services: [ServiceDefinition], now: UTCTime) throws {
    self.layout = layout
    let settings = try layout.settings()
    let store = Store(in: layout.store)
    let farm = LinkFarm(root: layout.root, farm: layout.farm, store: store)
    journal = try Journal(in: layout.state)
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
        journal: journal, store: store, backend: farm, manager: supervisor,
        scanner: try ExposureScanner(selfTestedOn: [probe]), now: { now }), settings: settings)
    self.farm = farm
  }

  /// The content that a program started now would load.
  package func loaded(_ file: RelativePath) throws -> [UInt8] {
    let name = try farm.name(of: file)
    return try Directory(path: "/", links: .withinRoot).read(path(String(name.dropFirst())), limit: 1 << 24)
  }
}

/// A publisher's side in memory that signs on demand and writes a real repository: two people must sign an improvement.
package struct SimulatedPublisher {
  package static let role = "improvements"
  package let builder = SigningKey()
  package let reviewer = SigningKey()
  package let third = SigningKey()
  package let root = SigningKey()
  package let online = SigningKey()
  private var editor: RepositoryEditor
  private let repository: Directory
  package private(set) var rootBytes: [UInt8] = []

  package var everybody: [SigningKey] { [root, online, builder, reviewer] }

  package init(repository: Directory, now: UTCTime) throws {
    self.repository = repository
    editor = try RepositoryEditor(
      root: RoleKeys([root.key], threshold: 1), targets: RoleKeys([root.key], threshold: 1),
      snapshot: RoleKeys([online.key], threshold: 1), timestamp: RoleKeys([online.key, root.key], threshold: 1))
    try editor.delegate(
      to: Self.role, keys: RoleKeys([builder.key, reviewer.key, third.key], threshold: 2),
      paths: .patterns([present(PathPattern("debian-12/amd64/*/*.json"))]))
    for folder in ["metadata", "targets", "payloads"] { _ = try repository.creatingDirectory(path(folder)) }
    try write(now: now)
    rootBytes = try repository.read(path("metadata/1.root.json"), limit: 1 << 20)
  }

  package func manifest(
    _ stream: Stream, _ serial: Serial, _ letter: Letter, path: RelativePath, old: [UInt8], new: [UInt8], now: UTCTime
  ) throws -> Manifest {
    func content(_ bytes: [UInt8]) -> Manifest.Content { .init(digest: Digest(of: bytes), length: bytes.count) }
    let payload = try PayloadEncoder.encode(baseline: old, improved: new)
    return try Manifest(
      stream: stream, serial: serial, created: now,
      source: .init(name: "demo", version: present(PackageVersion("1.2-\(serial.number + 1)"))),
      advisories: [present(Advisory(id: "CVE-2026-0001", modified: now))], activation: .restart,
      baselines: [
        .init(
          version: present(PackageVersion("1.2-1")), letter: letter,
          files: [.init(path: path, baseline: content(old), improved: content(new), payload: content(payload))])
      ])
  }

  /// Writes a payload and a manifest, and signs for it with these keys (everybody's where none are named).
  package mutating func publish(
    _ manifest: Manifest, at place: String? = nil, payload: [UInt8], now: UTCTime, keys: [SigningKey]? = nil
  ) throws {
    try repository.write(payload, to: path("payloads/\(Digest(of: payload))"))
    let bytes = manifest.bytes
    let place = place ?? manifest.stream.manifestPath(manifest.serial)
    let target = try path("targets/\(place)")
    let folder = try present(target.parent)
    _ = try repository.creatingDirectory(folder)
    try repository.write(bytes, to: present(folder.appending("\(Digest(of: bytes)).\(target.name)")))
    try editor.setTarget(
      present(TargetPath(place)), length: bytes.count, sha256: Digest(of: bytes), in: Self.role)
    try write(now: now, keys: keys)
  }

  /// Takes an improvement's manifest out of the metadata again.
  package mutating func withdrawTarget(_ stream: Stream, _ serial: Serial, now: UTCTime) throws {
    try editor.removeTarget(present(TargetPath(stream.manifestPath(serial))), in: Self.role)
    try write(now: now)
  }

  package mutating func write(now: UTCTime, keys: [SigningKey]? = nil) throws {
    for file in try editor.publish(signingWith: keys ?? everybody + [third], now: now) {
      try repository.write(file.bytes, to: path("metadata/\(file.name)"))
    }
  }
}

/// What must be there for a test to mean anything.
package func present<T>(_ value: T?) throws -> T {
  guard let value else { throw ConfigurationFile.Refusal("something that a test needs is not there") }
  return value
}
