package import Linux

/// A service of the built-in supervisor: `NAME.service` with systemd's `[Service]` section, cut to what it needs.
package struct ServiceDefinition: Sendable, Hashable {
  /// Its name, the file's without `.service`.
  package let name: String
  /// The program, an absolute path.
  package let executable: String
  /// Its arguments.
  package let arguments: [String]
  /// Its environment beyond what the supervisor adds.
  package let environment: [String: String]

  /// Reads `ExecStart=` (words separated by spaces, no quoting) and any number of `Environment=NAME=value`.
  package init(name: String, _ file: ConfigurationFile) throws(ServiceError) {
    let known = ["ExecStart", "Environment"]
    for assignment in file.assignments where assignment.section == "Service" && !known.contains(assignment.key) {
      throw .malformed(
        "\(name).service:\(assignment.line): \(assignment.key) is not supported by the built-in supervisor")
    }
    guard let words = file.value("ExecStart", in: "Service")?.split(separator: " ").map(String.init),
      let program = words.first, program.hasPrefix("/")
    else { throw .malformed("\(name).service: ExecStart= must name a program by an absolute path") }
    var environment: [String: String] = [:]
    for text in file.values("Environment", in: "Service") {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw .malformed("\(name).service: Environment= is written NAME=value")
      }
      environment[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    self.name = name
    executable = program
    arguments = Array(words.dropFirst())
    self.environment = environment
  }
}
