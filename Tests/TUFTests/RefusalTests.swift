import Basics
import CanonicalJSON
import Testing

@testable import TUF

@Suite struct RefusalTests {
  /// Text as an attacker would like to see it in a terminal or a log.
  private static let hostile =
    "\u{1b}[2J\n\u{7}\u{7f}\u{9b}\u{202e}\u{2028}a" + String(repeating: "\u{301}", count: 99)
    + String(repeating: "x", count: 100_000)
  private static let id = SimulatedRepository.key(1).id
  private static let now = SimulatedRepository.now
  private static let hashes = FileHashes(sha256: Digest(of: []))

  static let all: [Refusal] = [
    .absent(file: "f"), .tooLong(file: "f", limit: 1), .announcedTooLong(file: "f", length: 2, limit: 1),
    .delegatedTooLong(limit: 1), .malformed(file: "f", .duplicateMember(hostile, offset: 0)),
    .wrongType(file: "f", found: hostile, wanted: "root"), .unsupportedSpecification(file: "f", found: hostile),
    .badTime(file: "f", path: "p", text: hostile), .badDigest(file: "f", path: "p"),
    .tooManySignatures(file: "f", count: 2, limit: 1), .signatureTwice(file: "f", keyID: hostile),
    .wrongKeyType(file: "f", keyID: hostile, type: hostile, scheme: hostile),
    .badPublicKey(file: "f", keyID: hostile, type: hostile), .badKeyID(file: "f", listed: hostile),
    .noKnownHash(file: "f", path: "p"), .delegationsUnclear(file: "f"), .tooDeep(role: "r", limit: 1),
    .searchTooLong(path: path("p"), limit: 1), .tooManyRoles(limit: 1), .tooManyDelegationsFollowed(limit: 1),
    .tooMuchEffort(limit: 1), .moreLeftOut(count: 1),
    .unlistedKey(file: "f", role: "r", keyID: hostile), .keyTwice(file: "f", role: "r", keyID: id),
    .tooManyKeys(role: "r", count: 2, limit: 1), .unreachableThreshold(role: "r", threshold: 2, keyCount: 1),
    .tooFewSignatures(file: "f", role: "r", valid: 1, threshold: 2), .badTargetPath(file: "f", text: hostile),
    .badRoleName(file: "f", name: hostile), .roleTwice(file: "f", role: "r"), .pathsUnclear(file: "f", role: "r"),
    .badPattern(file: "f", role: "r", text: hostile), .tooManyPatterns(file: "f", role: "r", count: 2, limit: 1),
    .tooManyDelegations(file: "f", count: 2, limit: 1),
    .rootOutOfOrder(found: 1, wanted: 2), .rollback(file: "f", found: 1, trusted: 2), .noLongerListed(file: "f"),
    .unlisted(file: "f", by: "g"), .versionMismatch(file: "f", found: 1, listed: 2),
    .lengthMismatch(file: "f", found: 1, listed: 2), .digestMismatch(file: "f", listed: hashes),
    .signedEarlier(file: "f", found: now, trusted: now), .signedEarlier(file: "f", found: nil, trusted: now),
    .expired(file: "f", expires: now, now: now), .badKeyFile(reason: "r"), .unknownRole(hostile),
    .roleExists(hostile), .outsidePaths(role: "r", path: path("p")), .unknownTarget(role: "r", path: path("p")),
    .foreignKey(role: "r", keyID: id), .badSignature(role: "r", keyID: id),
    .otherDraft(type: hostile, version: 1, otherVersion: 1), .draftOutOfOrder(role: "r", found: 1, wanted: 2),
    .inconsistentSnapshots,
  ]

  @Test(arguments: all)
  func `a refusal is one sentence of its own that no foreign text can spoil`(refusal: Refusal) {
    let sentence = refusal.description
    #expect(sentence != "metadata was refused", "a case without a sentence")
    #expect(sentence.utf8.count < 1_000)
    #expect(!sentence.unicodeScalars.contains { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) })
    #expect(!sentence.unicodeScalars.contains { ["\u{202e}", "\u{2028}"].contains($0) })
    #expect(!sentence.hasSuffix("."))
    #expect(Self.all.filter { $0.description == sentence }.count == 1)
  }

  @Test func `a refusal says what, with the values`() {
    #expect(
      Refusal.expired(file: "timestamp.json", expires: Self.now, now: Self.now).description
        == "timestamp.json expired at 2026-11-23T20:54:00Z and it is 2026-11-23T20:54:00Z: perhaps someone withholds a"
        + " newer one (a freeze attack), or the clock is wrong")
    #expect(
      Refusal.tooFewSignatures(file: "expat.json", role: "expat", valid: 1, threshold: 2).description
        == "expat.json has valid signatures of 1 of the keys of expat, and needs 2")
  }
}
