import Basics
import DebianArchive
import Testing

@Suite struct ChangelogTests {
  private static let text = """
    expat (2.5.0-1+deb12u5) bookworm-security; urgency=medium

      * Backport upstream security patches:
        - CVE-2026-56132: Fix out-of-bound store.
        - CVE-2026-56132, CVE-2026-102633 and CVE-20: twice, a long one, and none.

     -- Andrej Shadura <andrewsh@debian.org>  Thu, 22 Oct 2026 00:34:41 +0200

    expat (2.5.0-1+deb12u4) bookworm-security; urgency=HIGH, binary-only=yes

      * CVE-2024-28757

     -- Andrej Shadura <andrewsh@debian.org>  Sun, 27 Sep 2026 21:38:19 -0130

    expat (2.5.0-1+deb12u2) bookworm; urgency=low

      * Old.

     -- Somebody <s@debian.org>  some day

    Old Changelog of 1997, in another style
    """

  @Test func `the entries newer than the old version are found with their weaknesses`() throws {
    let changelog = try Changelog(parsing: Array(Self.text.utf8))
    #expect(changelog.entries.count == 3)
    let (old, new) = (try DebianVersion("2.5.0-1+deb12u2"), try DebianVersion("2.5.0-1+deb12u5"))
    let fresh = changelog.entries(after: old, through: new)
    #expect(fresh.map(\.version.text) == ["2.5.0-1+deb12u5", "2.5.0-1+deb12u4"])
    #expect(fresh.map(\.urgency) == ["medium", "high"])
    #expect(fresh[0].vulnerabilities == ["CVE-2026-56132", "CVE-2026-102633"])
    #expect(fresh[1].vulnerabilities == ["CVE-2024-28757"])
    #expect(fresh[0].distributions == ["bookworm-security"])
    #expect(fresh[0].lines.first == "* Backport upstream security patches:")
    #expect(fresh[0].date == UTCTime("2026-10-21T22:34:41Z"))
    #expect(fresh[1].date == UTCTime("2026-09-27T23:08:19Z"))
    #expect(changelog.entries[2].date == nil)
  }

  @Test(arguments: ["", "no changelog\n", "expat (1.0) x; urgency=low\n\n  * open for ever\n"])
  func `a text without a complete entry is refused`(text: String) {
    #expect(throws: DebianError.self) { try Changelog(parsing: Array(text.utf8)) }
  }
}
