import Basics
import BinaryDelta
import DeltaEncoding
import DeviceTestSupport
import Grafting
import Improvements
import Linux
import TestSupport

/// A world whose component has three files in three directories, so that there is something between nothing and all.
struct CrashWorld {
  private(set) var world: World
  private var published: [Serial: Set<Graft>] = [:]
  /// The baseline's files with their permission bits.
  let baseline: [(path: RelativePath, bytes: [UInt8], mode: UInt32)]

  init() throws {
    world = try World(inMemory: true)
    let device = try Directory(path: world.deviceRoot)
    func file(_ name: String, _ length: Int, _ factor: Int, mode: UInt32) throws -> (RelativePath, [UInt8], UInt32) {
      let place = try path(name)
      let bytes = World.library + (0..<length).map { UInt8(truncatingIfNeeded: $0 &* factor ^ ($0 >> 7)) }
      if let folder = place.parent { _ = try device.creatingDirectory(folder) }
      try device.write(bytes, to: place, mode: mode)
      return (place, bytes, mode)
    }
    baseline = try [
      file("usr/lib/libdemo.so.1.2", 3_000, 7, mode: 0o644), file("usr/lib/demo/plugin.so", 1_200, 11, mode: 0o644),
      file("usr/bin/demo", 700, 13, mode: 0o755),
    ]
  }

  var root: String { world.deviceRoot }

  /// The notes of a run, beside the device.
  var notes: Directory { world.temporary.directory }

  func folder() throws -> Directory { try Directory(path: root) }

  /// The improved form of a file in a serial; it begins as it did.
  static func improved(_ bytes: [UInt8], _ serial: Serial) -> [UInt8] {
    let number = UInt8(truncatingIfNeeded: serial.number)
    let rest = bytes.dropFirst(World.library.count)
    return World.library + rest.enumerated().map { $0.offset % 97 == 0 ? $0.element ^ number : $0.element }
      + [number, 1, 2, 3]
  }

  /// The grafts of a serial; none for no serial.
  func grafts(_ serial: Serial?) -> Set<Graft> { serial.flatMap { published[$0] } ?? [] }

  private func grafts(improvedBy serial: Serial) -> Set<Graft> {
    Set(
      baseline.map { file in
        let key = Store.Key(digest: Digest(of: Self.improved(file.bytes, serial)), mode: file.mode)
        return Graft(path: file.path, file: key)
      })
  }

  /// Publishes a serial that improves all files.
  mutating func publish(_ serial: Serial, _ letter: Letter, activation: ActivationClass = .restart) throws {
    var files: [Manifest.File] = []
    var payloads: [[UInt8]] = []
    func content(_ bytes: [UInt8]) -> Manifest.Content { .init(digest: Digest(of: bytes), length: bytes.count) }
    for file in baseline {
      let new = Self.improved(file.bytes, serial)
      let payload = try PayloadEncoder.encode(baseline: file.bytes, improved: new)
      payloads.append(payload)
      files.append(
        .init(path: file.path, baseline: content(file.bytes), improved: content(new), payload: content(payload)))
    }
    let manifest = try Manifest(
      stream: world.stream, serial: serial, created: world.now,
      source: .init(name: "demo", version: present(PackageVersion("1.2-\(serial.number + 1)"))),
      advisories: [present(Advisory(id: "CVE-2026-0001", modified: world.now))], activation: activation,
      baselines: [.init(version: present(PackageVersion("1.2-1")), letter: letter, files: files)])
    for payload in payloads {
      try world.repository.write(payload, to: path("payloads/\(Digest(of: payload))"))
    }
    try world.publisher.publish(manifest, payload: present(payloads.first), now: world.now)
    published[serial] = grafts(improvedBy: serial)
  }

  /// Replaces a baseline file as a package upgrade does.
  func upgrade() throws {
    let file = try present(baseline.first)
    try folder().write(file.bytes.reversed(), to: file.path, mode: file.mode)
  }

  /// Starts the device in this process, as the daemon does.
  func start(isBoot: Bool = false) async throws -> RunningDevice { try await world.device(isBoot: isBoot) }
}
