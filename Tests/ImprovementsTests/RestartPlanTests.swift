import Basics
import CanonicalJSON
import Improvements
import TestSupport
import Testing

/// What an apply would cost, as data.
@Suite struct RestartPlanTests {
  private func plan() throws -> RestartPlan {
    RestartPlan(
      streams: [try #require(Stream("debian-12/amd64/libssl3"))],
      steps: [
        .init(
          .restart, isUnattended: true, .unit("nginx.service"), in: .unit("nginx.service"), processes: 3,
          companions: ["exporter.service"]),
        .init(
          .restart, isUnattended: false, .unit("docker.service"), in: .unit("docker.service"), processes: 1, reason: "x"
        ),
        .init(
          .relaunch, isUnattended: false, .program("firefox"), in: .userUnit("app.scope", user: "1000"), user: 1000,
          processes: 4, reason: "its user does"),
      ],
      copies: [
        CopyReport(
          pid: 7, name: "nginx", place: .container("docker-1.scope"), build: .vulnerable, mapped: "/lib/x",
          identity: "1:1 2")
      ], unseen: 2, unknown: ["who reads libx is not said"])
  }

  @Test func `a plan is read back as it was written`() throws {
    let plan = try plan()
    #expect(try RestartPlan(plan.json) == plan)
    #expect(plan.json["class"]?.string == "relaunch" && plan.json["unknown"] == ["who reads libx is not said"])
    #expect(plan.json["steps"]?.array?.map { $0["program"]?.string } == [nil, nil, "firefox"])
  }

  @Test func `a step is one line for people`() throws {
    #expect(
      try plan().steps.map(\.account) == [
        "nginx.service, 3 processes, with it exporter.service", "docker.service, 1 process: x",
        "firefox (unit app.scope of user 1000), 4 processes: its user does",
      ])
    let step = RestartPlan.Step(
      .relaunch, isUnattended: false, .program("vim"), in: .session("3"), user: 7, processes: 1)
    #expect(step.account == "vim (session 3, user 7), 1 process")
  }

  @Test func `only what the device restarts by itself is among its services`() throws {
    #expect(try plan().services == ["nginx.service"])
    #expect(try plan().json["services"] == ["nginx.service"])
  }

  @Test func `classes go from the lightest to the heaviest, and a plan without steps costs nothing`() throws {
    #expect(
      PlanClass.allCases.map(\.rawValue) == ["nothing", "restart", "relaunch", "session", "soft-reboot", "reboot"])
    #expect(PlanClass.allCases.sorted() == PlanClass.allCases)
    #expect(RestartPlan(streams: [], steps: []).cost == .nothing)
    #expect(try RestartPlan(RestartPlan(streams: [], steps: []).json).steps.isEmpty)
  }

  @Test(arguments: ["class", "unit", "processes", "place"]) func `a step that says too little is refused`(
    _ member: String
  )
    throws
  {
    let step = try #require(try plan().json["steps"]?.array?.first)
    guard case .object(var members) = step else { return }
    members[member] = member == "unit" ? .null : nil
    let json: JSON = ["streams": [], "steps": .array([.object(members)]), "elsewhere": [], "unseen": 0]
    #expect(throws: ManifestError.self) { try RestartPlan(json) }
  }
}
