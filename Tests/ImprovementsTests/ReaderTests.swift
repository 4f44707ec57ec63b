import Basics
import CanonicalJSON
import Improvements
import Testing

/// What a manifest says of who reads its files.
@Suite struct ReaderTests {
  private func declaring(_ readers: JSON) throws -> Manifest {
    guard case .object(var members) = try ManifestTests.sample().json else { throw ManifestError.malformed("") }
    members["readers"] = readers
    return try Manifest(parsing: Array(JSON.object(members).compactText.utf8))
  }

  private static func names(_ count: Int) -> JSON { .array((0..<count).map { .string("a\($0).service") }) }

  @Test func `readers are read back as they were written, and none at all is something else than nothing said`() throws
  {
    let manifest = try declaring(["nginx.service", "php-fpm@.service", "getty@tty1.service"])
    #expect(manifest.readers?.map(\.description) == ["nginx.service", "php-fpm@.service", "getty@tty1.service"])
    #expect(try Manifest(parsing: manifest.bytes) == manifest)
    let none = try declaring([])
    #expect(none.readers == [] && none.json["readers"] == [])
    #expect(try Manifest(parsing: none.bytes) == none)
    let silent = try ManifestTests.sample()
    #expect(silent.readers == nil && silent.json["readers"] == nil && silent != none)
  }

  @Test(
    arguments: [
      "nginx.service", .null, true, ["nginx"], ["nginx.socket"], ["nginx.target"], [""], [".service"], ["@.service"],
      ["@x.service"], ["../nginx.service"], ["/lib/nginx.service"], ["nginx .service"], ["nginx\n.service"],
      ["nginx.service\u{0}"], ["*.service"], ["nginx.service", "nginx.service"], [1], [["nginx.service"]],
    ] as [JSON]) func `what names no service, or one twice, is refused`(readers: JSON)
  {
    let error = #expect(throws: ManifestError.self) { try declaring(readers) }
    #expect(error.map { !$0.description.unicodeScalars.contains { $0.value < 0x20 } } == true)
  }

  @Test func `there are 64 of them at most, each of 255 bytes at most`() throws {
    #expect(try declaring(Self.names(Manifest.readerLimit)).readers?.count == 64)
    #expect(throws: ManifestError.self) { try declaring(Self.names(Manifest.readerLimit + 1)) }
    for end in [".service", "@.service"] {
      let longest = String(repeating: "a", count: 255 - end.utf8.count - (end.first == "@" ? 1 : 0)) + end
      #expect(try declaring([.string(longest)]).readers?.count == 1)
      #expect(throws: ManifestError.self) { try declaring([.string("aa" + longest)]) }
    }
    let names = try (0...Manifest.readerLimit).map { try #require(ServiceName("a\($0).service")) }
    let sample = try ManifestTests.sample()
    #expect(throws: ManifestError.self) {
      try Manifest(
        stream: sample.stream, serial: sample.serial, created: sample.created, source: sample.source, advisories: [],
        activation: .restart, baselines: sample.baselines, readers: names)
    }
  }

  @Test func `a template names all of its instances and nothing else`() throws {
    let template = try #require(ServiceName("php-fpm@.service"))
    #expect(template.names("php-fpm@8.2.service") && template.names("php-fpm@8.2"))
    #expect(!template.names("php-fpm@.service") && !template.names("php-fpm.service"))
    #expect(!template.names("php-fpm2@8.2.service"))
    let one = try #require(ServiceName("nginx.service"))
    // As the built-in supervisor calls it.
    #expect(one.names("nginx.service") && one.names("nginx"))
    #expect(!one.names("nginx2.service") && !one.names("my-nginx.service"))
  }

  @Test func `an account of what is read is read back as it was written, and says what nobody says`() throws {
    let reports = [
      nil, ReadReport(files: 1, readers: nil), ReadReport(files: 2, readers: []),
      ReadReport(files: 3, readers: ["a.service", "b.service"]),
    ]
    #expect(
      reports.map { $0?.account } == [
        nil, "1 file that is not mapped; by which services is not declared",
        "2 files that are not mapped; no service keeps what it read",
        "3 files that are not mapped, by a.service, b.service",
      ])
    for read in reports {
      let status = try component(read)
      let again = try DeviceStatus(JSON(parsing: Array(status.json.compactText.utf8)))
      #expect(again == status)
      #expect(again.components.first?.isUntold == (read != nil && read?.readers == nil))
    }
    // What does not stand is not there to be read.
    #expect(try component(ReadReport(files: 1, readers: nil), .offered).components.first?.isUntold == false)
  }

  private func component(_ read: ReadReport?, _ state: ImprovementState = .confirmed) throws -> DeviceStatus {
    let manifest = try ManifestTests.sample()
    let process = ProcessReport(
      pid: 4, name: "demo", service: "demo.service", place: .unit("demo.service"), exposure: .exposed, mapped: "/x",
      identity: "", reads: true)
    return DeviceStatus(
      verdict: .unknown,
      components: [
        .init(
          stream: manifest.stream, serial: manifest.serial, letter: .a, baseline: manifest.baselines[0].version,
          fixedIn: manifest.source.version, state: state, advisories: [], files: [], payloadBytes: 7,
          since: manifest.created, processes: [process], read: read)
      ], lastFreshLook: nil, automatic: true, transparencyRequired: false, limits: [])
  }
}
