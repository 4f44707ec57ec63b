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
      "ring": .string(ring.rawValue),
      "transparency": .string(transparencyRequired ? "required" : "off"),
      "log": .string(logAccount),
      "limits": .array(limits.map { .string($0) }),
      "alarms": .array(alarms.map { .string($0) }),
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
      limits: try fields.texts("limits", limit: 1 << 10),
      ring: fields.optionalJSON("ring")?.string.flatMap { Ring(rawValue: $0) } ?? .late,
      alarms: try fields.texts("alarms", limit: 1 << 10))
  }
}

extension DeviceStatus.Component {
  var json: JSON {
    [
      "stream": .string(stream.description), "serial": .integer(serial.number), "letter": .string(letter.description),
      "baseline": .string(baseline.description), "fixedIn": .string(fixedIn.description),
      "state": .string(state.name), "detail": .string(state.detail), "standing": standing?.json ?? .null,
      "advisories": .array(advisories.map { .string($0) }),
      "files": .array(files.map { .string($0.description) }), "payloadBytes": .integer(Int64(payloadBytes)),
      "since": .string(since.description), "processes": .array(processes.map(\.json)),
      "copies": .array(copies.map(\.json)),
      "log": .string(log.account), "logged": log.json, "turn": turn?.json ?? .null,
      "health": health?.json ?? .null, "pinned": .bool(isPinned),
      "read": read?.json ?? .null,
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
      guard let path = RelativePath(text) else { throw .malformed("a file's path is not one: \(JSON.quoted(text))") }
      files.append(path)
    }
    self.init(
      stream: stream, serial: serial, letter: letter, baseline: try fields.version("baseline"),
      fixedIn: try fields.version("fixedIn"), state: state,
      advisories: try fields.texts("advisories", limit: Manifest.noteLimit), files: files,
      payloadBytes: Int(try fields.number("payloadBytes", in: 0...Serial.greatest)), since: try fields.time("since"),
      processes: try fields.members("processes", limit: 1 << 20).parsed(by: ProcessReport.init),
      copies: try fields.optionalJSON("copies") == nil
        ? [] : fields.members("copies", limit: 1 << 20).parsed(by: CopyReport.init),
      standing: try DeviceStatus.Standing(optional: fields.optionalJSON("standing")),
      turn: try TurnReport(optional: fields.optionalJSON("turn")),
      log: LogStanding(fields.optionalJSON("logged")),
      health: try HealthReport(optional: fields.optionalJSON("health")),
      isPinned: fields.optionalJSON("pinned")?.bool ?? false,
      read: try ReadReport(optional: fields.optionalJSON("read")))
  }
}

extension DeviceStatus.Standing {
  var json: JSON {
    [
      "serial": .integer(serial.number), "letter": .string(letter.description), "state": .string(state.name),
      "detail": .string(state.detail), "since": .string(since.description),
      "advisories": .array(advisories.map { .string($0) }),
    ]
  }

  init?(optional json: JSON?) throws(ManifestError) {
    guard let json, json != .null else { return nil }
    let fields = try JSONFields.reading(json, at: "standing")
    guard let serial = Serial(try fields.number("serial", in: 1...Serial.greatest)),
      let letter = Letter(try fields.text("letter")),
      let state = ImprovementState(name: try fields.text("state"), detail: try fields.text("detail"))
    else { throw .malformed("the serial, letter or state of what stands is not one") }
    self.init(
      serial: serial, letter: letter, state: state, since: try fields.time("since"),
      advisories: try fields.texts("advisories", limit: Manifest.noteLimit))
  }
}

extension TurnReport {
  var json: JSON {
    [
      "cohort": cohort.map { .integer(Int64($0.number)) } ?? .null, "word": .string(word.rawValue),
      "time": time.map { .string($0.description) } ?? .null,
    ]
  }

  init?(optional json: JSON?) throws(ManifestError) {
    guard let json, json != .null else { return nil }
    let fields = try JSONFields.reading(json, at: "turn")
    guard let word = Word(rawValue: try fields.text("word")) else {
      throw .malformed("a turn's word is none that is known")
    }
    self.init(
      cohort: json["cohort"]?.integer.flatMap { Int(exactly: $0) }.flatMap { Cohort($0) }, word: word,
      time: json["time"]?.string.flatMap { UTCTime($0) })
  }
}
