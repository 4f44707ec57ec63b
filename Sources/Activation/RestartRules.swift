internal import Improvements

/// What a machine's administrator says about restarting services unattended.
package struct RestartRules: Sendable, Hashable {
  /// What is said of one unit, or of every instance of one template.
  package struct Override: Sendable, Hashable {
    /// Whether it waits for its owner's word; false lifts what is said of names, by the administrator or built in.
    package let isRestrained: Bool
    /// Why it waits, as the end of a sentence.
    package let reason: String

    /// Says whether it waits, and why.
    package init(isRestrained: Bool, reason: String) {
      self.isRestrained = isRestrained
      self.reason = reason
    }
  }

  /// Names of units that wait for their owner's word; a `*` stands for any text.
  package let patterns: [String]
  /// What is said of single units, by their names as `key` has them.
  package var overrides: [String: Override]

  /// Nothing is said.
  package static let none = RestartRules(patterns: [], overrides: [:])

  /// Gathers rules.
  package init(patterns: [String], overrides: [String: Override]) {
    self.patterns = patterns
    self.overrides = overrides
  }

  /// The patterns that a word of a list of units means; nil where no service could have such a name.
  ///
  /// As for systemctl, `nginx` is `nginx.service`, and the built-in supervisor's services have no other names; as in a folder of
  /// unit files, `postgresql@.service` is every instance of that template.
  package static func patterns(of word: String) -> [String]? {
    var text = word
    if let at = word.firstIndex(of: "@"), word[at...].dropFirst().first.map({ $0 == "." }) ?? true {
      text.insert("*", at: word.index(after: at))
    }
    let sample = String(text.map { $0 == "*" ? "x" : $0 })
    if let unit = UnitName(sample) { return unit.kind == .service || text == Systemd.itself ? [text] : nil }
    guard UnitName(sample + service) != nil else { return nil }
    return text.hasSuffix("*") ? [text] : [text, text + service]
  }

  /// What a unit's override is filed under: its name without `.service`, and for a template what its instances begin with;
  /// nil where no service could have such a name.
  package static func key(of name: String) -> String? {
    guard !name.contains("*"), patterns(of: name) != nil else { return nil }
    return name.hasSuffix(service) ? String(name.dropLast(service.count)) : name
  }

  /// Why a service of these names must not be restarted; nil where its names are no reason.
  ///
  /// What is said of the one unit wins over what is said of all that a pattern holds, and that over what is built in. Suture
  /// itself is in the middle of the work.
  func restraint(onNames names: [String], builtIn: [Restraint]) -> ServiceRestraint? {
    if names.contains(where: Restraint.suture.holds) { return Restraint.suture.why }
    if let own = ownRule(of: names) { return own.isRestrained ? ServiceRestraint(own.reason) : nil }
    return (builtIn + [Restraint(patterns, Self.reason)]).first { names.contains(where: $0.holds) }?.why
  }

  private static let service = ".service"
  private static let reason = "its administrator says so (DoNotRestart=); restart it when that may be"

  private func ownRule(of names: [String]) -> Override? {
    guard !overrides.isEmpty else { return nil }
    let keys = names.compactMap(Self.key)
    let templates = keys.compactMap { key in key.firstIndex(of: "@").map { String(key[...$0]) } }
    return (keys + templates).lazy.compactMap { overrides[$0] }.first
  }
}
