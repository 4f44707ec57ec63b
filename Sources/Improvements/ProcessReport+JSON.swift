internal import Basics
internal import CanonicalJSON

extension ProcessReport {
  var json: JSON {
    [
      "pid": .integer(Int64(pid)), "name": .string(name), "service": service.map { .string($0) } ?? .null,
      "place": .string(place.description), "exposure": .string(exposure.rawValue), "mapped": .string(mapped),
      "identity": .string(identity), "reads": .bool(reads),
    ]
  }

  init(_ fields: JSONFields) throws(ManifestError) {
    guard let exposure = Exposure(rawValue: try fields.text("exposure")) else {
      throw .malformed("a process's exposure is none that is known")
    }
    self.init(
      pid: Int32(try fields.number("pid", in: 0...Int64(Int32.max))), name: try fields.text("name"),
      service: fields.optionalJSON("service")?.string, place: ProcessPlace(fields), exposure: exposure,
      mapped: try fields.text("mapped"), identity: try fields.text("identity"),
      reads: fields.optionalJSON("reads")?.bool ?? false)
  }
}

extension CopyReport {
  var json: JSON {
    [
      "pid": .integer(Int64(pid)), "name": .string(name), "place": .string(place.description),
      "build": .string(build.rawValue), "mapped": .string(mapped), "identity": .string(identity),
    ]
  }

  init(_ fields: JSONFields) throws(ManifestError) {
    guard let build = Build(rawValue: try fields.text("build")) else {
      throw .malformed("a copy's build is none that is known")
    }
    self.init(
      pid: Int32(try fields.number("pid", in: 0...Int64(Int32.max))), name: try fields.text("name"),
      place: ProcessPlace(fields), build: build, mapped: try fields.text("mapped"),
      identity: try fields.text("identity"))
  }
}

extension ProcessPlace {
  // A device that is older says nothing of places.
  fileprivate init(_ fields: JSONFields) {
    self = fields.optionalJSON("place")?.string.map { ProcessPlace(told: $0) } ?? .unmanaged
  }
}
