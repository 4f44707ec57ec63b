import Basics
import Improvements
import TestSupport
import Testing

/// The file that takes an improvement back: one reading, or none.
@Suite struct WithdrawalFormatTests {
  private static func withdrawal() throws -> Withdrawal {
    try Withdrawal(
      stream: #require(Stream("debian-12/amd64/libexpat1")), serial: #require(Serial(3)),
      manifest: Digest(of: "manifest".utf8), reason: "it breaks printing")
  }

  @Test func `a withdrawal is one line with its members in order, and survives the round trip`() throws {
    let withdrawal = try Self.withdrawal()
    let text = String(decoding: withdrawal.bytes, as: UTF8.self)
    #expect(
      text == #"{"format":1,"manifest":"\#(Digest(of: "manifest".utf8).hex)","reason":"it breaks printing","serial":3,"#
        + #""stream":"debian-12/amd64/libexpat1","type":"withdrawal"}"#)
    #expect(try Withdrawal(parsing: withdrawal.bytes) == withdrawal)
  }

  @Test(arguments: [
    (#""format":1"#, #""format":2"#), (#""type":"withdrawal""#, #""type":"manifest""#),
    (#""serial":3"#, #""serial":0"#),
    (#""serial":3"#, #""serial":true"#), (#""serial":3"#, #""serial":3,"until":4"#), (#""serial":3,"#, ""),
    ("debian-12/amd64/libexpat1", "debian-12/amd64"), ("it breaks printing", ""),
    ("it breaks printing", #"two\nlines"#),
    (#"{"format":1"#, #"{"format":1,"format":1"#), (#""manifest":""#, #""manifest":"0"#), ("}", "} x"),
  ]) func `anything else is refused`(from: String, to: String) throws {
    let text = String(decoding: try Self.withdrawal().bytes, as: UTF8.self)
    #expect(throws: WithdrawalError.self) { try Withdrawal(parsing: Array(text.replacing(from, with: to).utf8)) }
  }

  @Test func `a withdrawal that is cut short is refused, and one with a flipped byte means something else or nothing`()
    throws
  {
    let bytes = try Self.withdrawal().bytes
    for end in bytes.indices {
      #expect(throws: WithdrawalError.self) { try Withdrawal(parsing: Array(bytes[..<end])) }
      for bit in 0..<8 {
        var flipped = bytes
        flipped[end] ^= 1 << bit
        #expect((try? Withdrawal(parsing: flipped)) != (try Self.withdrawal()))
      }
    }
  }

  @Test func `a reason of more than its limit, or a file of more than its, is refused`() throws {
    let withdrawal = try Self.withdrawal()
    #expect(throws: WithdrawalError.self) {
      try Withdrawal(
        stream: withdrawal.stream, serial: withdrawal.serial, manifest: withdrawal.manifest,
        reason: String(repeating: "a", count: Withdrawal.reasonByteLimit + 1))
    }
    let padding = [UInt8](repeating: 0x20, count: Withdrawal.byteLimit)
    #expect(throws: WithdrawalError.self) { try Withdrawal(parsing: withdrawal.bytes + padding) }
  }

  @Test(arguments: [
    ("debian-12/amd64/libexpat1/3.withdrawal.json", true), ("debian-12/amd64/libexpat1/3.json", false),
    ("debian-12/amd64/libexpat1/03.withdrawal.json", false), ("debian-12/amd64/3.withdrawal.json", false),
    ("debian-12/amd64/libexpat1/.withdrawal.json", false),
  ]) func `a withdrawal's path names its stream and serial`(path: String, isOne: Bool) throws {
    let named = Stream.named(byWithdrawalPath: path)
    #expect((named != nil) == isOne)
    if let named { #expect(named.stream.withdrawalPath(named.serial) == path) }
    #expect(!isOne || Stream.named(byManifestPath: path) == nil)
  }
}
