import CanonicalJSON
import Testing

@testable import DeviceAPI

@Suite struct VarlinkDescriptionTests {
  static let sample = """
    # A comment, and one more
    interface org.example.more-things
    type Pair (left: int, right: ?Pair)
    type Colour (red, green)
    method Do(a: bool, b: []string, c: [string]int, d: ?[](x: object), e: (on, off), f: float, g: any) -> (pair: Pair)
    method Nothing() -> ()
    error Broken (reason: string)
    """

  @Test func `the two interfaces that sutured offers are well formed`() throws {
    let device = try DeviceInterface.description()
    #expect(device.name == DeviceInterface.name)
    let reading = ["GetHistory", "GetSettings", "GetStatus"]
    let changing = [
      "Apply", "Look", "PackagesChanged", "PackagesChanging", "Pin", "Reapply", "Reload", "Remove", "SetAutomatic",
      "Unpin", "Watch",
    ]
    #expect(device.methods.keys.sorted() == (reading + changing).sorted())
    #expect(device.errors.keys.sorted() == ["Busy", "Failed", "NothingToDo", "Refused"])
    #expect(device.errors.values.allSatisfy { $0 == [VarlinkDescription.Member(name: "reason", type: .string)] })
    let service = try VarlinkDescription(parsing: VarlinkService.description)
    #expect(service.name == "org.varlink.service")
    #expect(service.methods.keys.sorted() == ["GetInfo", "GetInterfaceDescription"])
    #expect(service.errors.count == 6)
  }

  @Test func `every form of type is read`() throws {
    let description = try VarlinkDescription(parsing: Self.sample)
    #expect(description.name == "org.example.more-things")
    #expect(description.types["Colour"] == .enumeration(["red", "green"]))
    let input = try #require(description.methods["Do"]?.input)
    #expect(
      input.map(\.type) == [
        .bool, .array(.string), .dictionary(.int),
        .optional(.array(.structure([VarlinkDescription.Member(name: "x", type: .object)]))),
        .enumeration(["on", "off"]), .float, .any,
      ])
    #expect(description.methods["Nothing"]?.output == [])
  }

  @Test(arguments: [
    ("", "interface"), ("interface single", "interface's name"), ("interface a.b-", "interface's name"),
    ("interface a.b method", "after the end"), ("interface a.b type lower (a: int)", "lower"),
    ("interface a.b type A (a: int, a: int)", "twice"), ("interface a.b type A (a: int) type A (b: int)", "twice"),
    ("interface a.b type A (a: Missing)", "nowhere declared"), ("interface a.b method M(a: ??int) -> ()", "once"),
    ("interface a.b method M(a, b) -> ()", "list of members"), ("interface a.b method M() ()", "->"),
    ("interface a.b type A (a: int", "due"), ("interface a.b type A (a: integer)", "no type"),
    ("interface a.b type A (_a: int)", "no meaning"), ("interface a.b type A (a__b: int)", "no name of a member"),
    ("interface a.b type A (a: int, b)", "type of b"), ("interface a.b nonsense", "type, method or error"),
    ("interface a.b error E (a: string) method E() -> ()", "twice"), ("interface a.b %", "no meaning"),
  ])
  func `what is no description is refused with the place`(text: String, word: String) throws {
    let error = try #require(throws: VarlinkError.self) { try VarlinkDescription(parsing: text) }
    #expect(error.description.contains("line 1") && error.description.contains(word))
  }

  @Test func `types nested without end are refused and do not trap`() {
    let open = String(repeating: "(a: ", count: 10_000)
    let lists = String(repeating: "[]", count: 10_000)
    #expect(throws: VarlinkError.self) { try VarlinkDescription(parsing: "interface a.b type A \(open)") }
    #expect(throws: VarlinkError.self) { try VarlinkDescription(parsing: "interface a.b type A (a: \(lists)int)") }
  }

  static let good: JSON = [
    "a": true, "b": ["x"], "c": ["y": 1], "d": [["x": [:]]], "e": "on", "f": 2, "g": nil,
  ]

  @Test(
    arguments: [
      ("a", 1, "a is not a truth value"), ("b", ["x", 2], "b[1] is not a string"),
      ("c", ["y": "z"], "c.y is not a number"),
      ("d", [["x": 1]], "d[0].x is not an object"), ("d", [[:]], "d[0].x is missing"),
      ("d", [["x": [:], "z": 1]], "d[0].z is not known"), ("e", "other", "e is other and not one of on, off"),
      ("f", "2", "f is not a number"), ("surplus", 1, "surplus is not known"),
    ] as [(String, JSON, String)])
  func `a value that does not fit is named by its path`(member: String, value: JSON, sentence: String) throws {
    let description = try VarlinkDescription(parsing: Self.sample)
    let input = try #require(description.methods["Do"]?.input)
    try description.check(Self.good, fits: input, unknown: .refused)
    var members = try #require(Self.good.object)
    members[member] = value
    let error = #expect(throws: VarlinkDescription.Mismatch.self) {
      try description.check(.object(members), fits: input, unknown: .refused)
    }
    #expect(error?.description == sentence)
  }

  @Test func `an optional member may be absent or null and every other must be there`() throws {
    let description = try VarlinkDescription(parsing: Self.sample)
    let input = try #require(description.methods["Do"]?.input)
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
      var members = try #require(Self.good.object)
      members[name] = nil
      if name == "d" {
        try description.check(.object(members), fits: input, unknown: .refused)
        members[name] = .some(.null)
        try description.check(.object(members), fits: input, unknown: .refused)
      } else {
        #expect(throws: VarlinkDescription.Mismatch.self) {
          try description.check(.object(members), fits: input, unknown: .refused)
        }
      }
    }
  }

  @Test func `a type may hold itself`() throws {
    let description = try VarlinkDescription(parsing: Self.sample)
    let output = try #require(description.methods["Do"]?.output)
    try description.check(["pair": ["left": 1, "right": ["left": 2]]], fits: output, unknown: .refused)
    #expect(throws: VarlinkDescription.Mismatch.self) {
      try description.check(["pair": ["left": 1, "right": ["left": "2"]]], fits: output, unknown: .refused)
    }
  }

  @Test func `a newer service may say more than is known`() throws {
    let description = try VarlinkDescription(parsing: Self.sample)
    let output = try #require(description.methods["Do"]?.output)
    try description.check(["pair": ["left": 1, "new": 2], "also": 3], fits: output, unknown: .ignored)
  }
}
