import Linux
import Testing

@Suite struct WaitingThreadTests {
  struct Refusal: Error, Equatable {}

  @Test func `results and errors come back`() async throws {
    #expect(try await WaitingThread.run { 7 } == 7)
    await #expect(throws: Refusal()) { try await WaitingThread.run { throw Refusal() } }
  }

  @Test(.timeLimit(.minutes(10))) func `many that wait hold up nobody`() async throws {
    // More than there are shared threads on any machine that this runs on.
    let started = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          try await WaitingThread.run {
            _ = try ProcessLauncher.run("/bin/sleep", arguments: ["0.5"], limit: .seconds(20))
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(started.duration(to: .now) < .seconds(30))
  }
}
