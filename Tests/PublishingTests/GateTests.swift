import Basics
import DebianArchive
import Improvements
import Linux
import TestSupport
import Testing

@testable import Publishing

/// Two small builds that are eligible; each test changes one thing and names the gate that must refuse it.
struct Builds {
  var old: DebBuilder
  var new: DebBuilder

  init() {
    old = Self.build("1.0-1+deb12u1", library: "old code")
    new = Self.build("1.0-1+deb12u2", library: "new code")
  }

  static func build(_ version: String, library: String) -> DebBuilder {
    var builder = DebBuilder(version: version).with("Depends", "libc6 (>= 2.36), demo-data (= \(version))")
    builder.control = [
      .file("./postinst", "#!/bin/sh\n# \(version)\nldconfig\n", mode: 0o755), .file("./conffiles", "/etc/demo.conf\n"),
      .file("./shlibs", "libdemo 1 libdemo1 (>= \(version))\n"), .file("./md5sums", "\(library)\n"),
    ]
    builder.data = [
      .directory("./usr/lib/"), .file("./lib/libdemo.so.1.0", library),
      .symbolicLink("./lib/libdemo.so.1", to: "libdemo.so.1.0"), .file("./etc/demo.conf", "# \(version)\na=b\n"),
      .file("./usr/share/doc/libdemo1/changelog.Debian.gz", changelog(version)),
      .file("./usr/share/demo/data", "data"), .file("./usr/bin/demo", "program", mode: 0o755),
    ]
    return builder
  }

  /// Not compressed, which reads just as well.
  static func changelog(_ version: String) -> String {
    """
    demo (\(version)) bookworm-security; urgency=high

      * CVE-2026-0001, CVE-2026-00002: demo.

     -- Nobody <n@example.org>  Thu, 22 Oct 2026 00:34:41 +0200

    """
  }

  func verdict() throws -> Verdict {
    let directory = try TemporaryDirectory()
    try directory.directory.write(old.bytes, to: path("old.deb"))
    try directory.directory.write(new.bytes, to: path("new.deb"))
    return try Gates.import(
      old: DebPackage(file: directory.path + "/old.deb"), new: DebPackage(file: directory.path + "/new.deb"))
  }
}

