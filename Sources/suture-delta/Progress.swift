import Linux
import Synchronization
import Terminal

/// How far long work is, on standard error: one line that rewrites itself on a terminal, else a line every fifteen seconds.
final class Progress: Sendable {
  private struct State {
    var text = ""
    var begun = ContinuousClock.now
    var shown: ContinuousClock.Instant?
    var isLineOpen = false
    var isOver = false
  }

  private let state = Mutex(State())
  private let isTerminal = StandardStream.error.isTerminal
  private let isQuiet: Bool

  /// Shows nothing where it is to be quiet.
  init(isQuiet: Bool = false) {
    self.isQuiet = isQuiet
  }

  /// How long nothing is said of work, and how often a line is written where nobody looks.
  private static let patience = Duration.milliseconds(400)
  private static let lineInterval = Duration.seconds(15)

  /// What is being done from now on.
  func say(_ text: String) {
    state.withLock {
      $0.text = text
      $0.begun = .now
    }
    count(text)
  }

  /// How far it is now.
  func count(_ text: String) {
    guard !isQuiet else { return }
    state.withLock { state in
      state.text = text
      show(&state)
    }
  }

  private func show(_ state: inout State) {
    let now = ContinuousClock.now
    let last = state.shown ?? state.begun
    guard !state.isOver, now - last >= (isTerminal ? Self.patience : Self.lineInterval) else { return }
    state.shown = now
    let seconds = (now - state.begun).components.seconds
    let line = "suture-delta: \(state.text), \(seconds) s"
    StandardStream.error.write(isTerminal ? "\r\u{1b}[K\(line)" : line + "\n")
    state.isLineOpen = isTerminal
  }

  /// Takes away what stands on the terminal.
  func clear() {
    state.withLock { state in
      if state.isLineOpen { StandardStream.error.write("\r\u{1b}[K") }
      state.isLineOpen = false
    }
  }

  /// Does work while the time in the line goes on.
  func during<T>(_ work: () async throws -> T) async throws -> T {
    guard !isQuiet else { return try await work() }
    async let ticking: Void = WaitingThread.run { self.tick() }
    do {
      let result = try await work()
      stop()
      _ = try await ticking
      return result
    } catch {
      stop()
      _ = try? await ticking
      throw error
    }
  }

  private func stop() {
    clear()
    state.withLock { $0.isOver = true }
  }

  private func tick() {
    while !state.withLock({ $0.isOver }) {
      state.withLock { show(&$0) }
      WaitingThread.pause(.milliseconds(50))
    }
  }
}
