import Basics
import Linux
import Packages
import TestSupport
import Testing

/// Which lists of dpkg's concern what apt is about to do.
@Suite struct PackageFilesTests {
  let temporary: TemporaryDirectory
  let files: PackageFiles

  init() throws {
    temporary = try TemporaryDirectory()
    let info = try temporary.directory.creatingDirectory(path("var/lib/dpkg/info"))
    let lists = [
      "libssl3:amd64": "/.\n/usr\n/usr/lib/x86_64-linux-gnu/libssl.so.3\n",
      "libssl3:i386": "/usr/lib/i386-linux-gnu/libssl.so.3\n",
      "nginx": "/usr/sbin/nginx\n", "libold1:amd64": "/usr/lib/libold.so.1\n",
    ]
    for (name, text) in lists { try info.write(Array(text.utf8), to: path("\(name).list")) }
    try info.write(Array("x".utf8), to: path("libssl3:amd64.md5sums"))
    files = try PackageFiles(root: Directory(path: temporary.path, links: .withinRoot))
  }

  func lists(_ line: String) throws -> [String] {
    try files.lists(concerning: AptChanges(parsing: Array("VERSION 3\n\n\(line)\n".utf8)))
  }

  @Test func `a package has its list with its architecture or without`() throws {
    #expect(try lists("libssl3 1 amd64 same < 2 amd64 same **CONFIGURE**") == ["libssl3:amd64.list"])
    #expect(try lists("nginx 1 amd64 none > - - none **REMOVE**") == ["nginx.list"])
    #expect(try lists("libssl 1 amd64 none > - - none **REMOVE**").isEmpty)
    #expect(
      try lists("libssl3 1 i386 same < 2 amd64 same **CONFIGURE**") == ["libssl3:amd64.list", "libssl3:i386.list"])
  }

  @Test func `a package that takes files over from another concerns that one`() throws {
    let package = DebBuilder(name: "libnew1", version: "1").with(
      "Replaces", "libnone, libold1 (<< 2), nginx:any")
    try temporary.directory.write(package.bytes, to: path("a new.deb"))
    let line = "libnew1 - - none < 1 amd64 same \(temporary.path)/a new.deb"
    #expect(try lists(line) == ["libold1:amd64.list", "nginx.list"])
    #expect(throws: PackageError.self) { try lists("libnew1 - - none < 1 amd64 same \(temporary.path)/none.deb") }
  }

  @Test func `the paths of a list are those beneath the root`() throws {
    var paths: [String] = []
    try files.forEachPath(in: "libssl3:amd64.list") { paths.append($0.description) }
    #expect(paths == ["usr", "usr/lib/x86_64-linux-gnu/libssl.so.3"])
    try files.forEachPath(in: "gone.list") { _ in Issue.record("nothing can be in it") }
  }

  @Test func `a root without dpkg has no lists`() throws {
    let empty = try TemporaryDirectory()
    #expect(throws: LinuxError.self) { try PackageFiles(root: Directory(path: empty.path, links: .withinRoot)) }
  }
}
