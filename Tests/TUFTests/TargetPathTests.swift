import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct TargetPathTests {
  static let bad = [
    "", "/", "/etc/passwd", "../x", "a/../b", "a/..", "./a", "a//b", "a/", "a\\b", "a\0b", "a\nb", "\u{7f}",
    "caf\u{e9}", "\u{212a}", "a\u{202e}b", String(repeating: "a", count: TargetPath.nameByteLimit + 1),
  ]

  @Test(arguments: bad)
  func `a target that could leave its folder is refused with the whole file`(text: String) async throws {
    #expect(TargetPath(text) == nil)
    let world = World { repository in
      repository.addTarget("good.json")
      repository.addTarget(text)
      repository.publish()
    }
    #expect(try await world.refusal() == .badTargetPath(file: "targets.json", text: text))
  }

  @Test func `a target that could leave its folder makes a delegated role be left out`() async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["*", "*/*"])
      repository.addTarget("../x", to: "expat")
      repository.publish()
    }
    #expect(try await world.refresh().refusals.map(\.reason) == [.badTargetPath(file: "expat.json", text: "../x")])
  }

  @Test(
    arguments: [
      ["length": -1, "hashes": ["sha256": "0"]], ["length": 1], ["hashes": [:]],
      ["length": 1, "hashes": ["sha512": "0"]],
      ["length": 9_007_199_254_740_992], [:], nil, "x",
    ] as [JSON])
  func `a target without a length and a digest is refused`(description: JSON) async throws {
    let world = World { repository in
      repository["targets", "targets"] = ["a.json": description]
      repository.publish()
    }
    #expect(try await world.refusal() != nil)
  }

  @Test func `what the application says of a target must be an object`() async throws {
    for (custom, refused) in [([:], false), (["x": nil], false), ("x", true), (nil, true)] as [(JSON, Bool)] {
      let world = World { repository in
        repository.addTarget("a.json", custom: custom)
        repository.publish()
      }
      #expect(try await (world.refusal() != nil) == refused)
    }
  }

  @Test(arguments: [
    ("targets/*.tgz", "targets/foo.tgz", true), ("targets/*.tgz", "targets/foo.txt", false),
    ("foo-version-?.tgz", "foo-version-2.tgz", true), ("foo-version-?.tgz", "foo-version-alpha.tgz", false),
    ("*.tgz", "foo.tgz", true), ("*.tgz", "targets/foo.tgz", false), ("foo.tgz", "foo.tgz", true),
    ("foo.tgz", "xfoo.tgz", false), ("*", "a", true), ("*", "a/b", false), ("*/*", "a/b", true), ("*/*", "a", false),
    ("a/*", "a/b/c", false), ("a*b*c", "aXbXbc", true), ("a*b*c", "aXbXb", false), ("**", "abc", true),
    ("?", "/", false), ("a?c", "a/c", false), ("*a", "aaab", false), ("a**", "a", true), ("?*", "a", true),
    ("??", "a", false), ("a.c", "abc", false), ("A", "a", false),
  ])
  func `patterns match as the specification's examples do, never across a slash`(
    pattern: String, text: String, matches: Bool
  ) throws {
    let parsed = try #require(PathPattern(pattern))
    #expect(parsed.description == pattern)
    if let path = TargetPath(text) {
      #expect(parsed.matches(path) == matches)
    } else {
      #expect(!matches)
    }
  }

  @Test func `a pattern of many stars is matched in a moment`() throws {
    let pattern = try #require(PathPattern(String(repeating: "a*", count: 90)))
    let target = path(String(repeating: "a", count: 189))
    #expect(pattern.matches(target))
    let never = try #require(PathPattern(String(repeating: "a*", count: 90) + "b"))
    let time = ContinuousClock().measure { for _ in 0..<100 { #expect(!never.matches(target)) } }
    #expect(time < .seconds(5))
  }

  @Test func `brackets of a shell are refused rather than misread`() {
    #expect(PathPattern("a[bc]") == nil && PathPattern("a]") == nil && PathPattern("/a") == nil)
  }
}
