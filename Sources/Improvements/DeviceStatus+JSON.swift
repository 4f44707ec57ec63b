internal import Basics
package import CanonicalJSON

extension DeviceStatus {
  /// The report as `suture status --json` prints it and `GetStatus` returns it.
  package var json: JSON {
    [
      "verdict": .string(verdict.rawValue),
      "components": .array(components.map(\.json)),
      "lastFreshLook": lastFreshLook.map { .string($0.description) } ?? .null,
      "automatic": .bool(automatic),
      "transparency": .string(transparencyRequired ? "required" : "off"),
      "log": .string(Self.logAccount),
      "limits": .array(limits.map { .string($0) }),
    ]
  }

  /// Reads a report back; throws where it is not one.
  package init(_ json: JSON) throws(ManifestError) {
    let fields = try JSONFields.reading(json, at: "status")
    guard let verdict = Verdict(rawValue: try fields.text("verdict")) else {
      throw .malformed("the verdict is none that is known")
    }
    var lastFreshLook: UTCTime?
    if let json = fields.optionalJSON("lastFreshLook"), json != .null {
      lastFreshLook = try fields.time("lastFreshLook")
    }
    self.init(
      verdict: verdict,
      components: try fields.members("components", limit: 1 << 20).parsed(by: Component.init),
      lastFreshLook: lastFreshLook,
      automatic: fields.optionalJSON("automatic")?.bool ?? false,
      transparencyRequired: try fields.text("transparency") == "required",
      limits: try fields.texts("limits", limit: 1 << 10))
  }
}

extension DeviceStatus.Component {
  var json: JSON {
    [
      "stream": .string(stream.description), "serial": .integer(serial.number), "letter": .string(letter.description),
      "baseline": .string(baseline.description), "fixedIn": .string(fixedIn.description),
      "state": .string(state.name), "detail": .string(state.detail),
      "advisories": .array(advisories.map { .string($0) }),
      "files": .array(files.map { .string($0.description) }), "payloadBytes": .integer(Int64(payloadBytes)),
      "since": .string(since.description), "processes": .array(processes.map(\.json)),
      "log": .string(DeviceStatus.logAccount),
    ]
  }

  init(_ fields: JSONFields) throws(ManifestError) {
    guard let stream = Stream(try fields.text("stream")),
      let serial = Serial(try fields.number("serial", in: 1...Serial.greatest)),
      let letter = Letter(try fields.text("letter")),
      let state = ImprovementState(name: try fields.text("state"), detail: try fields.text("detail"))
    else { throw .malformed("a component's stream, serial, letter or state is not one") }
    var files: [RelativePath] = []
    for text in try fields.texts("files", limit: Manifest.fileLimit) {
      guard let path = RelativePath(text) else { throw .malformed("a file's path is not one: \(text)") }
      files.append(path)
    }
    self.init(
      stream: stream, serial: serial, letter: letter, baseline: try fields.version("baseline"),
      fixedIn: try fields.version("fixedIn"), state: state,
      advisories: try fields.texts("advisories", limit: Manifest.noteLimit), files: files,
      payloadBytes: Int(try fields.number("payloadBytes", in: 0...Serial.greatest)), since: try fields.time("since"),
      processes: try fields.members("processes", limit: 1 << 20).parsed(by: ProcessReport.init))
  }
}

extension ProcessReport {
  var json: JSON {
    [
      "pid": .integer(Int64(pid)), "name": .string(name), "service": service.map { .string($0) } ?? .null,
      "exposure": .string(exposure.rawValue), "mapped": .string(mapped), "identity": .string(identity),
    ]
  }

  init(_ fields: JSONFields) throws(ManifestError) {
    guard let exposure = Exposure(rawValue: try fields.text("exposure")) else {
      throw .malformed("a process's exposure is none that is known")
    }
    self.init(
      pid: Int32(try fields.number("pid", in: 0...Int64(Int32.max))), name: try fields.text("name"),
      service: fields.optionalJSON("service")?.string, exposure: exposure, mapped: try fields.text("mapped"),
      identity: try fields.text("identity"))
  }
}
