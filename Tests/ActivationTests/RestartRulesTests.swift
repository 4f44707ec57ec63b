import Testing

@testable import Activation

/// What an administrator says about restarting, and what wins over what.
@Suite struct RestartRulesTests {
  @Test(arguments: [
    ("nginx.service", ["nginx.service"]), ("nginx", ["nginx", "nginx.service"]),
    ("demo.v2", ["demo.v2", "demo.v2.service"]),
    ("postgresql@*.service", ["postgresql@*.service"]), ("postgresql@.service", ["postgresql@*.service"]),
    ("postgresql@", ["postgresql@*"]), ("post*", ["post*"]), ("*", ["*"]), ("init.scope", ["init.scope"]),
  ]) func `a word is the patterns that systemctl's users expect`(word: String, patterns: [String]) {
    #expect(RestartRules.patterns(of: word) == patterns)
  }

  @Test(arguments: [
    "", "a b", "nginx.socket", "x.timer", "user.slice", "a/b.service", "@x.service", "n?inx.service", "[ab].service",
    "é.service", String(repeating: "a", count: 250) + ".service",
  ]) func `what could be no service's name is no pattern`(word: String) {
    #expect(RestartRules.patterns(of: word) == nil)
  }

  @Test func `a unit has one key, however it is written, and a template has its own`() {
    #expect(RestartRules.key(of: "nginx") == "nginx" && RestartRules.key(of: "nginx.service") == "nginx")
    #expect(RestartRules.key(of: "postgresql@.service") == "postgresql@")
    #expect(RestartRules.key(of: "post*") == nil && RestartRules.key(of: "a.socket") == nil)
  }

  private func reason(_ unit: String..., by rules: RestartRules) -> String? {
    rules.restraint(onNames: unit, builtIn: Restraint.builtIn)?.reason
  }

  @Test func `what is said of a unit wins over patterns, and both over what is built in`() {
    let yes = RestartRules.Override(isRestrained: true, reason: "mine")
    let no = RestartRules.Override(isRestrained: false, reason: "")
    let rules = RestartRules(
      patterns: ["web*.service"],
      overrides: ["docker": no, "web1": no, "db@": yes, "db@test": no, "gdm": no, "sutured": no])
    #expect(reason("web2.service", by: rules)?.contains("DoNotRestart=") == true)
    #expect(reason("web1.service", by: rules) == nil)
    #expect(reason("docker.service", by: rules) == nil && reason("docker.service", by: .none) != nil)
    #expect(reason("dbus.service", by: rules) != nil)
    #expect(reason("db@main.service", by: rules) == "mine" && reason("db@test.service", by: rules) == nil)
    // A unit may have several names, and any of them may be meant.
    #expect(reason("display-manager.service", "gdm.service", by: rules) == nil)
    #expect(reason("sutured.service", by: rules)?.hasPrefix("it is Suture itself") == true)
    #expect(reason("nginx.service", by: rules) == nil)
  }
}
