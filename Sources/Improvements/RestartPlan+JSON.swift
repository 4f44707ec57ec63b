internal import Basics
package import CanonicalJSON

extension RestartPlan {
  /// The plan as `suture apply --dry-run --json` prints it.
  package var json: JSON {
    [
      "streams": .array(streams.map { .string($0.description) }), "class": .string(cost.rawValue),
      "services": .array(services.map { .string($0) }), "steps": .array(steps.map(\.json)),
      "elsewhere": .array(copies.map(\.json)), "unseen": .integer(Int64(unseen)),
      "unknown": .array(unknown.map { .string($0) }),
    ]
  }

  /// Reads a plan back; throws where it is not one.
  package init(_ json: JSON) throws(ManifestError) {
    let fields = try JSONFields.reading(json, at: "plan")
    var streams: [Stream] = []
    for text in try fields.texts("streams", limit: 1 << 16) {
      guard let stream = Stream(text) else { throw .malformed("a plan's stream is none: \(JSON.quoted(text))") }
      streams.append(stream)
    }
    self.init(
      streams: streams, steps: try fields.members("steps", limit: 1 << 20).parsed(by: Step.init),
      copies: try fields.members("elsewhere", limit: 1 << 20).parsed(by: CopyReport.init),
      unseen: Int(try fields.number("unseen", in: 0...Int64(Int32.max))),
      unknown: try fields.texts("unknown", limit: 1 << 16))
  }
}

extension RestartPlan.Step {
  fileprivate var json: JSON {
    let (unit, program): (String?, String?) =
      switch subject {
      case .unit(let name): (name, nil)
      case .program(let name): (nil, name)
      case .machine: (nil, nil)
      }
    return [
      "class": .string(cost.rawValue), "unattended": .bool(isUnattended), "unit": unit.map { .string($0) } ?? .null,
      "program": program.map { .string($0) } ?? .null, "place": .string(place.description),
      "user": user.map { .integer(Int64($0)) } ?? .null, "processes": .integer(Int64(processes)),
      "with": .array(companions.map { .string($0) }), "reason": reason.map { .string($0) } ?? .null,
    ]
  }

  fileprivate init(_ fields: JSONFields) throws(ManifestError) {
    guard let cost = PlanClass(rawValue: try fields.text("class")) else {
      throw .malformed("a step's class is none that is known")
    }
    let subject: Subject
    switch (fields.optionalJSON("unit")?.string, fields.optionalJSON("program")?.string) {
    case (let unit?, nil): subject = .unit(unit)
    case (nil, let program?): subject = .program(program)
    case (nil, nil) where cost >= .softReboot: subject = .machine
    default: throw .malformed("a step is of one unit, of one program, or of the machine")
    }
    self.init(
      cost, isUnattended: fields.optionalJSON("unattended")?.bool ?? false, subject,
      in: ProcessPlace(told: try fields.text("place")),
      user: fields.optionalJSON("user")?.integer.flatMap { UInt32(exactly: $0) },
      processes: Int(try fields.number("processes", in: 0...Int64(Int32.max))),
      companions: try fields.texts("with", limit: 1 << 16), reason: fields.optionalJSON("reason")?.string)
  }
}
