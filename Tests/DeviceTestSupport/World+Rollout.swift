package import Basics
internal import DeltaEncoding
package import DeviceEngine
package import Improvements
internal import Linux
package import TUF
internal import TestSupport

/// Who holds the online rollout key of a world's publisher.
package struct RolloutDesk {
  package let key = SigningKey()

  /// Has top-level targets trust the key for rollouts.
  package init(in world: inout World) throws {
    try world.publisher.editor.delegate(
      to: "rollout", keys: RoleKeys([key.key], threshold: 1),
      paths: .patterns([present(PathPattern("rollout/*"))]))
    try world.publisher.write(now: world.now, keys: world.publisher.everybody + [key])
  }

  /// Publishes a record of these rollouts.
  package func publish(
    _ rollouts: [RolloutRecord.Rollout], sequence: Int64, in world: inout World, now: UTCTime? = nil,
    architecture: String = "amd64", signingWith other: SigningKey? = nil
  ) throws {
    let record = try RolloutRecord(
      release: "debian-12", architecture: architecture, sequence: sequence, rollouts: rollouts)
    try publish(record.bytes, in: &world, now: now, signingWith: other)
  }

  /// Publishes any bytes as the record.
  package func publish(
    _ bytes: [UInt8], in world: inout World, now: UTCTime? = nil, signingWith other: SigningKey? = nil
  ) throws {
    _ = try world.repository.creatingDirectory(path("targets/rollout"))
    try world.repository.write(bytes, to: path("targets/rollout/\(Digest(of: bytes)).record.json"))
    try world.publisher.editor.setTarget(
      present(TargetPath(RolloutRecord.targetPath)), length: bytes.count, sha256: Digest(of: bytes), in: "rollout")
    try world.publisher.write(now: now ?? world.now, keys: world.publisher.everybody + [other ?? key])
  }
}

extension World {
  /// The manifest of an improvement of the baseline on the device, with a limit of its rollout.
  package func manifest(limit: RingSchedules?, serial: Serial = .first, improved: [UInt8]? = nil) throws -> Manifest {
    let letter = try present(Letter(ordinal: Int(serial.number)))
    let plain = try publisher.manifest(stream, serial, letter, path: file, old: old, new: improved ?? new, now: now)
    return try Manifest(
      stream: plain.stream, serial: plain.serial, created: plain.created, source: plain.source,
      advisories: plain.advisories, activation: plain.activation, baselines: plain.baselines, rollout: limit)
  }

  /// Publishes such an improvement.
  package mutating func publish(limit: RingSchedules?, serial: Serial = .first, improved: [UInt8]? = nil) throws {
    try publisher.publish(
      manifest(limit: limit, serial: serial, improved: improved),
      payload: PayloadEncoder.encode(baseline: old, improved: improved ?? new), now: now)
  }

  /// The rollout of such an improvement.
  package func rollout(
    _ schedules: RingSchedules, limit: RingSchedules? = nil, serial: Serial = .first, frozenAt: UTCTime? = nil
  ) throws -> RolloutRecord.Rollout {
    RolloutRecord.Rollout(
      stream: stream, serial: serial, manifest: Digest(of: try manifest(limit: limit, serial: serial).bytes),
      schedules: schedules, frozenAt: frozenAt)
  }

  /// Signs the timestamp anew: what the device takes for the time.
  package mutating func signTime(_ now: UTCTime) throws {
    try publisher.editor.renew("timestamp")
    try publisher.write(now: now, keys: [publisher.online])
  }

  /// Another device over the same repository, in a folder of its own.
  package func addDevice(_ name: String, ring: Ring = .late, machine: String? = nil) throws -> DeviceLayout {
    let device = try temporary.directory.creatingDirectory(path(name))
    _ = try device.creatingDirectory(path("usr/lib"))
    _ = try device.creatingDirectory(path("etc/suture/trust"))
    try device.write(old, to: file, mode: 0o644)
    try device.link(to: file.name, at: path("usr/lib/libdemo.so.1"))
    try device.write(publisher.rootBytes, to: path("etc/suture/trust/root.json"))
    let settings = "\(Self.settings)\(repository.path)\n[Device]\nRing=\(ring.rawValue)\n"
    try device.write(Array(settings.utf8), to: path("etc/suture/sutured.conf"))
    if let machine { try device.write(Array((machine + "\n").utf8), to: path("etc/machine-id")) }
    return try DeviceLayout(root: temporary.path + "/" + name)
  }

  /// The one device's id, so that its cohorts are known.
  package func setDeviceID(_ id: DeviceID) throws {
    let layout = try DeviceLayout(root: deviceRoot)
    try layout.state.write(Array(#"{"format":1,"id":"\#(id)"}"#.utf8), to: path("device-id"), mode: 0o600)
  }
}
