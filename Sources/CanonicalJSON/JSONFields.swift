/// Strict access to the members of one object: each read names what it wants, and an error names the member's path.
public struct JSONFields: Sendable {
  /// Where the object stands, for sentences: `signed.roles.root`.
  public let path: String
  private let members: [String: JSON]

  /// Takes an object; `path` says where it stands.
  public init(_ json: JSON, at path: String) throws(JSONError) {
    guard case .object(let members) = json else {
      throw .wrongKind(path: path, wanted: "an object", found: json.kind)
    }
    self.path = path
    self.members = members
  }

  /// The object itself.
  public var json: JSON { .object(members) }

  /// The members' names, sorted by their bytes.
  public var names: [String] {
    members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether there is a member of this name, whatever it holds.
  public func has(_ name: String) -> Bool { members[name] != nil }

  /// Refuses any member whose name is not listed.
  public func requireOnly(_ names: Set<String>) throws(JSONError) {
    for name in self.names where !names.contains(name) { throw .unknownMember(path: path(of: name)) }
  }

  /// A member of any kind.
  public func json(_ name: String) throws(JSONError) -> JSON {
    guard let value = members[name] else { throw .missing(path: path(of: name)) }
    return value
  }

  /// A string.
  public func string(_ name: String) throws(JSONError) -> String {
    let value = try json(name)
    guard case .string(let text) = value else { throw mismatch(name, "a string", value) }
    return text
  }

  /// An integer within a range.
  public func integer(
    _ name: String, in range: ClosedRange<Int64> = Int64.min...Int64.max
  ) throws(JSONError) -> Int64 {
    let value = try json(name)
    guard case .integer(let number) = value else { throw mismatch(name, "an integer", value) }
    guard range.contains(number) else {
      throw .numberOutOfRange(path: path(of: name), value: number, range: range)
    }
    return number
  }

  /// A truth value.
  public func bool(_ name: String) throws(JSONError) -> Bool {
    let value = try json(name)
    guard case .bool(let flag) = value else { throw mismatch(name, "a truth value", value) }
    return flag
  }

  /// An array of anything.
  public func array(_ name: String) throws(JSONError) -> [JSON] {
    let value = try json(name)
    guard case .array(let elements) = value else { throw mismatch(name, "an array", value) }
    return elements
  }

  /// An array of strings.
  public func strings(_ name: String) throws(JSONError) -> [String] {
    var texts: [String] = []
    for (index, element) in try array(name).enumerated() {
      guard case .string(let text) = element else { throw mismatch("\(name)[\(index)]", "a string", element) }
      texts.append(text)
    }
    return texts
  }

  /// An array of objects.
  public func objects(_ name: String) throws(JSONError) -> [JSONFields] {
    var objects: [JSONFields] = []
    for (index, element) in try array(name).enumerated() {
      objects.append(try JSONFields(element, at: path(of: "\(name)[\(index)]")))
    }
    return objects
  }

  /// An object.
  public func object(_ name: String) throws(JSONError) -> JSONFields {
    try JSONFields(try json(name), at: path(of: name))
  }

  /// A member of any kind, or nil where there is none.
  public func optionalJSON(_ name: String) -> JSON? { members[name] }

  /// A string, or nil where there is no such member; `null` is refused.
  public func optionalString(_ name: String) throws(JSONError) -> String? {
    has(name) ? try string(name) : nil
  }

  /// An integer within a range, or nil where there is no such member; `null` is refused.
  public func optionalInteger(
    _ name: String, in range: ClosedRange<Int64> = Int64.min...Int64.max
  ) throws(JSONError) -> Int64? {
    has(name) ? try integer(name, in: range) : nil
  }

  /// A truth value, or nil where there is no such member; `null` is refused.
  public func optionalBool(_ name: String) throws(JSONError) -> Bool? {
    has(name) ? try bool(name) : nil
  }

  /// An array, or nil where there is no such member; `null` is refused.
  public func optionalArray(_ name: String) throws(JSONError) -> [JSON]? {
    has(name) ? try array(name) : nil
  }

  /// An array of strings, or nil where there is no such member; `null` is refused.
  public func optionalStrings(_ name: String) throws(JSONError) -> [String]? {
    has(name) ? try strings(name) : nil
  }

  /// An array of objects, or nil where there is no such member; `null` is refused.
  public func optionalObjects(_ name: String) throws(JSONError) -> [JSONFields]? {
    has(name) ? try objects(name) : nil
  }

  /// An object, or nil where there is no such member; `null` is refused.
  public func optionalObject(_ name: String) throws(JSONError) -> JSONFields? {
    has(name) ? try object(name) : nil
  }

  /// Where a member stands, for sentences; a name that is not a plain word is quoted.
  public func path(of name: String) -> String {
    let isPlain = !name.isEmpty && name.utf8.count <= 80 && name.utf8.allSatisfy { (0x21..<0x7f).contains($0) }
    let shown = isPlain ? name : JSON.quoted(name)
    return path.isEmpty ? shown : path + "." + shown
  }

  private func mismatch(_ name: String, _ wanted: String, _ found: JSON) -> JSONError {
    .wrongKind(path: path(of: name), wanted: wanted, found: found.kind)
  }
}
