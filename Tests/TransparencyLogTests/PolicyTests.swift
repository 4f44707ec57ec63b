import Basics
import Testing
import TransparencyLog

/// Logs and witnesses with keys that everybody knows, and what they sign.
enum Town {
  static func log(_ name: String = "example.com/log", _ seed: UInt8 = 1) throws -> SignerKey {
    try SignerKey(name: try #require(KeyName(name)), type: .ed25519, seed: [UInt8](repeating: seed, count: 32))
  }

  static func witness(_ name: String, _ seed: UInt8) throws -> SignerKey {
    try SignerKey(name: try #require(KeyName(name)), type: .cosignature, seed: [UInt8](repeating: seed, count: 32))
  }

  /// X1, X2, X3 of one operator, Y1, Y2, Y3 of another: the specification's example.
  static let names = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
  static func witnesses() throws -> [SignerKey] {
    try names.enumerated().map {
      try witness("\($0.element.hasPrefix("X") ? "x" : "y").example/\($0.element)", 10 + UInt8($0.offset))
    }
  }

  static func example(_ quorum: String = "X-and-Y") throws -> String {
    let keys = try witnesses().map(\.verifier)
    return """
      # An example.
      log \(try log().verifier) https://example.com/log

      witness X1 \(keys[0])
      witness X2 \(keys[1]) https://x.example/2
      witness\tX3  \(keys[2])\t
      group X-witnesses 2 X1 X2 X3

        # Others.
      witness Y1 \(keys[3])
      witness Y2 \(keys[4])
      witness Y3 \(keys[5])
      group Y-witnesses any Y1 Y2 Y3

      group X-and-Y all X-witnesses Y-witnesses
      quorum \(quorum)

      """
  }

  static func checkpoint(_ size: UInt64 = 3, log: SignerKey, by cosigners: [SignerKey]) throws -> SignedCheckpoint {
    let checkpoint = try Checkpoint(origin: LogOrigin(log.verifier.name), size: size, root: Digest(of: [UInt8(size)]))
    var signed = try SignedCheckpoint(checkpoint, signedBy: log)
    for (number, key) in cosigners.enumerated() {
      try signed.add(key.cosign(checkpoint, timestamp: 1_795_000_000 + UInt64(number)))
    }
    return signed
  }

  static func policy(_ text: String) throws(LogRefusal) -> LogPolicy { try LogPolicy(parsing: Array(text.utf8)) }
}

@Suite struct PolicyTests {
  @Test func `the specification's example is met by two of X and one of Y, and by nothing less`() throws {
    let policy = try Town.policy(Town.example())
    #expect(policy.logs.count == 1 && policy.witnesses.count == 6 && policy.groups.map(\.threshold) == [2, 1, 2])
    #expect(policy.logs[0].url == "https://example.com/log" && policy.witnesses[1].url == "https://x.example/2")
    let (log, keys) = (try Town.log(), try Town.witnesses())
    for choice in 0..<64 {
      let cosigners = keys.indices.filter { choice >> $0 & 1 == 1 }
      let isMet = cosigners.count { $0 < 3 } >= 2 && cosigners.contains { $0 >= 3 }
      let signed = try Town.checkpoint(log: log, by: cosigners.map { keys[$0] })
      let names = Set(cosigners.compactMap { PolicyName(Town.names[$0]) })
      #expect(policy.isMet(by: names) == isMet)
      if isMet {
        let found = try policy.evaluate(signed)
        #expect(found.checkpoint == signed.checkpoint && found.log == policy.logs[0])
        #expect(found.cosignatures.map(\.witness.name.description) == cosigners.map { Town.names[$0] })
        #expect(found.cosignatures[0].timestamp == 1_795_000_000)
      } else {
        #expect(throws: LogRefusal.self) { try policy.evaluate(signed) }
      }
    }
  }

  @Test func `operators are told apart by the hosts of their witnesses`() throws {
    #expect(try Town.policy(Town.example()).operatorsNeeded == 2)
    #expect(try Town.policy(Town.example("X-witnesses")).operatorsNeeded == 1)
    #expect(try Town.policy(Town.example("X-witnesses")).soleOperators == ["x.example"])
    #expect(try Town.policy(Town.example("Y2")).soleOperators == ["y.example"])
    #expect(try Town.policy(Town.example("none")).operatorsNeeded == 0)
  }

  @Test func `a policy without logs and witnesses may say that none is required`() throws {
    let policy = try Town.policy("quorum none\n")
    #expect(policy.logs.isEmpty && policy.quorum == nil && policy.operatorsNeeded == 0)
    let signed = try Town.checkpoint(log: Town.log(), by: [])
    #expect(
      refusal { () throws(LogRefusal) in _ = try policy.evaluate(signed) } == .unknownLog(origin: "example.com/log"))
  }

  @Test func `a checkpoint of another log, or one that the log has not signed, is refused`() throws {
    let policy = try Town.policy(Town.example("none"))
    let other = try Town.checkpoint(log: Town.log("example.com/other"), by: [])
    #expect(throws: LogRefusal.unknownLog(origin: "example.com/other")) { try policy.evaluate(other) }
    // The right origin, another key.
    let forged = try Town.checkpoint(log: Town.log("example.com/log", 2), by: [])
    #expect(throws: LogRefusal.unsigned(what: "the checkpoint of “example.com/log”")) { try policy.evaluate(forged) }
    // The empty tree has one root.
    let empty = try Town.checkpoint(0, log: Town.log(), by: [])
    #expect(throws: LogRefusal.self) { try policy.evaluate(empty) }
  }

  @Test func `a known witness's wrong cosignature refuses what would be enough without it`() throws {
    let policy = try Town.policy(Town.example("Y1"))
    let (log, keys) = (try Town.log(), try Town.witnesses())
    var signed = try Town.checkpoint(log: log, by: [keys[3]])
    _ = try policy.evaluate(signed)
    let elsewhere = try keys[0].cosign(try Town.checkpoint(4, log: log, by: []).checkpoint, timestamp: 1)
    try signed.add(elsewhere)
    #expect(throws: LogRefusal.self) { try policy.evaluate(signed) }
    // A stranger's says nothing.
    var other = try Town.checkpoint(log: log, by: [keys[3]])
    try other.add(try Town.witness("z.example/Z1", 40).cosign(signed.checkpoint, timestamp: 1))
    #expect(try policy.evaluate(other).cosignatures.count == 1)
  }

  @Test(arguments: [
    ("", "no quorum"), ("quorum none", "newline"), ("quorum none\nquorum none\n", "second"),
    ("quorum a\n", "not defined"),
    ("quorum\n", "quorum NAME"), ("quorum none none\n", "quorum NAME"), ("logs X\nquorum none\n", "is not log"),
    ("log\nquorum none\n", "VKEY"), ("log K K K\nquorum none\n", "VKEY"), ("log x+y+z\nquorum none\n", "refused"),
    ("witness none W\nquorum none\n", "none"), ("witness a K\nquorum a\n", "cosignatures"),
    ("log W\nquorum none\n", "signs notes"),
    ("witness a W\nwitness b W\nquorum a\n", "already"), ("log K\nlog K\nquorum none\n", "already"),
    ("witness a W\nwitness a V\nquorum a\n", "twice"), ("witness a W\ngroup a any a\nquorum a\n", "twice"),
    ("witness a W\ngroup g 0 a\nquorum g\n", "from 1 to 1"), ("witness a W\ngroup g 2 a\nquorum g\n", "from 1 to 1"),
    ("witness a W\ngroup g 01 a\nquorum g\n", "from 1 to 1"),
    ("witness a W\ngroup g some a\nquorum g\n", "from 1 to 1"),
    ("witness a W\ngroup g any\nquorum g\n", "all|any"), ("group g any g\nquorum g\n", "not defined"),
    ("witness a W\ngroup g any a none\nquorum g\n", "not defined"),
    ("witness a W\ngroup g any a a\nquorum g\n", "only once"),
    ("witness a W\ngroup g any a\ngroup h any a\nquorum g\n", "only once"),
    ("group g any a\nwitness a W\nquorum g\n", "not defined"),
    ("quorum a\nwitness a W\n", "not defined"), ("witness a W\r\nquorum a\n", "control"),
    ("witness a W # mine\nquorum a\n", "VKEY"),
    ("quorum none\n\u{7f}\n", "control"),
  ])
  func `a policy that is not of its form is refused`(text: String, reason: String) throws {
    let (log, witness) = (try Town.log().verifier, try Town.witness("w.example/a", 50).verifier)
    let other = try Town.witness("w.example/b", 51).verifier
    let filled = text.split(separator: " ", omittingEmptySubsequences: false).map { item in
      let line = String(item)
      return line.replacing("K", with: "\(log)", maxReplacements: line.hasPrefix("K") ? 1 : 0)
        .replacing("W", with: "\(witness)", maxReplacements: line.hasPrefix("W") ? 1 : 0)
        .replacing("V", with: "\(other)", maxReplacements: line.hasPrefix("V") ? 1 : 0)
    }.joined(separator: " ")
    let found = refusal { () throws(LogRefusal) in _ = try Town.policy(filled) }
    #expect(found?.description.contains(reason) == true, "\(filled): \(found?.description ?? "read")")
  }

  @Test func `names are bytes and need not be UTF-8`() throws {
    let key = try Town.witness("w.example/a", 50).verifier
    let bytes = Array("witness ".utf8) + [0xff, 0x80] + Array(" \(key)\nquorum ".utf8) + [0xff, 0x80, 0x0a]
    #expect(try LogPolicy(parsing: bytes).witnesses[0].name.bytes == [0xff, 0x80])
    // A Kelvin sign is no K.
    #expect(throws: LogRefusal.self) { try Town.policy("witness K \(key)\nquorum \u{212a}\n") }
  }

  @Test func `32 logs, 32 witnesses and 32 groups are read, and not more than the limit`() throws {
    func text(_ count: Int) throws -> String {
      var lines: [String] = []
      for number in 0..<count {
        var seed = [UInt8](repeating: 9, count: 32)
        (seed[0], seed[1]) = (UInt8(number & 255), UInt8(number >> 8))
        let name = try #require(KeyName("n\(number)"))
        lines.append("log \(try SignerKey(name: name, type: .ed25519, seed: seed).verifier)")
        lines.append("witness w\(number) \(try SignerKey(name: name, type: .cosignature, seed: seed).verifier)")
        lines.append("group g\(number) any w\(number)" + (number > 0 ? " g\(number - 1)" : ""))
      }
      return lines.joined(separator: "\n") + "\nquorum g\(count - 1)\n"
    }
    let policy = try Town.policy(text(32))
    #expect(policy.logs.count == 32 && policy.witnesses.count == 32 && policy.groups.count == 32)
    #expect(policy.isMet(by: [try #require(PolicyName("w0"))]) && !policy.isMet(by: []))
    let found = refusal { () throws(LogRefusal) in _ = try Town.policy((try? text(LogLimits.policyItems + 1)) ?? "") }
    #expect(found?.description.contains("at most") == true)
  }

  // MARK: Time

  /// A checkpoint with these witnesses' times.
  private static func times(_ times: [(String, UInt64)]) throws -> SignedCheckpoint {
    let log = try Town.log()
    let checkpoint = try Checkpoint(origin: LogOrigin(log.verifier.name), size: 3, root: Digest(of: [3]))
    var signed = try SignedCheckpoint(checkpoint, signedBy: log)
    let keys = try Dictionary(uniqueKeysWithValues: zip(Town.names, Town.witnesses()))
    for (name, time) in times { try signed.add(#require(keys[name]).cosign(checkpoint, timestamp: time)) }
    return signed
  }

  @Test func `a time has come once as many say so as the quorum asks for, of two operators`() throws {
    let policy = try Town.policy(Town.example())
    func reached(_ times: [(String, UInt64)]) throws -> UInt64? {
      policy.timeReached(by: try policy.evaluate(try Self.times(times)))
    }
    #expect(try reached([("X1", 10), ("X2", 30), ("Y1", 20)]) == 10)
    #expect(try reached([("X1", 10), ("X2", 30), ("X3", 25), ("Y1", 20)]) == 20)
    // One whose clock is far ahead moves nothing alone, nor do two of one operator.
    #expect(try reached([("X1", 1 << 40), ("X2", 30), ("Y1", 20)]) == 20)
    #expect(try reached([("X1", 1 << 40), ("X2", 1 << 40), ("Y1", 20)]) == 20)
    #expect(try reached([("X1", 11), ("X2", 10), ("Y1", 1 << 40)]) == 10)
  }

  @Test func `where one operator meets the quorum alone its clock is believed by nobody`() throws {
    for quorum in ["X-witnesses", "Y-witnesses", "none"] {
      let policy = try Town.policy(Town.example(quorum))
      let cosigned = try policy.evaluate(try Self.times([("X1", 5), ("X2", 6), ("X3", 7), ("Y1", 8)]))
      #expect(policy.timeReached(by: cosigned) == nil)
    }
  }

  @Test func `a cosignature says a time`() throws {
    let log = try Town.log()
    let checkpoint = try Checkpoint(origin: LogOrigin(log.verifier.name), size: 3, root: Digest(of: [3]))
    #expect(throws: LogRefusal.self) { try Town.witnesses()[0].cosign(checkpoint, timestamp: 0) }
  }
}
