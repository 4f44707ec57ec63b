import Packages
import TestSupport
import Testing

/// What apt 2.6.1 told a hook, and what is none of that.
@Suite struct AptChangesTests {
  static let told = """
    VERSION 3
    APT::Architecture=amd64
    DPkg::Pre-Install-Pkgs::=/usr/sbin/dpkg-preconfigure%20--apt%20||%20true
    CommandLine::AsString=apt-get%20install%20-y%20/tmp/pp.deb

    libssl3 3.0.20-1~deb12u2 amd64 same < 3.0.22-1~deb12u2 amd64 same /var/cache/apt/archives/libssl3_3.0.22-1~deb12u2_amd64.deb
    libssl3 3.0.20-1~deb12u2 amd64 same < 3.0.22-1~deb12u2 amd64 same **CONFIGURE**
    new-one - - none < 1 all none /a folder/new one.deb
    g++-12 12.2.0-14 i386 none > - - none **REMOVE**

    """

  @Test func `packages, their architectures and their archives are read`() throws {
    let changes = try AptChanges(parsing: Array(Self.told.utf8)).changes
    #expect(changes.map(\.name) == ["libssl3", "libssl3", "new-one", "g++-12"])
    #expect(changes.map(\.architectures) == [["amd64"], ["amd64"], ["all"], ["i386"]])
    #expect(
      changes.map(\.archive) == [
        "/var/cache/apt/archives/libssl3_3.0.22-1~deb12u2_amd64.deb", nil, "/a folder/new one.deb", nil,
      ])
  }

  @Test func `nothing to do is no mistake`() throws {
    #expect(try AptChanges(parsing: Array("VERSION 3\nA=b\n\n".utf8)).changes.isEmpty)
  }

  @Test(arguments: [
    "", "VERSION 2\n\n", "VERSION 3\nA=b\n", "VERSION 3\n\nlibssl3 1 amd64 same < 2 amd64 same **CONFIGURE**",
    "VERSION 3\n\nlibssl3 1 amd64 same < 2 amd64 **CONFIGURE**\n", "VERSION 3\n\n../x 1 a n < 2 a n **REMOVE**\n",
    "VERSION 3\n\nx 1 ../a n < 2 a n **REMOVE**\n", "VERSION 3\n\nx 1 a n < 2 a n **ERROR**\n",
    "VERSION 3\n\nx 1 a n < 2 a n relative.deb\n", "/var/cache/apt/archives/x.deb\n",
  ])
  func `whatever is not in the documented form is refused`(text: String) {
    #expect(throws: PackageError.self) { try AptChanges(parsing: Array(text.utf8)) }
  }

  @Test func `damaged bytes are read or refused, and nothing else`() {
    var generator = SeededGenerator(seed: 6)
    let told = Array(Self.told.utf8)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = told
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = .random(in: .min ... .max, using: &generator)
        case 1: bytes.remove(at: place)
        default: bytes.removeSubrange(place...)
        }
        if bytes.isEmpty { break }
      }
      do {
        for change in try AptChanges(parsing: bytes).changes {
          #expect(!change.name.contains("/") && !change.architectures.contains { $0.contains("/") })
        }
      } catch { refused += 1 }
    }
    #expect(refused > 1_000)
  }
}
