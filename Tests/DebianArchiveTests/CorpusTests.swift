import DebianArchive
import TestSupport
import Testing

@Suite(.enabled(if: PackageCorpus.present != nil, "\(PackageCorpus.absence)"))
struct CorpusTests {
  @Test(arguments: PackageCorpus.present?.pairs ?? [])
  func `both packages of every pair are read whole`(pair: PackageCorpus.Pair) throws {
    for (file, version) in [(pair.old, pair.oldVersion), (pair.new, pair.newVersion)] {
      let package = try DebPackage(file: file)
      #expect(package.name == pair.package)
      #expect(package.version.text == version)
      #expect(package.members.count > 3)
      #expect(try !package.relationships("Depends").isEmpty)
    }
    #expect(try DebianVersion(pair.oldVersion) < DebianVersion(pair.newVersion))
  }

  @Test func `the changelog of a fix names what it closes`() throws {
    let pair = try #require(PackageCorpus.present?.pair("libexpat1"))
    let package = try DebPackage(file: pair.new)
    let changelog = try #require(try package.changelog())
    let fresh = try changelog.entries(after: DebianVersion(pair.oldVersion), through: package.version)
    #expect(fresh.count >= 3)
    #expect(fresh.flatMap(\.vulnerabilities).contains("CVE-2025-59375"))
    #expect(fresh.allSatisfy { $0.date != nil && $0.source == "expat" })
  }
}
