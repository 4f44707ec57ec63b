import Linux
import TestSupport
import Testing

@testable import DebianArchive

@Suite struct AptArchiveTests {
  @Test func `the versions that apt offers are sorted and gathered by where they lie`() {
    let text = """
       libexpat1 | 2.5.0-1+deb12u2 | http://deb.debian.org/debian bookworm/main amd64 Packages
       libexpat1 | 2.5.0-1+deb12u5 | http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
       libexpat1 | 2.5.0-1+deb12u5 | http://mirror.example/debian bookworm/main amd64 Packages
       expat | 2.5.0-1+deb12u5 | http://deb.debian.org/debian bookworm/main Sources
       libother | not a version | http://deb.debian.org/debian bookworm/main amd64 Packages
      N: something else
      """
    let found = AptVersion.parse(madison: text)
    #expect(found.keys.sorted() == ["libexpat1"])
    #expect(found["libexpat1"]?.map(\.version.text) == ["2.5.0-1+deb12u5", "2.5.0-1+deb12u2"])
    #expect(found["libexpat1"]?.first?.origins.count == 2)
    #expect(found["libexpat1"]?.last?.origins == ["http://deb.debian.org/debian bookworm/main amd64"])
  }

  @Test func `the packages of a section are found in a list`() {
    let text = """
      Package: liba
      Section: libs
      Size: 10

      Package: tool
      Section: utils
      Size: 5

      Package: libb
      Section: contrib/libs
      Description: x
       Size: 7
      Size: 20

      Package: liba
      Size: 30
      Section: libs
      """
    #expect(PackageList.sizes(in: text, section: "libs") == ["liba": 30, "libb": 20])
  }

  @Test(arguments: ["", "-o=x", "LibX", "a/b", "a=1", "a b"])
  func `a name that is no package name never reaches apt`(name: String) async throws {
    let directory = try TemporaryDirectory()
    let apt = try AptArchive(state: directory.path + "/apt", architecture: "amd64")
    await #expect(throws: DebianError.badName(name)) { try await apt.versions(of: name) }
    #expect(throws: DebianError.badName(name)) { try AptArchive(state: directory.path, architecture: name) }
  }

  @Test func `a program that is missing is named`() async throws {
    let tool = AptTool(options: [])
    await #expect(throws: DebianError.aptMissing(tool: "apt-of-nowhere")) { try await tool.ask("apt-of-nowhere", []) }
  }

  @Test func `a program that fails is quoted`() async throws {
    let tool = AptTool(options: [])
    let error = await #expect(throws: DebianError.self) { try await tool.ask("cat", ["/absent"]) }
    #expect(error?.description.contains("/absent") == true)
  }

  @Test(.enabled(if: PackageCorpus.hasApt, "\(PackageCorpus.aptAbsence)"))
  func `the real archive is asked with a private state`() async throws {
    let directory = try TemporaryDirectory()
    let apt = try AptArchive(
      state: directory.path + "/apt", architecture: try await AptArchive.nativeArchitecture())
    do { try await apt.update() } catch DebianError.archiveUnreachable(let message) {
      print("NOT RUN: no Debian archive answers (\(message))")
      return
    }
    let pairs = try await apt.packagesWithPairs()
    let pair = try #require(pairs.first)
    #expect(pair.from.version < pair.to.version)
    #expect(!pair.from.origins.isEmpty && !pair.to.origins.isEmpty)
    let package = try DebPackage(file: try await apt.download(pair.package, version: pair.from.version.text))
    #expect(package.name == pair.package && package.version.text == pair.from.version.text)
    let error = await #expect(throws: DebianError.self) {
      try await apt.download(pair.package, version: "0.0.1-absent")
    }
    #expect(error?.description.contains(pair.to.version.text) == true)
    #expect(error?.description.contains("not in version 0.0.1-absent") == true)
    await #expect(throws: DebianError.notOffered(package: "no-such-package-here")) {
      try await apt.versions(of: "no-such-package-here")
    }
  }
}
