import Testing

@testable import Activation

@Suite struct RestartOrderTests {
  private func order(_ names: [String], _ after: [String: Set<String>] = [:]) -> [String] {
    RestartOrder.order(names, after: after)
  }

  @Test func `process 1 comes last, whatever it is after`() {
    #expect(order(["a.service", Systemd.itself, "z.service"]) == ["a.service", "z.service", Systemd.itself])
    #expect(order([Systemd.itself, "a.service"], ["a.service": [Systemd.itself]]) == ["a.service", Systemd.itself])
  }

  @Test func `what starts after another is restarted after it, and all else as it came`() {
    let after: [String: Set<String>] = ["a": ["c"], "c": ["d"], "e": ["a", "elsewhere"]]
    #expect(order(["a", "b", "c", "d", "e"], after) == ["b", "d", "c", "a", "e"])
    #expect(order(["b", "a"]) == ["b", "a"])
  }

  @Test func `a circle loses nothing and ends`() {
    let circle: [String: Set<String>] = ["a": ["b"], "b": ["a", "b"], "c": ["a"]]
    #expect(order(["c", "a", "b"], circle).sorted() == ["a", "b", "c"])
    #expect(order([]).isEmpty)
  }
}
