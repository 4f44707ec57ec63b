import Basics
import Linux
import Packages
import TestSupport
import Testing

/// The program that apt and dpkg run, with real mounts in a mount namespace of the test's own.
///
/// Each script is what one package manager would do; what stands at its end is told by the kernel's table of mounts.
@Suite(.timeLimit(.minutes(10)), .enabled(if: Mounting.absence == nil, "\(Mounting.absence ?? "")"))
struct PackageHookTests {
  let temporary: TemporaryDirectory
  /// The files of two improvements, of which the first has two.
  let files = ["usr/lib/libx.so.1", "usr/lib/libxextra.so.1", "usr/lib/liby.so.2"]
  private let plan: String

  init() throws {
    temporary = try TemporaryDirectory()
    let top = temporary.directory
    let root = try top.creatingDirectory(path("root"))
    _ = try root.creatingDirectory(path("usr/lib"))
    try root.link(to: "usr/lib", at: path("lib"))
    let info = try root.creatingDirectory(path("var/lib/dpkg/info"))
    let store = try top.creatingDirectory(path("home/var/lib/suture/store"))
    let runtime = try top.creatingDirectory(path("home/run/suture"))
    var plan = "suture-graft 1\nroot \(root.path)\nstore \(store.path)\n"
    var groups = ""
    for (index, file) in files.enumerated() {
      try root.write(Array("old \(index)\n".utf8), to: path(file))
      let name = "\(Digest(of: [UInt8(index)])).644"
      try store.write(Array("new \(index)\n".utf8), to: path(name))
      let identity = try #require(try store.status(path(name))).identity
      plan += "graft \(identity.major):\(identity.minor) \(identity.inode) \(name) \(file)\n"
      groups += "\(name) debian-12/amd64/\(index < 2 ? "libx1" : "liby2")\n"
    }
    self.plan = plan + "establish\n"
    try runtime.write(Array(groups.utf8), to: path("packages.groups"))
    // Only one of the first improvement's files belongs to the package of its name, under the folder's former name.
    try info.write(Array("/.\n/lib\n/lib/libx.so.1\n".utf8), to: path("libx1:amd64.list"))
    try info.write(Array("/usr/lib/liby.so.2\n".utf8), to: path("liby2.list"))
    try info.write(Array("/usr/share/other\n".utf8), to: path("other.list"))
  }

  /// Runs a script, in which `hook` is the program; gives what it said and what stands at the end.
  func run(_ script: String, program: String? = nil) throws -> (said: String, status: ProcessEnd, standing: [String]) {
    try temporary.directory.write(Array(plan.utf8), to: path("plan"))
    let hook = try program ?? Program.path("suture-packages")
    let words = """
      top=\(temporary.path)
      hook() { \(hook) "$@" --root $top/root --home $top/home --own-namespace; }
      told() { printf 'VERSION 3\\nA=b\\n\\n%s\\n' "$1"; }
      \(try Program.path("suture-graft")) < $top/plan > /dev/null
      \(script)
      echo "== $?"
      sed -n "s:.* $top/root/\\([^ ]*\\) .*:\\1:p" /proc/self/mountinfo
      """
    let result = try ProcessLauncher.run(
      "/usr/bin/unshare", arguments: ["--mount", "--propagation", "private", "--", "/bin/sh", "-c", words],
      environment: ["PATH": "/usr/bin:/bin"], limit: .seconds(60))
    let parts = (result.output + result.error).split(separator: "== ", maxSplits: 1)
    let rest = (parts.last ?? "").split(separator: "\n")
    return (
      parts.count == 2 ? String(parts[0]) : "", Int32(rest.first ?? "").map { .exited($0) } ?? result.end,
      rest.dropFirst().map(String.init).sorted()
    )
  }

  func note() throws -> PackageRun? {
    guard let bytes = try temporary.directory.readIfPresent(path("home/run/suture/packages"), limit: 1 << 20) else {
      return nil
    }
    return try PackageRun(parsing: bytes)
  }

  private func change(_ name: String, _ action: String = "**REMOVE**") -> String {
    "\(name) 1 amd64 same < 2 amd64 same \(action)"
  }

  @Test func `what apt names steps aside with all that belongs to it, and nothing else`() throws {
    let result = try run("told '\(change("libx1"))' | hook before --apt --process $$")
    #expect(result.said == "suture: libx1: stepping aside for apt\n")
    #expect(result.status == .exited(0) && result.standing == [files[2]])
    let note = try #require(try note())
    let aside = Set(try files[..<2].map(path))
    #expect(note.announcer == .apt && note.aside == aside)
  }

