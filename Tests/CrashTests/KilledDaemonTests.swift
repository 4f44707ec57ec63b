import Basics
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Linux
import TestSupport
import Testing

/// SIGKILL of the real daemon at every journaled step, with a real service that maps the component's library.
@Suite(.serialized, .enabled(if: KilledDaemon.absence == nil, "NOT RUN: \(KilledDaemon.absence ?? "")"))
struct KilledDaemonTests {
  private let world: World
  private let library: String
  // In the long form every file that the device brings to the disk is a step.
  private static let steps =
    ProcessEnvironment.value("SUTURE_CRASH_MIXES") == nil ? "journal.sqlite-wal" : "/lib/suture/"

  init() throws {
    let libraries = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
    let old = try libraries.read(path("libz.so.1"), limit: 1 << 24)
    // What follows the last section is not loaded: the same library under another digest.
    var world = try World(old: old, new: old + Array("improved".utf8), inMemory: true)
    let device = try Directory(path: world.deviceRoot)
    _ = try device.creatingDirectory(path("etc/suture/services"))
    let service = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n"
    try device.write(Array(service.utf8), to: path("etc/suture/services/demo.service"))
    try world.publish()
    self.world = world
    library = try KilledDaemon.library(in: world.temporary.directory)
  }

  private func daemon(killedAt number: Int? = nil) throws -> KilledDaemon {
    try KilledDaemon(
      root: world.deviceRoot, notes: world.temporary.directory,
      killedAt: number.map { (library, Self.steps, $0) })
  }

  private func standing() throws -> Set<Graft> {
    let layout = try DeviceLayout(root: world.deviceRoot)
    return try LinkFarm(root: layout.root, farm: layout.farm, store: Store(in: layout.store)).standing()
  }

  private var improved: Set<Graft> {
    [Graft(path: world.file, file: Store.Key(digest: Digest(of: world.new), mode: 0o644))]
  }

  /// The one process of the service, and whether it runs the improved library: by what the kernel says.
  private func service(_ status: DeviceStatus) throws -> Bool {
    let processes = try #require(status.components.first).processes
    try #require(processes.count == 1, "\(processes)")
    #expect(processes[0].service == "demo")
    return processes[0].exposure == .protected
  }

  @Test func `killed at any step of an apply, the next daemon finishes it`() async throws {
    let folder = try Directory(path: world.deviceRoot)
    let initial = try DiskImage(of: folder)
    var steps = 0
    while true {
      try initial.materialise(in: folder)
      let killed = try daemon(killedAt: steps + 1)
      if try await killed.wait(for: "sutured: confirm: ") {
        try await killed.end()
      } else {
        try await killed.waitForEnd()
      }
      if try killed.hasEndedInOrder { break }
      steps += 1
      let found = try standing()
      #expect(found.isEmpty || found == improved, "killed at step \(steps)")
      let next = try daemon()
      let status = try await next.wait { $0.verdict == .protected && $0.components.first?.state == .confirmed }
      #expect(try service(status), "killed at step \(steps)")
      #expect(try standing() == improved, "killed at step \(steps)")
      try await next.end()
    }
    #expect(steps > 10)
    print("FIGURE: SIGKILL at every journaled step of a first start with apply: \(steps) steps, violations 0")
  }

  @Test func `killed at any step of a remove, the next daemon finishes it or leaves the improvement whole`()
    async throws
  {
    let folder = try Directory(path: world.deviceRoot)
    let first = try daemon()
    _ = try await first.wait { $0.verdict == .protected && $0.components.first?.state == .confirmed }
    try await first.end()
    let initial = try DiskImage(of: folder)
    var (steps, old, new) = (0, 0, 0)
    while true {
      try initial.materialise(in: folder)
      let killed = try daemon(killedAt: steps + 1)
      var isDone = false
      if try await killed.wait(for: "sutured: look: ") {
        for _ in 0..<400 where killed.process.isRunning && !isDone {
          isDone = try killed.suture("remove", "libdemo").end == .exited(0)
        }
      }
      if isDone { try await killed.end() } else { try await killed.waitForEnd() }
      if try killed.hasEndedInOrder { break }
      steps += 1
      let found = try standing()
      #expect(found.isEmpty || found == improved, "killed at step \(steps)")
      let next = try daemon()
      // At rest when the service runs what the state says.
      let status = try await next.wait { status in
        guard let component = status.components.first, component.processes.count == 1 else { return false }
        let isWhole = component.state == .confirmed ? status.verdict == .protected : status.verdict == .exposed
        return isWhole && (component.state == .confirmed) == (component.processes[0].exposure == .protected)
      }
      let isImproved = try service(status)
      #expect(try standing() == (isImproved ? improved : []), "killed at step \(steps)")
      if isDone { #expect(!isImproved, "killed at step \(steps)") }
      if isImproved { old += 1 } else { new += 1 }
      try await next.end()
    }
    #expect(old > 0 && new > 0)
    print(
      "FIGURE: SIGKILL at every journaled step of a start with remove: \(steps) steps, \(old) old, \(new) new, violations 0"
    )
  }
}