@Suite struct GateTests {
  @Test func `a fix that changes one file is eligible, and what is left out is named`() throws {
    let verdict = try Builds().verdict()
    #expect(verdict.refusals == [])
    #expect(verdict.changed.map(\.description) == ["usr/lib/libdemo.so.1.0"])
    #expect(
      verdict.omitted.map(\.path.description) == ["etc/demo.conf", "usr/share/doc/libdemo1/changelog.Debian.gz"])
    #expect(verdict.siblings == ["demo-data"])
    #expect(verdict.read == verdict.changed)
    #expect(verdict.package == "libdemo1" && verdict.from == "1.0-1+deb12u1" && verdict.to == "1.0-1+deb12u2")
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let gate: Verdict.Gate
    /// A part of the sentence.
    let says: String
    let change: @Sendable (inout Builds) -> Void
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "another package", gate: .identity, says: "libother1") { $0.new = $0.new.with("Package", "libother1") },
    Case(name: "another architecture", gate: .identity, says: "arm64") {
      $0.new = $0.new.with("Architecture", "arm64")
    },
    Case(name: "an older version", gate: .identity, says: "not newer") { swap(&$0.old, &$0.new) },
    Case(name: "the same version", gate: .identity, says: "not newer") { $0.new = $0.old },
    Case(name: "another postinst", gate: .scripts, says: "postinst") {
      $0.new.control[0] = .file("./postinst", "#!/bin/sh\n# 1.0-1+deb12u2\nrm -rf /\n")
    },
    Case(name: "a new script", gate: .scripts, says: "brings a maintainer script, prerm") {
      $0.new.control.append(.file("./prerm", "x"))
    },
    Case(name: "a script less", gate: .scripts, says: "drops the maintainer script postinst") {
      $0.new.control.removeFirst()
    },
    Case(name: "new triggers", gate: .scripts, says: "triggers") {
      $0.new.control.append(.file("./triggers", "activate-noawait ldconfig\n"))
    },
    Case(name: "a script that names the old version", gate: .scripts, says: "postinst") {
      $0.old.control[0] = .file("./postinst", "upgrade 1.0-1+deb12u1\n")
      $0.new.control[0] = .file("./postinst", "upgrade 1.0-1+deb12u1\n")
    },
    Case(name: "a changed configuration file", gate: .conffiles, says: "etc/demo.conf differs") {
      $0.new.data[3] = .file("./etc/demo.conf", "# 1.0-1+deb12u2\na=c\n")
    },
    Case(name: "a new configuration file", gate: .conffiles, says: "adds") {
      $0.new.control[1] = .file("./conffiles", "/etc/demo.conf\n/etc/more.conf\n")
      $0.new.data.append(.file("./etc/more.conf", "x"))
    },
    Case(name: "a configuration file less", gate: .conffiles, says: "drops") {
      $0.new.control[1] = .file("./conffiles", "")
    },
    Case(name: "a new library", gate: .files, says: "adds files: usr/lib/libmore.so.1") {
      $0.new.data.append(.file("./lib/libmore.so.1", "x"))
    },
    Case(name: "a library less", gate: .files, says: "removes files: usr/lib/libdemo.so.1.0") {
      $0.new.data.remove(at: 1)
    },
    Case(name: "a new data file", gate: .files, says: "usr/share/demo/more") {
      $0.new.data.append(.file("./usr/share/demo/more", "x"))
    },
    Case(name: "a new directory", gate: .files, says: "var/lib/demo") {
      $0.new.data.append(.directory("./var/lib/demo/"))
    },
    Case(name: "a link that leads elsewhere", gate: .files, says: "libdemo.so.1.1") {
      $0.new.data[2] = .symbolicLink("./lib/libdemo.so.1", to: "libdemo.so.1.1")
    },
    Case(name: "a file that becomes a link", gate: .files, says: "another kind") {
      $0.new.data[6] = .symbolicLink("./usr/bin/demo", to: "true")
    },
    Case(name: "a set-user-id bit", gate: .files, says: "4755") {
      $0.new.data[6] = .file("./usr/bin/demo", "program", mode: 0o4755)
    },
    Case(name: "another owner", gate: .files, says: "42:0") { $0.new.data[6].userID = 42 },
    Case(name: "a device", gate: .files, says: "neither") {
      $0.old.data.append(.device("./dev/demo"))
      $0.new.data.append(.device("./dev/demo"))
    },
    Case(name: "a new dependency", gate: .dependencies, says: "libnew1") {
      $0.new = $0.new.with("Depends", "libc6 (>= 2.36), demo-data (= 1.0-1+deb12u2), libnew1")
    },
    Case(name: "a raised dependency", gate: .dependencies, says: "the old one only on \"libc6 (>= 2.36)\"") {
      $0.new = $0.new.with("Depends", "libc6 (>= 2.37), demo-data (= 1.0-1+deb12u2)")
    },
    Case(name: "a new pre-dependency", gate: .dependencies, says: "init-system-helpers") {
      $0.new = $0.new.with("Pre-Depends", "init-system-helpers (>= 1.54~)")
    },
    Case(name: "a new conflict", gate: .dependencies, says: "Breaks \"libold1 (<< 3)\"") {
      $0.new = $0.new.with("Breaks", "libold1 (<< 3)")
    },
    Case(name: "an image in one build only", gate: .libraries, says: "only one") {
      $0.new.data[1] = .file("./lib/libdemo.so.1.0", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
    },
    Case(name: "images that cannot be read", gate: .libraries, says: "cannot be judged") {
      $0.old.data[1] = .file("./lib/libdemo.so.1.0", [0x7f, 0x45, 0x4c, 0x46, 2])
      $0.new.data[1] = .file("./lib/libdemo.so.1.0", [0x7f, 0x45, 0x4c, 0x46, 3])
    },
  ]

  @Test(arguments: cases)
  func `what cannot be an improvement is refused by its gate with a sentence`(example: Case) throws {
    var builds = Builds()
    example.change(&builds)
    let verdict = try builds.verdict()
    #expect(!verdict.isEligible)
    #expect(verdict.refusals.map(\.gate) == [example.gate])
    #expect(verdict.refusals.allSatisfy { $0.description.contains(example.says) && $0.description.hasSuffix(".") })
  }

  @Test func `every gate is shown to refuse`() {
    #expect(Set(Self.cases.map(\.gate)) == Set(Verdict.Gate.allCases))
  }

  @Test func `a weaker dependency, a narrower conflict and another order are eligible`() throws {
    var builds = Builds()
    builds.old = builds.old.with("Breaks", "libold1 (<< 3)")
    builds.new = builds.new.with("Breaks", "libold1 (<< 2)")
      .with("Depends", "demo-data (= 1.0-1+deb12u2), libc6 (>= 2.30) | libc6.1")
    #expect(try builds.verdict().refusals == [])
  }

  @Test func `a dependency within a range of the own version names its sibling once`() throws {
    var builds = Builds()
    builds.old = builds.old.with("Depends", "demo-common (<< 1.0-1+deb12u1.1~), demo-common (>= 1.0-1+deb12u1)")
    builds.new = builds.new.with("Depends", "demo-common (<< 1.0-1+deb12u2.1~), demo-common (>= 1.0-1+deb12u2)")
    let verdict = try builds.verdict()
    #expect(verdict.refusals == [] && verdict.siblings == ["demo-common"])
  }

  @Test func `a version that is a mere number hides no change of a script`() throws {
    var builds = Builds()
    builds.old = Builds.build("9", library: "old")
    builds.new = Builds.build("10", library: "new")
    builds.old.control[0] = .file("./postinst", "sleep 9\n")
    builds.new.control[0] = .file("./postinst", "sleep 10\n")
    #expect(try builds.verdict().refusals.contains { $0.gate == .scripts })
  }

  @Test func `a rebuild that changes nothing that runs is eligible and has nothing to improve`() throws {
    var builds = Builds()
    builds.new.data[1] = builds.old.data[1]
    let verdict = try builds.verdict()
    #expect(verdict.isEligible && verdict.changed.isEmpty && !verdict.omitted.isEmpty)
  }

  @Test func `a new page of a manual is left out and named`() throws {
    var builds = Builds()
    builds.new.data.append(.file("./usr/share/man/man1/demo.1.gz", "new page"))
    let verdict = try builds.verdict()
    #expect(verdict.isEligible)
    #expect(verdict.omitted.contains { $0.path.description == "usr/share/man/man1/demo.1.gz" })
  }
}
