import Foundation
import Improvements
import Linux
import TestSupport
import Testing

@testable import Activation

/// What a scan costs, beside programs that answer the same question: which processes map this file.
///
/// `SUTURE_SCAN_PROCESSES` is the number of processes, 50 where it is not set.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ScanCostTests {
  private static let count = ProcessInfo.processInfo.environment["SUTURE_SCAN_PROCESSES"].flatMap { Int($0) } ?? 50
  /// How often each is measured; the least counts, because others run on the machine too.
  private static let rounds = 5
  /// What a process maps besides.
  private static let libraries = ["z.so.1", "lzma.so.5", "zstd.so.1", "crypto.so.3", "ssl.so.3"]
    .map { "/usr/lib/x86_64-linux-gnu/lib\($0)" }.filter { FileManager.default.fileExists(atPath: $0) }

  /// Time on the clock and of processors, in milliseconds.
  private struct Cost {
    var wall = Double.infinity
    var processor = Double.infinity

    mutating func take(_ duration: Duration, _ microseconds: Int64) {
      wall = min(wall, duration / .milliseconds(1))
      processor = min(processor, Double(microseconds) / 1_000)
    }

    func account(_ name: String) -> String {
      "\(name): \(tenths(processor)) ms of processor time, \(tenths(wall)) ms"
    }

    private func tenths(_ number: Double) -> Double { (number * 10).rounded() / 10 }
  }

  @Test func `a scan finds every process that maps a watched file, and its time is told`() throws {
    let stream = try #require(Stream("debian-12/amd64/libc6"))
    let temporary = try TemporaryDirectory()
    let output = try temporary.directory.appendingFile(path("output"))
    let started = try (0..<Self.count).map { _ in
      try ProcessLauncher.start(
        "/bin/sleep", arguments: ["600"], environment: ["LD_PRELOAD": Self.libraries.joined(separator: " ")],
        output: output)
    }
    defer {
      for process in started {
        _ = try? process.send(.kill)
        process.reapSoon()
      }
    }
    let own = try #require(try ProcessTable.mappedFiles(of: ProcessLauncher.ownPID))
    let library = try #require(own.first { $0.path.hasSuffix("/libc.so.6") })
    let scanner = try ExposureScanner(selfTestedOn: [temporary.directory.openFile(path("output"))])
    let watched = WatchedFile(stream: stream, identity: library.identity, names: [library.path], isMeant: true)
    let expected = Set(started.map(\.pid))
    // A program that was only just started has not mapped its libraries yet.
    var seen: Set<Int32> = []
    for _ in 0..<200 where !expected.isSubset(of: seen) {
      seen = Set(try scanner.scan(for: [watched]).processes[stream, default: []].map(\.pid))
    }
    #expect(expected.isSubset(of: seen))
    var cost = Cost()
    for _ in 0..<Self.rounds {
      let (begin, processor) = (ContinuousClock.now, try Self.threadTime())
      _ = try scanner.scan(for: [watched])
      cost.take(begin.duration(to: .now), try Self.threadTime() - processor)
    }
    let all = try ProcessTable.pids().count
    let name = "FIGURE: who of \(all) processes maps a file that \(seen.count) map"
    print(cost.account("\(name), a scan"))
    for (peer, words) in Self.peers(library.path) {
      let other = try Self.cost(of: words)
      let ratio = (other.processor / cost.processor * 10).rounded() / 10
      print(other.account("\(name), \(peer)"), "(\(ratio) times a scan's)")
    }
  }

  /// Programs that answer the same, where they are installed.
  private static func peers(_ file: String) -> [(name: String, words: [String])] {
    [
      ("lsof FILE", ["/usr/bin/lsof", "-n", "-P", "-w", file]),
      ("grep -l FILE /proc/*/maps", ["/bin/sh", "-c", "exec grep -l \(file) /proc/[0-9]*/maps"]),
      ("needrestart -b -r l", ["/usr/sbin/needrestart", "-b", "-r", "l"]),
    ].filter { FileManager.default.isExecutableFile(atPath: $0.words[0]) }
  }

  private static func cost(of words: [String]) throws -> Cost {
    var cost = Cost()
    for _ in 0..<3 {
      let begin = ContinuousClock.now
      let measured = try ProcessLauncher.measure(
        words[0], arguments: Array(words.dropFirst()), environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
        limit: .seconds(120))
      cost.take(begin.duration(to: .now), measured.microseconds)
    }
    return cost
  }

  /// The processor time of this thread, on which a scan stays, in microseconds: other tests run beside.
  private static func threadTime() throws -> Int64 {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else {
      throw ConfigurationFile.Refusal("no time of threads on this machine")
    }
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }
}
