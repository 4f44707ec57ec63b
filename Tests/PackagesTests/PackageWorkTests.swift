import Basics
import Linux
import Packages
import TestSupport
import Testing

/// Who is at work on packages, told by the note of a run and by real locks of another process.
@Suite(.timeLimit(.minutes(10))) struct PackageWorkTests {
  let temporary: TemporaryDirectory
  let work: PackageWork
  let own: ProcessIdentity

  init() throws {
    temporary = try TemporaryDirectory()
    _ = try temporary.directory.creatingDirectory(path("var/lib/dpkg"))
    let runtime = try temporary.directory.creatingDirectory(path("run"))
    work = try PackageWork(root: Directory(path: temporary.path, links: .withinRoot), runtime: runtime)
    own = try #require(ProcessIdentity(running: ProcessLauncher.ownPID))
  }

  func run(of process: ProcessIdentity) throws -> PackageRun {
    PackageRun(
      announcer: .apt, process: process, since: try #require(UTCTime("2026-11-23T20:54:00Z")),
      aside: [try path("usr/lib/libssl.so.3")])
  }

  @Test func `a run is written down and read back, and its process counts while it runs`() throws {
    #expect(try work.run() == nil && work.occupation() == nil)
    let run = try run(of: own)
    try work.inTurn { try work.announce(run) }
    #expect(try work.run() == run)
    #expect(try work.occupation()?.description.hasSuffix("(process \(own.pid))") == true)
    // What it said before it announced this one counts no more.
    #expect(try work.occupation(besides: own) != nil)
    try work.inTurn { try work.conclude() }
    #expect(try work.run() == nil && work.occupation() == nil)
    try work.announce(self.run(of: ProcessIdentity(pid: own.pid, startTicks: own.startTicks + 1)))
    #expect(try work.occupation() == nil)
  }

  @Test(arguments: ["lock-frontend", "lock"])
  func `whoever holds one of dpkg's locks is at work, until it lets go or has said that it is done`(name: String) throws
  {
    let locking = try LockingProcess(on: "\(temporary.path)/var/lib/dpkg/\(name)")
    #expect(try work.occupation()?.description == "perl (process \(locking.process.pid))")
    #expect(try work.occupation(besides: own) != nil)
    #expect(try work.occupation(besides: locking.process) == nil)
    locking.end()
    #expect(try work.occupation() == nil)
  }

  @Test func `a lock that an ancestor holds for a process that is done does not count`() throws {
    // A frontend holds the lock, and has a child do the work: as unattended-upgrades does.
    let file = "\(temporary.path)/var/lib/dpkg/lock-frontend"
    let frontend = try LockingProcess(on: file)
    let child = try #require(frontend.child)
    #expect(child.ancestors.contains(frontend.process) && frontend.process.parent == own)
    #expect(try work.occupation() != nil)
    #expect(try work.occupation(besides: child) == nil)
    try work.announce(run(of: child))
    #expect(try work.occupation(besides: child) != nil)
  }

  @Test func `a turn is one at a time, across processes, and ends with its process`() throws {
    let file = "\(temporary.path)/run/packages.lock"
    try work.inTurn {}
    let log = try temporary.directory.appendingFile(path("log"))
    let other = try ProcessLauncher.start(
      "/usr/bin/flock", arguments: [file, "/bin/sh", "-c", ": > \(temporary.path)/held; sleep 0.3"],
      environment: ["PATH": "/usr/bin:/bin"], output: log)
    while try temporary.directory.status(path("held")) == nil { Pause.wait(.milliseconds(1)) }
    let clock = ContinuousClock()
    let waited = try clock.measure { try work.inTurn {} }
    #expect(waited > .milliseconds(100))
    while other.isRunning { Pause.wait(.milliseconds(1)) }
    other.reap()
  }

  @Test func `a damaged note is none`() throws {
    for text in ["", "{}", "[]", #"{"announcer":"apt","process":"1@2","since":"x","aside":[]}"#] {
      #expect(throws: PackageError.malformedRun) { try PackageRun(parsing: Array(text.utf8)) }
      try temporary.directory.write(Array(text.utf8), to: path("run/packages"))
      #expect(try work.run() == nil)
    }
  }

  @Test func `what belongs together is written down and read back`() throws {
    #expect(try work.keptGroups().isEmpty)
    let groups: [String: Set<String>] = [
      "a.644": ["debian-12/amd64/libx"], "b.755": ["debian-12/amd64/libx", "o/a/y"],
    ]
    try work.keep(groups: groups)
    #expect(try work.keptGroups() == groups)
    try work.keep(groups: [:])
    #expect(try work.keptGroups().isEmpty)
  }
}
