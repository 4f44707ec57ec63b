import Basics
import DebianArchive
import Linux
import TestSupport
import Testing

@Suite struct DebPackageTests {
  static func written(_ bytes: [UInt8], in directory: TemporaryDirectory) throws -> String {
    try directory.directory.write(bytes, to: path("package.deb"))
    return directory.path + "/package.deb"
  }

  static func read(_ builder: DebBuilder, limits: DebLimits = .standard) throws -> DebPackage {
    let directory = try TemporaryDirectory()
    return try DebPackage(file: written(builder.bytes, in: directory), limits: limits)
  }

  static func demo(_ data: [DebBuilder.Entry]) -> DebBuilder {
    var builder = DebBuilder(version: "1.0-1")
    builder.data = data
    return builder
  }

  @Test func `a package is read with its fields, scripts and members`() throws {
    let directory = try TemporaryDirectory()
    var builder = DebBuilder(version: "2:1.0-1").with("Source", "demo (2:1.0)").with(
      "Depends", "libc6 (>= 2.36), a | b")
    builder.control = [.file("./postinst", "#!/bin/sh\n", mode: 0o755), .file("./conffiles", "/etc/demo.conf\n")]
    builder.data = [
      .directory("./lib/"), .file("./lib/libdemo.so.1.0", "elf"),
      .symbolicLink("./lib/libdemo.so.1", to: "libdemo.so.1.0"),
      .hardLink("./lib/libdemo-again.so", to: "./lib/libdemo.so.1.0"), .file("./etc/demo.conf", "a=b\n"),
      .directory("./usr/lib/"), .file("./usr/bin/demo", "x", mode: 0o4755),
    ]
    let package = try DebPackage(file: Self.written(builder.bytes, in: directory))
    #expect(package.name == "libdemo1" && package.architecture == "amd64" && package.version.text == "2:1.0-1")
    #expect(package.source == "demo" && package.sourceVersion.text == "2:1.0")
    #expect(package.controlFiles.keys.sorted() == ["conffiles", "postinst"])
    #expect(try package.relationships("Depends").map(\.description) == ["libc6 (>= 2.36)", "a | b"])
    #expect(try package.conffiles() == [path("etc/demo.conf")])
    #expect(
      package.members.map(\.path.description) == [
        "etc/demo.conf", "usr/bin/demo", "usr/lib", "usr/lib/libdemo-again.so", "usr/lib/libdemo.so.1",
        "usr/lib/libdemo.so.1.0",
      ])
    let elf = Digest(of: Array("elf".utf8))
    let library = try #require(package.membersByPath[path("usr/lib/libdemo.so.1.0")])
    #expect(library.kind == .file(elf) && library.size == 3 && library.mode == 0o644)
    #expect(package.membersByPath[try path("usr/lib/libdemo-again.so")]?.digest == elf)
    #expect(package.membersByPath[try path("usr/lib/libdemo.so.1")]?.kind == .symbolicLink(to: "libdemo.so.1.0"))
    #expect(package.membersByPath[try path("usr/bin/demo")]?.mode == 0o4755)
    let contents = try package.contents(of: [path("usr/lib/libdemo-again.so"), path("etc/demo.conf")])
    #expect(contents[try path("usr/lib/libdemo-again.so")] == Array("elf".utf8))
    #expect(contents[try path("etc/demo.conf")] == Array("a=b\n".utf8))
    #expect(throws: DebianError.self) { try package.content(of: path("usr/lib/libdemo.so.1")) }
  }

  @Test(arguments: [
    [DebBuilder.Entry.file("../etc/passwd", "x")],
    [.file("./usr/../../etc/passwd", "x")],
    [.file("/etc/passwd", "x")],
    [.file(".//etc/passwd", "x")],
    [.file("./a\nb", "x")],
    [.symbolicLink("./usr/lib/x", to: "/etc"), .file("./usr/lib/x/passwd", "x")],
    [.file("./usr/lib/x", "x"), .file("./lib/x/y", "x")],
    [.hardLink("./usr/bin/x", to: "./etc/shadow")],
    [.hardLink("./usr/bin/x", to: "../etc/shadow")],
    [.symbolicLink("./usr/bin/y", to: "/etc/shadow"), .hardLink("./usr/bin/x", to: "./usr/bin/y")],
    [.symbolicLink("./usr/bin/y", to: "")],
    [.file("./usr/bin/x", "1"), .file("./usr/bin/x", "2")],
    [.file("./lib/x", "1"), .file("./usr/lib/x", "2")],
    [.file("./usr/bin/x", "1"), .directory("./usr/bin/x/")],
  ])
  func `a member that leaves its root, stands twice or links astray is refused`(data: [DebBuilder.Entry]) throws {
    #expect(throws: DebianError.self) { try Self.read(Self.demo(data)) }
  }

  @Test func `a link at the root that merges usr is no double entry`() throws {
    let package = try Self.read(Self.demo([.directory("./usr/bin/"), .symbolicLink("./bin", to: "usr/bin")]))
    #expect(package.membersByPath[try path("bin")]?.kind == .symbolicLink(to: "usr/bin"))
  }

  @Test func `a device node is told apart`() throws {
    let package = try Self.read(Self.demo([.device("./dev/null")]))
    #expect(package.membersByPath[try path("dev/null")]?.kind == .other)
  }

  @Test func `more than the limits allow is refused`() throws {
    let demo = Self.demo([.file("./a", "12345"), .file("./b", "12345"), .file("./c", "12345")])
    #expect(throws: Never.self) { try Self.read(demo) }
    for change in [
      { (limits: inout DebLimits) in limits.entries = 3 }, { $0.memberBytes = 4 }, { $0.totalBytes = 14 },
      { $0.controlBytes = 10 }, { $0.compressedBytes = 1_000 }, { $0.controlEntries = 1 },
    ] {
      var limits = DebLimits.standard
      change(&limits)
      #expect(throws: DebianError.self) { try Self.read(demo, limits: limits) }
    }
  }

  @Test func `a package without its parts or fields is refused`() throws {
    let control = DebBuilder.tar([.file("./control", "Package: a1\nVersion: 1\nArchitecture: all\n")])
    let data = DebBuilder.tar([.directory("./")])
    let binary = Array("2.0\n".utf8)
    let good = [("debian-binary", binary), ("control.tar", control), ("data.tar", data)]
    let directory = try TemporaryDirectory()
    func read(_ parts: [(String, [UInt8])]) throws -> DebPackage {
      try DebPackage(file: Self.written(DebBuilder.ar(parts.map { (name: $0.0, bytes: $0.1) }), in: directory))
    }
    #expect(try read(good).name == "a1")
    #expect(try read([good[0], ("_gpgorigin", [1]), good[1], good[2]]).name == "a1")
    for parts in [
      [], [good[0]], [good[0], good[1]], [good[0], good[2], good[1]], [good[1], good[2], good[0]],
      [("debian-binary", Array("3.0\n".utf8)), good[1], good[2]], [good[0], ("control.zip", control), good[2]],
      [good[0], ("control.tar", data), good[2]],
      [good[0], ("control.tar", [UInt8](repeating: 7, count: 600)), good[2]],
    ] { #expect(throws: DebianError.self) { try read(parts) } }
    for builder in [
      DebBuilder(name: "../x", version: "1"), DebBuilder(name: "ok", version: "1 2"),
      DebBuilder(name: "ok", version: "1", architecture: "am/d64"),
      DebBuilder(name: "ok", version: "1").with("Source", "A"),
    ] { #expect(throws: DebianError.self) { try Self.read(builder) } }
    #expect(throws: DebianError.self) { try DebPackage(file: directory.path + "/absent.deb") }
  }

  /// Cut at every length and flipped at every byte: it is read or refused, and never more than that.
  @Test func `truncation and bit flips never trap`() throws {
    let directory = try TemporaryDirectory()
    let bytes = Self.demo([.file("./usr/lib/x", "content"), .hardLink("./usr/lib/y", to: "./usr/lib/x")]).bytes
    var (read, refused) = (0, 0)
    func attempt(_ bytes: [UInt8]) throws {
      let file = try Self.written(bytes, in: directory)
      do throws(DebianError) {
        _ = try DebPackage(file: file)
        read += 1
      } catch {
        refused += 1
        #expect(error.description.hasSuffix("."))
      }
    }
    for length in stride(from: 0, to: bytes.count, by: 37) { try attempt(Array(bytes[..<length])) }
    for index in stride(from: 0, to: bytes.count, by: 11) {
      var flipped = bytes
      flipped[index] ^= 0x11
      try attempt(flipped)
    }
    #expect(read > 0 && refused > 20)
  }

  @Test func `a file that changes between two readings is refused`() throws {
    let directory = try TemporaryDirectory()
    let package = try DebPackage(file: Self.written(Self.demo([.file("./a", "old")]).bytes, in: directory))
    #expect(try package.content(of: path("a")) == Array("old".utf8))
    _ = try Self.written(Self.demo([.file("./a", "new")]).bytes, in: directory)
    #expect(throws: DebianError.changedWhileRead(file: package.file, path: "a")) { try package.content(of: path("a")) }
  }
}
