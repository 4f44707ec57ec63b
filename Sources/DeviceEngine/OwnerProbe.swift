package import Improvements
internal import Linux

/// A probe that the owner added: `probes.d/NAME.conf`.
package struct OwnerProbe: Sendable, Hashable {
  /// What is asked.
  package let probe: Probe
  /// The components that it concerns; nil for every one.
  package let components: Set<String>?

  /// The most files of probes.
  static let countLimit = 64
  private static let keys: Set<String> = ["Program", "User", "Port", "Page", "Components", "TimeLimit"]

  /// Reads a file with one section `[Probe]`: one of `Program=` (words separated by spaces, no quoting; runs as root, or as
  /// `User=`), `Port=` and `Page=PORT/PATH`; and any of `Components=` and `TimeLimit=`.
  init(_ file: ConfigurationFile, name: String) throws(DeviceError) {
    for assignment in file.assignments where assignment.section != "Probe" || !Self.keys.contains(assignment.key) {
      throw .badSetting(
        "\(assignment.file):\(assignment.line): there is no setting [\(assignment.section)] \(assignment.key)= of a probe"
      )
    }
    func text(_ key: String) -> String? {
      guard let value = file.value(key, in: "Probe"), !value.isEmpty else { return nil }
      return value
    }
    var questions: [Probe.Question] = []
    if let program = text("Program") {
      questions.append(.program(program.split(separator: " ").map(String.init), user: text("User") ?? "root"))
    }
    if let port = text("Port") { questions.append(.connection(port: UInt16(port) ?? 0)) }
    if let page = text("Page") {
      let port = page.prefix { $0 != "/" }
      questions.append(.page(port: UInt16(port) ?? 0, path: String(page[port.endIndex...])))
    }
    guard let question = questions.first, questions.count == 1 else {
      throw .badSetting("\(name): a probe has one of Program=, Port= and Page=")
    }
    let limit = try text("TimeLimit").map { value throws(DeviceError) in
      try SettingsReading.span(value, "\(name): TimeLimit")
    }
    do { probe = try Probe(question, limit: limit ?? Probe.standardLimit) } catch {
      throw .badSetting("\(name) is refused: \(error)")
    }
    components = text("Components").map { Set($0.split(separator: " ").map(String.init)) }
  }

  /// Whether it is asked when a component is improved.
  func concerns(_ component: String) -> Bool { components?.contains(component) ?? true }
}
