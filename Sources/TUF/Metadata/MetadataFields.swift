internal import Basics
internal import CanonicalJSON

/// Strict access to one object of a metadata file; every refusal names the file.
struct MetadataFields {
  let file: String
  let fields: JSONFields

  init(parsing bytes: [UInt8], file: String, byteLimit: Int) throws(Refusal) {
    guard bytes.count <= byteLimit else { throw .tooLong(file: file, limit: byteLimit) }
    let limits = JSON.Limits(depth: Limits.nesting, byteCount: byteLimit)
    let fields: JSONFields
    do {
      fields = try JSONFields(try JSON(parsing: bytes, limits: limits), at: "")
    } catch {
      throw .malformed(file: file, error)
    }
    self.init(file: file, fields: fields)
  }

  init(file: String, fields: JSONFields) {
    self.file = file
    self.fields = fields
  }

  private func reading<Value>(_ body: () throws(JSONError) -> Value) throws(Refusal) -> Value {
    do { return try body() } catch { throw .malformed(file: file, error) }
  }

  var json: JSON { fields.json }

  /// Where the object stands in its file, for sentences.
  var path: String { fields.path }

  func path(of name: String) -> String { fields.path(of: name) }

  var names: [String] { fields.names }

  func has(_ name: String) -> Bool { fields.has(name) }

  func requireOnly(_ names: Set<String>) throws(Refusal) {
    try reading { () throws(JSONError) in try fields.requireOnly(names) }
  }

  func string(_ name: String) throws(Refusal) -> String {
    try reading { () throws(JSONError) in try fields.string(name) }
  }

  func strings(_ name: String) throws(Refusal) -> [String] {
    try reading { () throws(JSONError) in try fields.strings(name) }
  }

  func optionalBool(_ name: String) throws(Refusal) -> Bool? {
    try reading { () throws(JSONError) in try fields.optionalBool(name) }
  }

  func integer(_ name: String, in range: ClosedRange<Int64>) throws(Refusal) -> Int64 {
    try reading { () throws(JSONError) in try fields.integer(name, in: range) }
  }

  func object(_ name: String) throws(Refusal) -> MetadataFields {
    let object = try reading { () throws(JSONError) in try fields.object(name) }
    return MetadataFields(file: file, fields: object)
  }

  func objects(_ name: String) throws(Refusal) -> [MetadataFields] {
    let objects = try reading { () throws(JSONError) in try fields.objects(name) }
    return objects.map { MetadataFields(file: file, fields: $0) }
  }

  /// A time, in the one spelling that there is.
  ///
  /// 4.2.2: “The expected format of the combined date and time string is "YYYY-MM-DDTHH:MM:SSZ".”
  func time(_ name: String) throws(Refusal) -> UTCTime {
    let text = try string(name)
    guard let time = UTCTime(text) else { throw .badTime(file: file, path: fields.path(of: name), text: text) }
    return time
  }
}
