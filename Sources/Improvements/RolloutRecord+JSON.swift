internal import Basics
package import CanonicalJSON

extension RolloutRecord {
  /// Reads a record.
  ///
  /// Members that it does not know are passed over: what an older device must not pass over gets a new format number.
  package init(parsing bytes: [UInt8]) throws(RolloutError) {
    guard bytes.count <= Self.byteLimit else {
      throw .malformed("it has \(bytes.count) bytes, and \(Self.byteLimit) are allowed")
    }
    let parts: (release: String, architecture: String, sequence: Int64, rollouts: [Rollout])
    do throws(ManifestError) {
      let json: JSON
      do { json = try JSON(parsing: bytes) } catch { throw .malformed("\(error)") }
      let fields = try JSONFields.reading(json, at: "rollout record")
      let format = try fields.number("format", in: 1...Serial.greatest)
      guard format == Self.format else { throw .unknownFormat(format) }
      parts = (
        try fields.text("release"), try fields.text("architecture"),
        try fields.number("sequence", in: 1...Serial.greatest),
        try fields.members("rollouts", limit: Self.rolloutLimit).parsed(by: Rollout.init)
      )
    } catch {
      throw RolloutError(error)
    }
    try self.init(
      release: parts.release, architecture: parts.architecture, sequence: parts.sequence, rollouts: parts.rollouts)
  }

  /// The record as JSON.
  package var json: JSON {
    [
      "format": .integer(Self.format), "release": .string(release), "architecture": .string(architecture),
      "sequence": .integer(sequence), "rollouts": .array(rollouts.map(\.json)),
    ]
  }

  /// The record as it is published and hashed: one line, members in order.
  package var bytes: [UInt8] { Array(json.compactText.utf8) }
}

extension RolloutRecord.Rollout {
  init(_ fields: JSONFields) throws(ManifestError) {
    let streamText = try fields.text("stream")
    guard let stream = Stream(streamText) else { throw .malformed("a stream is not one: \(JSON.quoted(streamText))") }
    guard let serial = Serial(try fields.number("serial", in: 1...Serial.greatest)) else {
      throw .malformed("a serial is out of range")
    }
    self.init(
      stream: stream, serial: serial, manifest: try fields.digest("manifest"), schedules: try RingSchedules(fields),
      frozenAt: fields.has("frozenAt") ? try fields.time("frozenAt") : nil)
  }

  /// The rollout as JSON.
  package var json: JSON {
    var members = schedules.members
    members["stream"] = .string(stream.description)
    members["serial"] = .integer(serial.number)
    members["manifest"] = .string(manifest.hex)
    members["frozenAt"] = frozenAt.map { .string($0.description) }
    return .object(members)
  }
}

extension RingSchedules {
  /// Reads the schedule of each ring from the members of an object; each must be there.
  init(_ fields: JSONFields) throws(ManifestError) {
    self.init(early: try RolloutSchedule(fields, Ring.early), late: try RolloutSchedule(fields, Ring.late))
  }

  /// One member for each ring.
  package var members: [String: JSON] {
    Dictionary(uniqueKeysWithValues: Ring.allCases.map { ($0.rawValue, self[$0].json) })
  }
}

extension RolloutSchedule {
  init(_ fields: JSONFields, _ ring: Ring) throws(ManifestError) {
    guard fields.has(ring.rawValue) else { throw .malformed("it has no schedule for the ring \(ring.rawValue)") }
    let points = try fields.members(ring.rawValue, limit: Self.pointLimit).parsed { point throws(ManifestError) in
      Point(try point.time("time"), Int(try point.number("share", in: 0...Int64(Cohort.count))))
    }
    do { try self.init(points) } catch { throw .malformed("\(error)") }
  }

  /// The points as JSON.
  package var json: JSON {
    .array(points.map { ["share": .integer(Int64($0.share)), "time": .string($0.time.description)] })
  }
}

extension RolloutError {
  /// What the shared reading of members refused, said of a rollout record.
  init(_ error: ManifestError) {
    switch error {
    case .malformed(let what): self = .malformed(what)
    case .unknownFormat(let number): self = .unknownFormat(number)
    }
  }
}
