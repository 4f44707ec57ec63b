import Basics
import CanonicalJSON
import Testing

@testable import Improvements

@Suite struct WordsTests {
  @Test(arguments: [(1, "a"), (26, "z"), (27, "aa"), (52, "az"), (702, "zz"), (703, "aaa"), (18_278, "zzz")])
  func `letters count like columns of a sheet`(ordinal: Int, text: String) throws {
    let letter = try #require(Letter(ordinal: ordinal))
    #expect(letter.description == text)
    #expect(Letter(text) == letter)
  }

  @Test func `there is no letter beyond the last and none without letters`() {
    #expect(Letter(ordinal: 0) == nil)
    #expect(Letter(ordinal: 18_279) == nil)
    #expect(Letter("zzz")?.next == nil)
    for text in ["", "A", "aaaa", "a1", "é"] { #expect(Letter(text) == nil) }
  }

  @Test func `a serial is a plain positive integer`() {
    #expect(Serial("17")?.number == 17)
    #expect(Serial(Serial.greatest)?.next == nil)
    for text in ["", "0", "01", "-1", "+1", "1.0", "9007199254740992", "99999999999999999999", "١"] {
      #expect(Serial(text) == nil, "\(text)")
    }
  }

  @Test(arguments: [
    "", "a", "a/b", "a/b/c/d", "../b/c", "a/../c", "A/b/c", "a//c", "a/b/c\n", "-a/b/c", "a/b/.c",
    "a/b/" + String(repeating: "c", count: 129),
  ])
  func `a stream that could be another path is refused`(text: String) {
    #expect(Stream(text) == nil)
  }

  @Test func `a manifest's path names its stream and serial`() throws {
    let stream = try #require(Stream("debian-12/amd64/libstdc++6"))
    let serial = try #require(Serial(12))
    #expect(stream.manifestPath(serial) == "debian-12/amd64/libstdc++6/12.json")
    let named = try #require(Stream.named(byManifestPath: "debian-12/amd64/libstdc++6/12.json"))
    #expect(named.stream == stream && named.serial == serial)
    for path in ["debian-12/amd64/x/0.json", "debian-12/amd64/x/1", "debian-12/amd64/1.json", "payloads/x"] {
      #expect(Stream.named(byManifestPath: path) == nil)
    }
  }
}

@Suite struct ImprovementStateTests {
  static let version = PackageVersion("1-1")
  static let all: [ImprovementState] =
    [
      .offered, .waiting(reason: "r"), .fetching, .verified, .staged, .grafted, .activating, .probation, .confirmed,
      .failed(reason: "r"), .rolledBack(reason: "r"), .superseded(by: .first), .removed(by: "owner"),
      .withdrawn(reason: "r"),
    ] + (version.map { [.retired(version: $0)] } ?? [])

  @Test(arguments: all)
  func `every state survives the journal`(state: ImprovementState) {
    #expect(ImprovementState(name: state.name, detail: state.detail) == state)
  }

  @Test func `nothing is in place before it was staged, and nothing ended is in place`() {
    for state in Self.all {
      for next in Self.all where state.mayBecome(next) {
        if next == .grafted { #expect(["staged", "grafted", "superseded"].contains(state.name)) }
        if state.isEnded, state.name != "superseded" { #expect(!next.isInPlace) }
        if case .failed = next { #expect(!state.isInPlace) }
        if case .rolledBack = next { #expect(state.isInPlace || state == next) }
      }
    }
  }

  @Test func `the straight line is allowed and no station may be left out`() {
    let line: [ImprovementState] = [
      .offered, .fetching, .verified, .staged, .grafted, .activating, .probation, .confirmed,
    ]
    for (index, state) in line.enumerated() {
      for (other, next) in line.enumerated() {
        let begunAnew = other == 0 && !state.isInPlace
        let watchedAnew = state == .probation && next == .activating
        let allowed = other == index || other == index + 1 || begunAnew || watchedAnew
        #expect(state.mayBecome(next) == allowed, "\(state.name) to \(next.name)")
      }
    }
  }
}
