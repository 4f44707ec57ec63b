import DebianArchive
import Testing

@Suite struct DebianVersionTests {
  /// Each row was put to `dpkg --compare-versions`.
  @Test(arguments: [
    ("1.0", "1.1"), ("1.0~rc1", "1.0"), ("1.0~", "1.0~rc1"), ("1.0~~", "1.0~"), ("1.0", "1.0+b1"), ("1.2", "1.10"),
    ("2.5.0-1+deb12u2", "2.5.0-1+deb12u5"), ("2.36-9+deb12u7", "2.36-9+deb12u14"), ("9", "1:0"), ("1.0-1", "1.0-1.1"),
    ("3.0.20-1~deb12u2", "3.0.22-1~deb12u2"), ("1.0", "1.0a"), ("1.0a", "1.0+"), ("1.0a", "1.0."), ("1.0-a", "1.0-+"),
    ("2.50.6-1~deb12u1", "2.50.6-1~deb12u2"), ("1.0Z", "1.0a"), ("1.0-1~bpo12+1", "1.0-1"), ("0", "0a"),
    ("1.99999999999999999999", "1.100000000000000000000"), ("8:6.9-1", "8:6.9-2"), ("1.0-0~", "1.0"),
  ])
  func `versions are ordered as dpkg orders them`(earlier: String, later: String) throws {
    let (low, high) = (try DebianVersion(earlier), try DebianVersion(later))
    #expect(low < high)
    #expect(!(high < low))
    #expect(low != high)
  }

  @Test(arguments: [("1.0", "1.00"), ("1.0", "0:1.0"), ("1.0", "1.0-0"), ("01", "1"), ("1.0-0", "1.0-00")])
  func `two spellings of one version are equal`(left: String, right: String) throws {
    #expect(try DebianVersion(left) == DebianVersion(right))
  }

  @Test func `the parts of a version are kept`() throws {
    let version = try DebianVersion("8:6.9.11.60+dfsg-1.6+deb12u11")
    #expect(version.epoch == 8)
    #expect(version.upstream == "6.9.11.60+dfsg")
    #expect(version.revision == "1.6+deb12u11")
    #expect(version.textWithoutEpoch == "6.9.11.60+dfsg-1.6+deb12u11")
    #expect(version.text == "8:6.9.11.60+dfsg-1.6+deb12u11")
    #expect(try DebianVersion("1-2-3").revision == "3")
    #expect(try DebianVersion("1.2").revision == nil)
  }

  @Test(arguments: [
    "", " 1", "a1", "1:", ":1", "x:1", "-1:1", "2147483648:1", "1-", "1 2", "1_2", "1.0-1_2", "1/2", "ä1", "1ä",
    String(repeating: "1", count: 513),
  ])
  func `what dpkg would refuse as a version is refused`(text: String) {
    #expect(throws: DebianError.self) { try DebianVersion(text) }
  }
}
