import Foundation
import Improvements
import Linux
import TestSupport
import Testing

@testable import Activation

/// What a scan costs.
///
/// `SUTURE_SCAN_PROCESSES` is the number of processes, 50 where it is not set.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ScanCostTests {
  private static let count = ProcessInfo.processInfo.environment["SUTURE_SCAN_PROCESSES"].flatMap { Int($0) } ?? 50

  @Test func `a scan finds every process that maps a watched file, and its time is told`() throws {
    let stream = try #require(Stream("debian-12/amd64/libc6"))
    let temporary = try TemporaryDirectory()
    let output = try temporary.directory.appendingFile(path("output"))
    let started = try (0..<Self.count).map { _ in
      try ProcessLauncher.start("/bin/sleep", arguments: ["120"], environment: [:], output: output)
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
    var took: Duration = .zero
    for _ in 0..<200 where !expected.isSubset(of: seen) {
      let begin = ContinuousClock.now
      seen = Set(try scanner.scan(for: [watched]).processes[stream, default: []].map(\.pid))
      took = begin.duration(to: .now)
    }
    #expect(expected.isSubset(of: seen))
    let all = try ProcessTable.pids().count
    print("FIGURE: scan of \(all) processes, of which \(seen.count) map the file: \(took / .milliseconds(1)) ms")
  }
}
