import Basics
import CanonicalJSON
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// The real daemon over a machine's own root whose one improvement is put in place and taken off, again and again.
struct CycledDaemon {
  /// What it has in memory at one moment.
  struct Memory {
    /// What it allocated and did not free.
    let heap: HeapMeter.Reading
    /// What it has that is no file's, by the kernel's word, in bytes.
    let anonymous: Int
  }

  /// How many lines the journal and its write-ahead log have.
  struct JournalSize: Hashable {
    /// How many lines of history there are.
    let history: Int
    /// How many files are known.
    let knownFiles: Int
    /// How many improvements there are.
    let improvements: Int
    /// How long the database is, in bytes.
    let bytes: Int
  }

  /// How long it may take to come to rest: threads that wait for work go after some seconds.
  static let restLimit: Duration = .seconds(30)
  /// How long nothing must have changed.
  private static let restSpan: Duration = .milliseconds(500)

  private let mounted: MountedWorld
  private let daemon: Daemon
  private let meter: HeapMeter

  /// Starts it, waits until the improvement stands, and takes it off: what is compared is compared without it, because each
  /// mount has a number of its own.
  ///
  /// - Parameters:
  ///   - isLongUsed: whether its history is full already, so that whatever is added has to take the place of something.
  ///   - leaks: what is leaked in its place.
  init(isLongUsed: Bool, leaking leaks: [HeapMeter.Leak] = []) async throws {
    // Long enough to be watched, which is part of a cycle.
    var mounted = try MountedWorld(probation: "20ms")
    try mounted.world.publish()
    let home = try Directory(path: mounted.home)
    let leftovers = try home.creatingDirectory(path("leftovers"))
    meter = try HeapMeter(in: mounted.world.temporary.directory, leaking: leaks, into: leftovers.path)
    if isLongUsed { try Self.fillHistory(home) }
    daemon = try await Daemon(mounted.world, home: mounted.home, by: mounted.command(meter.variables))
    self.mounted = mounted
    _ = try await daemon.wait { $0.verdict == .protected && $0.components.first?.state == .confirmed }
    try await remove()
  }

  // In memory, where ten thousand transactions take a moment.
  private static func fillHistory(_ home: Directory) throws {
    let memory = try TemporaryDirectory(inMemory: true)
    do {
      let journal = try Journal(in: memory.directory)
      let now = WallClock.now()
      // As long as the longest that a cycle writes.
      let event = ProgressEvent(.plan, String(repeating: "as in months before ", count: 20))
      for _ in 0..<Journal.historyLimit { try journal.note(event, at: now) }
    }
    let state = try home.creatingDirectory(path("var/lib/suture"), mode: 0o700)
    let file = try path("journal.sqlite")
    try state.write(memory.directory.read(file, limit: 1 << 26), to: file, mode: 0o600)
  }

  /// Puts the improvement in place and takes it off again: each time the service runs what it should by the kernel's word, and
  /// the improvement is watched until it is confirmed.
  func cycle() async throws {
    try await expect(.protected, mounts: 1, after: daemon.suture("reapply", "libdemo", "--wait", "--json"))
    try await remove()
  }

  private func remove() async throws {
    try await expect(.exposed, mounts: 0, after: daemon.suture("remove", "libdemo", "--json"))
  }

  private func expect(
    _ exposure: ProcessReport.Exposure, mounts: Int, after result: (status: Int32?, output: String, error: String)
  ) throws {
    try #require(result.status == 0, "\(result.error)")
    let line = try #require(result.output.split(separator: "\n").last)
    let report = try #require(try JSON(parsing: Array(line.utf8))["report"])
    let processes = try #require(try DeviceStatus(report).components.first).processes
    try #require(processes.map(\.exposure) == [exposure], "\(line)")
    try #require(try mounted.mounts(of: daemon.process.pid).count == mounts)
  }

  /// What it has in memory now.
  func memory() throws -> Memory {
    Memory(heap: try meter.read(), anonymous: try AnonymousMemory.bytes(of: daemon.process))
  }

  /// What it holds once nothing changes any more; where `former` is given, once it is as then, if that comes true in time.
  func footprint(like former: Footprint? = nil, within limit: Duration = restLimit) async throws -> Footprint {
    let clock = ContinuousClock()
    let end = clock.now.advanced(by: limit)
    var found = try glance()
    var since = clock.now
    while clock.now < end {
      let isSteady = since.duration(to: clock.now) >= Self.restSpan
      if isSteady, former.map({ found.differences(from: $0).isEmpty }) ?? true { break }
      try await Task.sleep(for: .milliseconds(50))
      let next = try glance()
      if next != found { since = clock.now }
      found = next
    }
    return found
  }

  private func glance() throws -> Footprint {
    // SQLite's own files grow to a limit and are written over; the number of a process may have another digit.
    try Footprint(of: daemon.process, folders: [mounted.home, mounted.world.deviceRoot]) { name in
      name.contains("/journal.sqlite") || name.hasSuffix(".process")
    }
  }

  /// How much the journal holds.
  func journal() throws -> JournalSize {
    let state = try Directory(path: mounted.home + "/var/lib/suture")
    let journal = try Journal(in: state)
    return JournalSize(
      history: try journal.history(limit: .max).count, knownFiles: try journal.knownFiles().count,
      improvements: try journal.improvements().count, bytes: try present(state.status(path("journal.sqlite"))).size)
  }

  /// How long SQLite's write-ahead log is, in bytes.
  func journalLog() throws -> Int {
    try Directory(path: mounted.home + "/var/lib/suture").status(path("journal.sqlite-wal"))?.size ?? 0
  }

  func end() async throws { try await daemon.end(.terminate) }
}
