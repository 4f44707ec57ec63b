internal import Glibc

/// Work that waits, on a thread of its own, so that none of the few threads that all tasks share waits with it.
package enum WaitingThread {
  /// Runs `work` to its end on a new thread and gives its result.
  ///
  /// A task that is cancelled waits on: `work` must know an end by itself.
  package static func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let errand = Errand { continuation.resume(with: Swift.Result { try work() }) }
      let handed = unsafe Unmanaged.passRetained(errand).toOpaque()
      var thread = pthread_t()
      let code = unsafe pthread_create(&thread, nil, { unsafe Errand.run($0) }, handed)
      guard code != 0 else {
        pthread_detach(thread)
        return
      }
      unsafe Unmanaged<Errand>.fromOpaque(handed).release()
      continuation.resume(throwing: LinuxError("start", "a thread", code: code))
    }
  }
}

/// What a thread is given to do.
private final class Errand: Sendable {
  private let work: @Sendable () -> Void

  init(_ work: @escaping @Sendable () -> Void) { self.work = work }

  static func run(_ handed: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let handed = unsafe handed { unsafe Unmanaged<Errand>.fromOpaque(handed).takeRetainedValue().work() }
    return nil
  }
}

extension WaitingThread {
  /// Has the thread that calls it do nothing for a while; for work that `run` does.
  package static func pause(_ time: Duration) {
    let microseconds = time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000
    usleep(UInt32(clamping: microseconds))
  }
}
