import Basics
import CanonicalJSON
import Testing

@testable import Improvements

@Suite struct LogEntryTests {
  static let digest = Digest(of: "manifest".utf8)

  static func samples() throws -> [LogEntry] {
    let stream = try #require(Stream("debian-12/amd64/libexpat1"))
    let serial = try #require(Serial(7))
    return [
      .publish(stream, serial, manifest: digest), .withdraw(stream, serial, manifest: digest),
      .root(version: 2, digest: digest),
    ]
  }

  @Test func `an entry has the bytes that the format's page says, and is read back from them`() throws {
    let expected = [
      #"{"action":"publish","manifest":"\#(Self.digest)","serial":7,"stream":"debian-12/amd64/libexpat1"}"#,
      #"{"action":"withdraw","manifest":"\#(Self.digest)","serial":7,"stream":"debian-12/amd64/libexpat1"}"#,
      #"{"action":"root","root":"\#(Self.digest)","version":2}"#,
    ]
    for (entry, text) in zip(try Self.samples(), expected) {
      #expect(String(decoding: entry.bytes, as: UTF8.self) == text)
      #expect(try LogEntry(parsing: Array(text.utf8)) == entry)
    }
  }

  @Test func `the leaf's hash and the proof's name are what a fixed entry's are`() throws {
    let stream = try #require(Stream("debian-12/amd64/libexpat1"))
    let manifest = try #require(Digest(String(repeating: "ab", count: 32)))
    let entry = LogEntry.publish(stream, .first, manifest: manifest)
    // printf '\0{"action":"publish","manifest":"abab…","serial":1,"stream":"…"}' | sha256sum
    #expect(entry.leafHash.hex == "2ab2cb38b7254998d52c6ca5650384e6f8bdc087e1eed0eb5cc61784d177af15")
    #expect(entry.proofPath == "proofs/\(entry.leafHash.hex).tlog-proof")
  }

  @Test func `the longest entry that can be made fits the limit, and one byte more is refused`() throws {
    let part = String(repeating: "a", count: Stream.partByteLimit)
    let stream = try #require(Stream(release: part, architecture: part, component: part))
    let serial = try #require(Serial(Serial.greatest))
    let longest = LogEntry.withdraw(stream, serial, manifest: Self.digest).bytes
    #expect(longest.count <= LogEntry.byteLimit)
    #expect(try LogEntry(parsing: longest).bytes == longest)
    let longer = [UInt8](repeating: UInt8(ascii: " "), count: LogEntry.byteLimit + 1)
    #expect(throws: LogEntryError.tooLong(byteCount: longer.count)) { try LogEntry(parsing: longer) }
  }

  @Test func `another spelling of the same entry is refused, since it would be another leaf`() throws {
    let hex = Self.digest.hex
    for text in [
      #"{"root":"\#(hex)","action":"root","version":2}"#, #"{"action":"root","root":"\#(hex)","version":2} "#,
      #"{"action":"root", "root":"\#(hex)","version":2}"#, #"{"action":"r\u006fot","root":"\#(hex)","version":2}"#,
    ] {
      #expect(throws: LogEntryError.notCanonical, "\(text)") { try LogEntry(parsing: Array(text.utf8)) }
    }
  }

  @Test(arguments: [
    #"{"action":"root","root":"%","version":0}"#, #"{"action":"root","root":"%","version":9007199254740992}"#,
    #"{"action":"root","root":"%","version":"2"}"#, #"{"action":"root","root":"AB","version":2}"#,
    #"{"action":"root","root":"%","serial":1,"version":2}"#, #"{"action":"root","version":2}"#,
    #"{"action":"revoke","manifest":"%","serial":7,"stream":"a/b/c"}"#,
    #"{"manifest":"%","serial":7,"stream":"a/b/c"}"#,
    #"{"action":"publish","manifest":"%","serial":0,"stream":"a/b/c"}"#,
    #"{"action":"publish","manifest":"%","serial":7,"stream":"a/b"}"#,
    #"{"action":"publish","manifest":"%","serial":7,"stream":"../b/c"}"#,
    #"{"action":"publish","manifest":"%","note":1,"serial":7,"stream":"a/b/c"}"#,
    #"{"action":"publish","action":"publish","manifest":"%","serial":7,"stream":"a/b/c"}"#, "[]", "", "{}",
  ])
  func `an entry that says anything else is refused in one sentence`(text: String) throws {
    let parts = text.split(separator: "%", omittingEmptySubsequences: false)
    let bytes = Array(parts.joined(separator: Self.digest.hex).utf8)
    let error = #expect(throws: LogEntryError.self) { try LogEntry(parsing: bytes) }
    let sentence = try #require(error).description
    #expect(sentence.hasPrefix("the log's entry is refused: ") && !sentence.contains("\n"))
  }

  @Test func `an entry that is cut or has a changed byte is refused, or is wholly another one`() throws {
    for entry in try Self.samples() {
      let whole = entry.bytes
      for count in whole.indices {
        #expect(throws: LogEntryError.self) { try LogEntry(parsing: Array(whole.prefix(count))) }
      }
      for index in whole.indices {
        for bit in 0..<8 {
          var damaged = whole
          damaged[index] ^= 1 << bit
          guard let other = try? LogEntry(parsing: damaged) else { continue }
          #expect(other != entry && other.bytes == damaged && other.leafHash != entry.leafHash)
        }
      }
    }
  }

  /// The fuzzers' package sees only what is public, so this reader is walked here.
  @Test func `a hundred thousand mutations of entries are refused or come back byte for byte`() throws {
    let seeds = try Self.samples().map(\.bytes)
    let words = [#"{"#, #"}"#, #"""#, "\\u0000", "\u{0}", "-0", "1e9", "publish", "root", "/", "..", #","x":[]"#, "é"]
    var random = SplitMix(state: 0x5e_ed)
    var taken = 0
    for _ in 0..<100_000 {
      var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
      for _ in 0...Int(random.next() % 3) {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.insert(contentsOf: words[Int(random.next() % UInt64(words.count))].utf8, at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 8)))
        default: bytes.swapAt(place, Int(random.next() % UInt64(bytes.count)))
        }
        if bytes.isEmpty { bytes = [0] }
      }
      do {
        let entry = try LogEntry(parsing: bytes)
        taken += 1
        #expect(entry.bytes == bytes)
      } catch {
        #expect(!error.description.utf8.contains { $0 < 0x20 })
      }
    }
    // The walk must also reach what is accepted.
    #expect(taken > 100)
  }
}

/// SplitMix64, by Sebastiano Vigna: the same numbers on every machine.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
