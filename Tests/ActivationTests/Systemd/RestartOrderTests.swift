import Testing

@testable import Activation

@Suite struct RestartOrderTests {
  private func groups(_ names: [String], _ after: [String: Set<String>] = [:]) -> [[String]] {
    RestartOrder.groups(names, after: after)
  }

  @Test func `process 1 comes last, whatever it is after`() {
    #expect(groups(["a.service", Systemd.itself, "z.service"]) == [["a.service", "z.service"], [Systemd.itself]])
    let after: [String: Set<String>] = ["a.service": [Systemd.itself]]
    #expect(groups([Systemd.itself, "a.service"], after) == [["a.service"], [Systemd.itself]])
  }

  @Test func `what starts after another is restarted after it, and all else with the first`() {
    let after: [String: Set<String>] = ["a": ["c"], "c": ["d"], "e": ["a", "elsewhere"]]
    #expect(groups(["a", "b", "c", "d", "e"], after) == [["b", "d"], ["c"], ["a"], ["e"]])
    #expect(groups(["b", "a"]) == [["b", "a"]])
  }

  @Test func `a circle loses nothing and ends`() {
    let circle: [String: Set<String>] = ["a": ["b"], "b": ["a", "b"], "c": ["a"]]
    #expect(groups(["c", "a", "b"], circle) == [["c"], ["a"], ["b"]])
    #expect(groups([]).isEmpty)
  }
}
