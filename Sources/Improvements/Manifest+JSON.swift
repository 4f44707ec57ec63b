internal import Basics
package import CanonicalJSON

extension Manifest {
  /// Reads a manifest.
  ///
  /// Members that it does not know are passed over: what an older device must not pass over gets a new format number.
  package init(parsing bytes: [UInt8]) throws(ManifestError) {
    guard bytes.count <= Self.byteLimit else {
      throw .malformed("it has \(bytes.count) bytes, and \(Self.byteLimit) are allowed")
    }
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw .malformed("\(error)") }
    let fields = try JSONFields.reading(json, at: "manifest")
    let format = try fields.number("format", in: 1...Serial.greatest)
    guard format == Self.format else { throw .unknownFormat(format) }
    let streamText = try fields.text("stream")
    guard let stream = Stream(streamText) else { throw .malformed("its stream is not one: \(JSON.quoted(streamText))") }
    guard let serial = Serial(try fields.number("serial", in: 1...Serial.greatest)) else {
      throw .malformed("its serial is out of range")
    }
    let activationText = try fields.text("activation")
    guard let activation = ActivationClass(rawValue: activationText) else {
      throw .malformed("its activation is none that is known: \(JSON.quoted(activationText))")
    }
    let source = try fields.member("source")
    try self.init(
      stream: stream, serial: serial, created: fields.time("created"),
      source: Source(name: source.text("package"), version: source.version("version")),
      advisories: fields.members("advisories", limit: Self.noteLimit).parsed(by: Advisory.init),
      activation: activation,
      baselines: fields.members("baselines", limit: Self.baselineLimit).parsed(by: Baseline.init),
      omitted: fields.members("omitted", limit: Self.noteLimit).parsed(by: Omission.init),
      siblings: fields.texts("siblings", limit: Self.noteLimit),
      rollout: fields.has("rollout") ? RingSchedules(fields.member("rollout")) : nil,
      probes: fields.members("probes", limit: Probe.countLimit).parsed(by: Probe.init),
      probation: fields.has("probation") ? .seconds(fields.number("probation", in: Self.probationSeconds)) : nil,
      readers: fields.has("readers") ? Self.readers(fields) : nil,
      isCoherent: fields.has("coherent") ? fields.flag("coherent") : false)
  }

  private static func readers(_ fields: JSONFields) throws(ManifestError) -> [ServiceName] {
    try fields.texts("readers", limit: readerLimit).parsed { text throws(ManifestError) in
      guard let name = ServiceName(text) else {
        throw .malformed("a reader is no service's name such as nginx.service: \(JSON.quoted(text))")
      }
      return name
    }
  }

  /// The manifest as JSON.
  package var json: JSON {
    var members: [String: JSON] = [
      "format": .integer(Self.format),
      "stream": .string(stream.description),
      "serial": .integer(serial.number),
      "created": .string(created.description),
      "source": ["package": .string(source.name), "version": .string(source.version.description)],
      "advisories": .array(advisories.map(\.json)),
      "activation": .string(activation.rawValue),
      "baselines": .array(baselines.map(\.json)),
      "omitted": .array(omitted.map(\.json)),
      "siblings": .array(siblings.map { .string($0) }),
    ]
    members["rollout"] = rollout.map { .object($0.members) }
    if !probes.isEmpty { members["probes"] = .array(probes.map(\.json)) }
    members["probation"] = probation.map { .integer($0.components.seconds) }
    members["readers"] = readers.map { .array($0.map { .string($0.description) }) }
    if isCoherent { members["coherent"] = .bool(true) }
    return .object(members)
  }

  /// The manifest as it is published and hashed: one line, members in order.
  package var bytes: [UInt8] { Array(json.compactText.utf8) }
}

extension Manifest.Baseline {
  init(_ fields: JSONFields) throws(ManifestError) {
    let letterText = try fields.text("letter")
    guard let letter = Letter(letterText) else { throw .malformed("a letter is not one: \(JSON.quoted(letterText))") }
    self.init(
      version: try fields.version("version"), letter: letter,
      files: try fields.members("files", limit: Manifest.fileLimit).parsed(by: Manifest.File.init))
  }

  var json: JSON {
    [
      "version": .string(version.description), "letter": .string(letter.description),
      "files": .array(files.map(\.json)),
    ]
  }
}

extension Manifest.File {
  init(_ fields: JSONFields) throws(ManifestError) {
    self.init(
      path: try fields.path("path"), baseline: try Manifest.Content(fields.member("baseline")),
      improved: try Manifest.Content(fields.member("improved")),
      payload: try Manifest.Content(fields.member("payload")))
  }

  var json: JSON {
    [
      "path": .string(path.description), "baseline": baseline.json, "improved": improved.json, "payload": payload.json,
    ]
  }
}

extension Manifest.Content {
  init(_ fields: JSONFields) throws(ManifestError) {
    self.init(
      digest: try fields.digest("sha256"), length: Int(try fields.number("length", in: 0...Self.byteLimit)))
  }

  var json: JSON { ["sha256": .string(digest.hex), "length": .integer(Int64(length))] }
}

extension Manifest.Omission {
  init(_ fields: JSONFields) throws(ManifestError) {
    self.init(path: try fields.path("path"), reason: try fields.text("reason"))
  }

  var json: JSON { ["path": .string(path.description), "reason": .string(reason)] }
}