  @Test
  func `for a package that has nothing to do with it nothing steps aside, nor does the dpkg that apt runs ask more`()
    throws
  {
    let result = try run(
      """
      told '\(change("other"))' | hook before --apt --process $$
      sh -c '"$0" before --process $$ --root "$1/root" --home "$1/home" --own-namespace; :' \
        \(Program.path("suture-packages")) $top
      """)
    #expect(result.said.isEmpty)
    #expect(result.status == .exited(0) && result.standing == files)
    #expect(try note()?.announcer == .apt && note()?.aside == [])
  }

  @Test func `for a dpkg that nobody announced everything steps aside`() throws {
    let result = try run("hook before --process $$")
    #expect(result.said == "suture: libx1, liby2: stepping aside for dpkg\n")
    #expect(result.status == .exited(0) && result.standing.isEmpty)
    #expect(try note()?.announcer == .dpkg && note()?.aside == Set(files.map(path)))
  }

  @Test func `for a dpkg that another announced, and does not run, everything steps aside`() throws {
    let result = try run(
      "sleep 60 & told '\(change("other"))' | hook before --apt --process $!; hook before --process $$; kill $!")
    #expect(result.standing.isEmpty)
    #expect(try note()?.announcer == .dpkg)
  }

  @Test func `a package that takes files over has their owner's improvement step aside`() throws {
    let package = DebBuilder(name: "libz1", version: "1").with("Replaces", "liby2 (<< 3)")
    try temporary.directory.write(package.bytes, to: path("libz1.deb"))
    let result = try run(
      "told 'libz1 - - none < 1 amd64 same \(temporary.path)/libz1.deb' | hook before --apt --process $$")
    #expect(result.said == "suture: liby2: stepping aside for apt\n")
    #expect(result.standing == Array(files[..<2]))
  }

  @Test(arguments: ["garbage", "x 1 amd64 same < 2 amd64 same /nonexistent.deb"])
  func `where it cannot be told what is concerned, everything steps aside`(line: String) throws {
    let result = try run("told '\(line)' | hook before --apt --process $$")
    #expect(result.said.hasPrefix("suture: everything steps aside: "))
    #expect(result.status == .exited(0) && result.standing.isEmpty)
  }

  @Test func `two commits of one apt add up until it is done`() throws {
    _ = try run(
      """
      told '\(change("liby2"))' | hook before --apt --process $$
      told '\(change("other"))' | hook before --apt --process $$
      """)
    #expect(try note()?.aside == [path(files[2])])
  }

  @Test func `beneath another root, and where nothing was ever put in place, it does nothing`() throws {
    let beneath = try run("DPKG_ROOT=/elsewhere; export DPKG_ROOT; hook before --process $$")
    #expect(beneath.standing == files && beneath.status == .exited(0) && beneath.said.isEmpty)
    let nowhere = try run(
      "\(Program.path("suture-packages")) before --process $$ --root $top/root --home $top/none --own-namespace")
    #expect(nowhere.standing == files && nowhere.status == .exited(0) && nowhere.said.isEmpty)
    #expect(try note() == nil)
  }

  @Test func `half removed, without the program that changes mounts, it says so and stops nobody`() throws {
    let alone = "\(temporary.path)/suture-packages"
    _ = try ProcessLauncher.run("/bin/cp", arguments: [Program.path("suture-packages"), alone])
    let result = try run("hook before --process $$", program: alone)
    #expect(result.status == .exited(0) && result.standing == files)
    #expect(result.said.contains("Invalid cross-device link"))
  }

  @Test func `without a daemon the end of a run is told, stops nobody, and leaves the note for the next daemon`() throws
  {
    let result = try run("hook before --process $$; hook after --process $$")
    #expect(result.status == .exited(0))
    #expect(result.said.contains("sutured does not answer"))
    #expect(try note() != nil)
    // An end that is not that of the run that was announced is nobody's business.
    let other = try run("hook before --process $$; sleep 60 & hook after --process $!; kill $!")
    #expect(!other.said.contains("sutured does not answer"))
  }

  @Test func `a mistaken command line is told apart`() throws {
    #expect(try run("hook before").status == .exited(64))
    #expect(try run("hook sometime --process 1").status == .exited(64))
  }
}
