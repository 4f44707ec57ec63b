import Basics
import DebianArchive
import Improvements
import Publishing
import TestSupport
import Testing

/// Debian's own old and fixed builds: what the gates say of each is known.
@Suite(.enabled(if: PackageCorpus.present != nil, "\(PackageCorpus.absence)"))
struct CorpusVerdictTests {
  @Test(arguments: PackageCorpus.present?.pairs ?? [])
  func `every pair of the corpus is eligible but libmagickcore`(pair: PackageCorpus.Pair) throws {
    let verdict = try Gates.import(old: DebPackage(file: pair.old), new: DebPackage(file: pair.new))
    if pair.package == "libmagickcore-6.q16-6" {
      #expect(
        verdict.refusals.map(\.description) == [
          "The new build depends on \"libfreetype6 (>= 2.10.1)\", the old one only on \"libfreetype6 (>= 2.2.1)\"."
        ])
    } else {
      #expect(verdict.refusals == [])
      // Debian rebuilt webkit for a field of its control file: nothing that runs changed.
      #expect(verdict.changed.isEmpty == (pair.package == "libwebkit2gtk-4.1-0"))
    }
  }

  @Test(arguments: [
    ("libpython3.11", ["libpython3.11-stdlib"]), ("nginx", ["nginx-common"]), ("openssh-server", ["openssh-client"]),
    ("libwebkit2gtk-4.1-0", ["libjavascriptcoregtk-4.1-0"]), ("libexpat1", []),
  ])
  func `a sibling of the same source is named`(package: String, siblings: [String]) throws {
    let pair = try #require(PackageCorpus.present?.pair(package))
    let verdict = try Gates.import(old: DebPackage(file: pair.old), new: DebPackage(file: pair.new))
    #expect(verdict.siblings == siblings)
  }

  @Test func `files of libc in which only the identity changed are left out and named`() throws {
    let pair = try #require(PackageCorpus.present?.pair("libc6"))
    let verdict = try Gates.import(old: DebPackage(file: pair.old), new: DebPackage(file: pair.new))
    let alike = verdict.omitted.filter { $0.reason == "only its build identity changed" }
    #expect(alike.count > 200)
    #expect(verdict.changed.contains { $0.description == "usr/lib/x86_64-linux-gnu/libc.so.6" })
    #expect(verdict.omitted.allSatisfy { !verdict.changed.contains($0.path) })
  }
}
