import Basics
import CanonicalJSON
import TestSupport
import Testing

@testable import Improvements

@Suite struct ProbeTests {
  private func probed(_ probes: [JSON]) throws -> Manifest {
    guard case .object(var members) = try ManifestTests.sample().json else { throw ManifestError.malformed("") }
    members["probes"] = .array(probes)
    members["probation"] = 900
    return try Manifest(parsing: Array(JSON.object(members).compactText.utf8))
  }

  private static let good: [JSON] = [
    ["kind": "exec", "arguments": ["/usr/sbin/nginx", "-t"], "user": "www-data", "limit": 10],
    ["kind": "exec", "arguments": ["/usr/bin/openssl", "version"]], ["kind": "tcp", "port": 443],
    ["kind": "http", "port": 80, "path": "/health?full=1", "limit": 1],
  ]

  @Test func `a manifest's probes and probation are read back as they were written`() throws {
    let manifest = try probed(Self.good)
    #expect(
      manifest.probes.map(\.description) == [
        "/usr/sbin/nginx -t", "/usr/bin/openssl version", "port 443", "http://localhost:80/health?full=1",
      ])
    #expect(manifest.probes[1].question == .program(["/usr/bin/openssl", "version"], user: "nobody"))
    #expect(manifest.probes[2].limit == .seconds(5) && manifest.probation == .seconds(900))
    #expect(try Manifest(parsing: manifest.bytes) == manifest)
  }

  @Test(
    arguments: [
      ["kind": "exec", "arguments": ["nginx", "-t"]], ["kind": "exec", "arguments": ["/usr/../bin/sh"]],
      ["kind": "exec", "arguments": []], ["kind": "exec", "arguments": ["/bin/true", "a\nb"]],
      ["kind": "exec", "arguments": ["/bin/true"], "user": "root"],
      ["kind": "exec", "arguments": ["/bin/true"], "user": ""],
      ["kind": "exec", "arguments": ["/bin/true"], "user": "0"],
      ["kind": "exec", "arguments": ["/bin/true"], "limit": 31],
      ["kind": "tcp", "port": 0], ["kind": "tcp", "port": 65_536], ["kind": "tcp"],
      ["kind": "http", "port": 80, "path": "x"], ["kind": "http", "port": 80, "path": "/ HTTP/1.1\r\nHost: evil"],
      ["kind": "shell", "arguments": ["/bin/true"]],
    ] as [JSON]) func `a probe beyond the limits is refused`(probe: JSON) throws
  {
    #expect(throws: ManifestError.self) { try probed([probe]) }
  }

  @Test func `too many probes, the same one twice, and a probation beyond a day are refused`() throws {
    let many = (1...Int64(Probe.countLimit) + 1).map { JSON.object(["kind": "tcp", "port": .integer($0)]) }
    #expect(throws: ManifestError.self) { try probed(many) }
    #expect(try probed(Array(many.dropLast())).probes.count == Probe.countLimit)
    #expect(throws: ManifestError.self) { try probed([Self.good[2], Self.good[2]]) }
    guard case .object(var members) = try ManifestTests.sample().json else { return }
    for seconds in [0, 9, 86_401] as [JSON] {
      members["probation"] = seconds
      #expect(throws: ManifestError.self) { try Manifest(parsing: Array(JSON.object(members).compactText.utf8)) }
    }
  }

  // Seeded, so that what fails fails again: bytes are changed, cut out, doubled and swapped for others of JSON's own.
  @Test func `a manifest that was changed anywhere is refused, or read and written back the same`() throws {
    var random = SeededGenerator(seed: 11)
    let bytes = try probed(Self.good).bytes
    let alphabet = Array("{}[]\",:0123456789-eZ\\untrue/\u{7f}".utf8) + [0, 0x80, 0xff]
    var read = 0
    for _ in 0..<4_000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: changed.indices, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: changed[place] = alphabet.randomElement(using: &random) ?? 0
        case 1: changed.remove(at: place)
        case 2: changed.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
        default: changed.insert(contentsOf: changed[place...].prefix(40), at: place)
        }
      }
      do throws(ManifestError) {
        let other = try Manifest(parsing: changed)
        read += 1
        #expect(try Manifest(parsing: other.bytes) == other)
      } catch {
        #expect(!error.description.utf8.contains { $0 < 0x20 })
      }
    }
    // The test sees both.
    #expect(read > 10 && read < 3_000, "\(read)")
  }
}
