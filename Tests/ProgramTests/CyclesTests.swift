import Journal
import Linux
import Testing

/// Applying and removing an improvement again and again leaves nothing behind: no mount, no descriptor, no thread, no child, no
/// file and no memory.
///
/// `SUTURE_CYCLES` is how often, 10 where it is not set.
@Suite(
  .serialized, .enabled(if: Mounting.absence == nil, "\(Mounting.absence ?? "")"),
  .enabled(if: HeapMeter.absence == nil, "NOT RUN: \(HeapMeter.absence ?? "")"))
struct CyclesTests {
  private static let count = ProcessEnvironment.value("SUTURE_CYCLES").flatMap { Int($0) } ?? 10
  /// Before what is kept for next time is all there.
  private static let warmUp = max(3, min(100, count / 10))
  /// The most that SQLite's write-ahead log may have: a thousand pages (`wal_autocheckpoint`) and what one transaction adds.
  private static let journalLogLimit = 5 << 20

  @Test func `cycles of apply and remove leave nothing behind`() async throws {
    let daemon = try await CycledDaemon(isLongUsed: true)
    for _ in 0..<Self.warmUp { try await daemon.cycle() }
    let (before, journal) = (try await daemon.footprint(), try daemon.journal())
    #expect(journal.history == Journal.historyLimit)
    let clock = ContinuousClock()
    let begin = clock.now
    var growth = MemoryGrowth()
    for _ in 0..<Self.count {
      try await daemon.cycle()
      growth.add(try daemon.memory())
    }
    let took = begin.duration(to: clock.now)
    let left = try await daemon.footprint(like: before).differences(from: before)
    #expect(left == [])
    #expect(growth.findings == [])
    #expect(try daemon.journal() == journal)
    #expect(try daemon.journalLog() <= Self.journalLogLimit)
    try await daemon.end()

    let each = took / .milliseconds(1) / Double(Self.count)
    let name = "FIGURE: \(Self.count) cycles of apply and remove"
    print("\(name), \(Int(each)) ms each: nothing left behind besides \(before.account)")
    print("\(name), memory: \(growth.account)")
    print("\(name), journal: \(journal.history) lines of history and \(journal.bytes) bytes, before and after")
  }

  @Test func `whatever a daemon leaves behind in each cycle is found`() async throws {
    let daemon = try await CycledDaemon(isLongUsed: false, leaking: HeapMeter.Leak.allCases)
    let (before, journal) = (try await daemon.footprint(), try daemon.journal())
    var growth = MemoryGrowth()
    for _ in 0..<4 {
      try await daemon.cycle()
      growth.add(try daemon.memory())
    }
    let left = try await daemon.footprint(like: before, within: .zero).differences(from: before)
    for kind in ["mount", "descriptor", "thread", "child", "file"] {
      #expect(left.contains { $0.hasPrefix(kind) }, "\(kind): \(left)")
    }
    for kind in ["heap", "mapping"] {
      #expect(growth.findings.contains { $0.hasPrefix(kind) }, "\(kind): \(growth)")
    }
    #expect(try daemon.journal().history > journal.history)
    try await daemon.end()
  }
}

/// What a program has in memory after each of many cycles that all do the same.
///
/// The least at the beginning and at the end are compared: what is needed for a moment only is in neither. What is kept for
/// next time has a limit: pages of SQLite's (2 MB), blocks of libdispatch's (1,024 for each thread), timers of the last minute.
/// After hundreds of cycles all of that is there, so that of so many the second half is judged, strictly.
struct MemoryGrowth {
  /// From how many cycles on only the second half is judged.
  static let fullAfter = 500
  /// The most by which the heap may grow in a few cycles, and in the second half of many.
  static let heapLimits = (few: 3 << 20, many: 128 << 10)
  /// The same of memory by the kernel's word, which holds what is free in the heap, in pieces.
  static let anonymousLimits = (few: 4 << 20, many: 1 << 20)

  private var samples: [CycledDaemon.Memory] = []
  private var isMany: Bool { samples.count >= Self.fullAfter }

  mutating func add(_ sample: CycledDaemon.Memory) { samples.append(sample) }

  private func ends(_ figure: KeyPath<CycledDaemon.Memory, Int>) -> (first: Int, last: Int) {
    let figures = samples.map { $0[keyPath: figure] }.suffix(isMany ? samples.count / 2 : samples.count)
    let width = max(1, figures.count / 5)
    return (figures.prefix(width).min() ?? 0, figures.suffix(width).min() ?? 0)
  }

  /// What grew, in words.
  var findings: [String] {
    let (heap, anonymous) = (ends(\.heap.bytes), ends(\.anonymous))
    var found: [String] = []
    if heap.last - heap.first > (isMany ? Self.heapLimits.many : Self.heapLimits.few) {
      found.append("heap grew from \(heap.first) to \(heap.last) bytes")
    }
    if anonymous.last - anonymous.first > (isMany ? Self.anonymousLimits.many : Self.anonymousLimits.few) {
      found.append("mapping: memory grew from \(anonymous.first) to \(anonymous.last) bytes")
    }
    return found
  }

  /// The figures, in words.
  var account: String {
    let (heap, anonymous) = (ends(\.heap.bytes), ends(\.anonymous))
    return "heap \(heap.first) bytes \(isMany ? "half-way" : "at first"), \(heap.last) at last;"
      + " memory that is no file's \(anonymous.first >> 10) KiB, \(anonymous.last >> 10) KiB"
  }
}
