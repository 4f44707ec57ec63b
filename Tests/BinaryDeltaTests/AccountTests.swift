import BinaryDelta
import DeltaEncoding
import ELFImage
import Foundation
import Testing

/// What a payload's bytes are for adds up to the payload.
@Suite struct AccountTests {
  private static func account(_ payload: [UInt8], _ baseline: [UInt8]) throws -> PayloadAccount {
    try unsafe account(payload.span.bytes, baseline.span.bytes)
  }

  private static func account(_ payload: RawSpan, _ baseline: RawSpan) throws -> PayloadAccount {
    var check = try BaselineCheck(payload, outputLimit: 1 << 24)
    try check.take(baseline)
    var rebuilding = try check.finish(payload)
    rebuilding.keepAccount()
    try rebuilding.next(payload, baseline) { _ in }
    let account = rebuilding.account
    return try #require(account)
  }

  private static func byteCount(_ account: PayloadAccount) -> Int {
    PayloadAccount.Share(cost: TokenKind.allCases.reduce(0) { $0 + account.share(of: $1).cost }).byteCount
  }

  @Test func `tokens in mixed coding cost what the payload takes`() throws {
    for sample in [Sample.small, try Sample.named("an insertion"), try Sample.named("shifted addresses")] {
      let payload = try sample.payload()
      let header = try PayloadHeader(parsing: payload)
      try #require(header.coding != .streams)
      let account = try Self.account(payload, sample.baseline)
      // What is open at the end is written with as few bytes as will do.
      #expect(abs(Self.byteCount(account) - (payload.count - header.byteCount)) <= 4)
      #expect(account.share(of: .skip).count == account.share(of: .difference).count + 1)
      #expect(try unsafe PayloadStream.all(in: payload.span.bytes).isEmpty)
    }
  }

  @Test func `streams are told as the payload's table has them, and their tokens as they are unpacked`() throws {
    let payload = try FrozenPayloadTests.bytes(FrozenPayloadTests.delta)
    let streams = try unsafe PayloadStream.all(in: payload.span.bytes)
    #expect(streams.map(\.kind) == [.copyLength, .extraLength, .seek, .skip, .difference, .extra])
    #expect(streams.allSatisfy { $0.codec == .stored && $0.byteCount == $0.packedByteCount })
    let account = try Self.account(payload, FrozenPayloadTests.baseline)
    for stream in streams { #expect(account.share(of: stream.kind).cost == stream.byteCount << 11, "\(stream.kind)") }
    #expect(account.share(of: .extra).count == 10 && account.referenceCount == 0)
  }

  static let library = ["libattr.so.1", "libacl.so.1", "libz.so.1"].lazy
    .compactMap { FileManager.default.contents(atPath: "/usr/lib/x86_64-linux-gnu/\($0)") }.map { Array($0) }.first

  @Test(.enabled(if: library != nil, "NOT RUN: this machine has none of three small libraries for x86-64"))
  func `references that lead elsewhere are told, with the part that they stand in`() throws {
    let baseline = try #require(Self.library)
    let text = try #require(try ELFImage(parsing: baseline).section(named: ".text")).fileRange
    // The rest of the file moves and nothing that refers to it does: every reference across the place is wrong now.
    let improved = baseline[..<text.lowerBound] + [UInt8](repeating: 0x90, count: 64) + baseline[text.lowerBound...]
    let candidates = try PayloadEncoder.candidates(baseline: baseline, improved: Array(improved))
    let payload = try #require(
      try candidates.first { try PayloadHeader(parsing: $0).parts[0].method == .structured })
    let account = try Self.account(payload, baseline)
    let wrong = account.mispredictions.values.reduce(0) { $0 + $1.count }
    #expect(wrong == account.share(of: .correction).count && wrong > 0)
    #expect(account.referenceCount > wrong)
    #expect(account.mispredictions.keys.contains { $0.cause == .leadsElsewhere })
    #expect(account.mispredictions.keys.allSatisfy { $0.content != nil })
  }
}
