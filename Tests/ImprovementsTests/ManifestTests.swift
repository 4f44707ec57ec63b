import Basics
import CanonicalJSON
import Testing

@testable import Improvements

@Suite struct ManifestTests {
  static func sample() throws -> Manifest {
    let stream = try #require(Stream("debian-12/amd64/libexpat1"))
    let path = try #require(RelativePath("usr/lib/x86_64-linux-gnu/libexpat.so.1.8.10"))
    let time = try #require(UTCTime("2026-11-23T20:54:00Z"))
    func content(_ text: String) -> Manifest.Content {
      Manifest.Content(digest: Digest(of: text.utf8), length: text.utf8.count)
    }
    return try Manifest(
      stream: stream, serial: .first, created: time,
      source: .init(name: "expat", version: #require(PackageVersion("2.5.0-1+deb12u5"))),
      advisories: [#require(Advisory(id: "CVE-2024-8176", modified: time, severity: "high"))],
      activation: .restart,
      baselines: [
        .init(
          version: #require(PackageVersion("2.5.0-1+deb12u2")), letter: .a,
          files: [.init(path: path, baseline: content("old"), improved: content("new"), payload: content("p"))])
      ],
      omitted: [.init(path: #require(RelativePath("usr/share/doc/libexpat1/changelog.gz")), reason: "documentation")],
      siblings: ["libexpat1-dev"])
  }

  @Test func `a manifest is read back as it was written`() throws {
    let manifest = try Self.sample()
    #expect(try Manifest(parsing: manifest.bytes) == manifest)
    #expect(manifest.payloadBytes(for: manifest.baselines[0]) == 1)
  }

  @Test func `files that name one payload are its parts in order, and copies are one part`() throws {
    func content(_ text: String) -> Manifest.Content {
      Manifest.Content(digest: Digest(of: text.utf8), length: text.utf8.count)
    }
    func file(_ path: String, _ old: String, _ new: String, _ payload: String) throws -> Manifest.File {
      try Manifest.File(
        path: #require(RelativePath(path)), baseline: content(old), improved: content(new), payload: content(payload))
    }
    let baseline = try Manifest.Baseline(
      version: #require(PackageVersion("1.0-1")), letter: .a,
      files: [
        file("usr/lib/d", "1", "3", "together"), file("usr/lib/c", "1", "2", "together"),
        file("usr/lib/b", "0", "9", "alone"),
        file("usr/lib/a", "1", "2", "together"),
      ])
    #expect(baseline.payloads.map(\.payload) == [content("together"), content("alone")])
    #expect(baseline.payloads[0].parts.map(\.improved) == [content("2"), content("3")])
    #expect(baseline.payloads[0].parts.map { $0.files.map(\.path.name) } == [["a", "c"], ["d"]])
    #expect(baseline.payloads[0].improvedLength == 2)
    let manifest = try Self.sample()
    #expect(manifest.payloadBytes(for: baseline) == 13)
  }

  @Test func `another format number is refused with what to do`() throws {
    let manifest = try Self.sample()
    guard case .object(var members) = manifest.json else { return }
    members["format"] = 2
    #expect(throws: ManifestError.unknownFormat(2)) {
      try Manifest(parsing: Array(JSON.object(members).compactText.utf8))
    }
  }

  @Test(arguments: ["../etc/shadow", "/etc/shadow", "usr/../etc", ""])
  func `a file's path that leaves the root is refused`(path: String) throws {
    let text = try Self.sample().json.compactText
    let name = "usr/lib/x86_64-linux-gnu/libexpat.so.1.8.10"
    #expect(text.contains(name))
    let hostile = text.split(separator: name, omittingEmptySubsequences: false).joined(separator: path)
    #expect(throws: ManifestError.self) { try Manifest(parsing: Array(hostile.utf8)) }
  }

  @Test func `a manifest without baselines, or with the same one twice, is refused`() throws {
    let manifest = try Self.sample()
    guard case .object(var members) = manifest.json else { return }
    for baselines in [[], [manifest.baselines[0].json, manifest.baselines[0].json]] as [[JSON]] {
      members["baselines"] = .array(baselines)
      #expect(throws: ManifestError.self) { try Manifest(parsing: Array(JSON.object(members).compactText.utf8)) }
    }
  }

  @Test func `every member that is taken away or of another type is refused or has a default`() throws {
    let manifest = try Self.sample()
    guard case .object(let members) = manifest.json else { return }
    let optional: Set = ["advisories", "omitted", "siblings"]
    for name in members.keys {
      var changed = members
      changed[name] = nil
      let without = try? Manifest(parsing: Array(JSON.object(changed).compactText.utf8))
      #expect((without != nil) == optional.contains(name), "\(name)")
      changed[name] = .bool(true)
      #expect(throws: ManifestError.self, "\(name)") {
        try Manifest(parsing: Array(JSON.object(changed).compactText.utf8))
      }
    }
  }

  @Test func `a status report is read back as it was written`() throws {
    let manifest = try Self.sample()
    let status = DeviceStatus(
      verdict: .exposed,
      components: [
        .init(
          stream: manifest.stream, serial: manifest.serial, letter: .a, baseline: manifest.baselines[0].version,
          fixedIn: manifest.source.version, state: .waiting(reason: "why"), advisories: ["CVE-2024-8176"],
          files: [manifest.baselines[0].files[0].path], payloadBytes: 7, since: manifest.created,
          processes: [
            ProcessReport(
              pid: 4, name: "demo", service: nil, place: .session("3"), exposure: .exposed, mapped: "/usr/lib/x",
              identity: "254:0 12")
          ],
          copies: [
            CopyReport(
              pid: 5, name: "web", place: .container("docker-1.scope"), build: .vulnerable, mapped: "/usr/lib/x",
              identity: "0:51 7")
          ])
      ], lastFreshLook: nil, automatic: true, transparencyRequired: false, limits: ["one"])
    #expect(try DeviceStatus(JSON(parsing: Array(status.json.compactText.utf8))) == status)
    let event = ProgressEvent(.fetch, stream: manifest.stream, "m", took: .milliseconds(3), facts: ["bytes": 9])
    #expect(ProgressEvent(event.json) == event)
    #expect(event.microseconds == 3_000)
  }
}
