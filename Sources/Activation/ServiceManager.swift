/// Whatever starts and stops services on a machine.
package protocol ServiceManager: Sendable {
  /// How a service is now; nil where there is no such service.
  func status(of name: String) async throws -> ServiceStatus?

  /// The service that a process belongs to, if any.
  func service(of pid: Int32) async -> String?

  /// Why a service must not be restarted without its owner's word, in words that say what would finish it; nil where it may be.
  func restraint(on name: String) async -> String?

  /// Services that are to be restarted, in the order in which that is safest.
  func inOrder(_ names: [String]) async -> [String]

  /// Ends a service and starts it again, on what stands on the disk then; returns how long nothing ran.
  ///
  /// One that does not run is started. Throws where it does not run afterwards.
  func restart(_ name: String) async throws -> Duration
}

extension ServiceManager {
  /// As they come, where the manager knows no better.
  package func inOrder(_ names: [String]) async -> [String] { names }
}

/// How a service is.
package struct ServiceStatus: Sendable, Hashable {
  /// Its name.
  package let name: String
  /// Its main process; nil where it does not run.
  package let pid: Int32?
  /// How often it ended by itself and was started again since the daemon started.
  package let crashes: Int

  /// Describes a service.
  package init(name: String, pid: Int32?, crashes: Int) {
    self.name = name
    self.pid = pid
    self.crashes = crashes
  }
}

/// Why a service could not be started or restarted.
package enum ServiceError: Error, Hashable, CustomStringConvertible {
  /// No such service is kept.
  case unknown(String)
  /// Its file is refused.
  case malformed(String)
  /// It ended at once after it was started.
  case endedAtOnce(String)
  /// It does not end, not even when killed.
  case doesNotEnd(String)
  /// It could not be restarted, for a reason.
  case notRestarted(String, String)
  /// It was restarted and does not run on, for a reason.
  case notRunning(String, String)
  /// Its restart has not ended within a limit.
  case stillRestarting(String, Duration)

  /// One sentence.
  package var description: String {
    switch self {
    case .unknown(let name): "there is no service \(name)"
    case .malformed(let what): what
    case .endedAtOnce(let name): "\(name) ended at once after it was started; its log says why"
    case .doesNotEnd(let name): "\(name) does not end, not even when killed"
    case .notRestarted(let name, let why): "\(name) could not be restarted: \(why)"
    case .notRunning(let name, let why):
      "\(name) does not run after its restart: \(why); `journalctl -u \(name)` says more"
    case .stillRestarting(let name, let limit):
      "the restart of \(name) has not ended after \(limit.components.seconds) seconds and goes on by itself;"
        + " `systemctl status \(name)` says how it is"
    }
  }
}
