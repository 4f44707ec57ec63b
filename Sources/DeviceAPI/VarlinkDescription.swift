/// An interface as Varlink's interface definition language describes it (https://varlink.org/Interface-Definition).
package struct VarlinkDescription: Sendable {
  /// What a member may hold.
  package indirect enum ValueType: Sendable, Hashable {
    case bool
    case int
    case float
    case string
    /// Any JSON object.
    case object
    /// Any JSON value.
    case any
    /// A type that the interface declares.
    case named(String)
    case array(ValueType)
    case dictionary(ValueType)
    case optional(ValueType)
    case structure([Member])
    case enumeration([String])
  }

  /// A named member of an object.
  package struct Member: Sendable, Hashable {
    package let name: String
    package let type: ValueType
  }

  /// What a method takes and gives.
  package struct Method: Sendable, Hashable {
    package let input: [Member]
    package let output: [Member]
  }

  /// The text.
  package let text: String
  /// The interface's name, in reverse-domain form.
  package let name: String
  /// The types that it declares.
  package let types: [String: ValueType]
  /// Its methods.
  package let methods: [String: Method]
  /// Its errors, and what each carries.
  package let errors: [String: [Member]]

  /// Reads a description; throws where it is not one, declares a name twice, or uses a type that it does not declare.
  package init(parsing text: String) throws(VarlinkError) {
    var parser = try VarlinkDescriptionParser(text)
    try parser.parse()
    self.text = text
    name = parser.name
    types = parser.types
    methods = parser.methods
    errors = parser.errors
    try requireDeclaredTypes()
  }

  private func requireDeclaredTypes() throws(VarlinkError) {
    for type in types.values { try requireDeclared(type) }
    for method in methods.values { try requireDeclared(.structure(method.input + method.output)) }
    for members in errors.values { try requireDeclared(.structure(members)) }
  }

  private func requireDeclared(_ type: ValueType) throws(VarlinkError) {
    switch type {
    case .named(let name):
      if types[name] == nil { throw .notADescription(line: 1, reason: "the type \(name) is nowhere declared") }
    case .array(let element), .dictionary(let element), .optional(let element): try requireDeclared(element)
    case .structure(let members): for member in members { try requireDeclared(member.type) }
    case .bool, .int, .float, .string, .object, .any, .enumeration: break
    }
  }
}
