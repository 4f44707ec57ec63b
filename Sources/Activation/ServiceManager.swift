package import Improvements

/// Whatever starts and stops services on a machine.
///
/// A manager that cannot be asked says nothing of a service: that is `ServiceError.unanswered`, and never another error.
package protocol ServiceManager: Sendable {
  /// How a service is now; nil where there is no such service.
  func status(of name: String) async throws -> ServiceStatus?

  /// The service that a process belongs to, if any.
  func service(of pid: Int32) async -> String?

  /// Why a service must not be restarted without its owner's word; nil where it may be.
  ///
  /// - Parameter rules: what the machine's administrator says of it.
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint?

  /// The services that the manager restarts with one, in order of name.
  func companions(of name: String) async -> [String]

  /// Whether the machine has come up: everything that was to be started at boot was tried.
  func hasStarted() async throws -> Bool

  /// Services that are to be restarted, in groups: those of one may be restarted at the same time, after all before it.
  func inGroups(_ names: [String]) async -> [[String]]

  /// Ends a service and starts it again, on what stands on the disk then; returns how long nothing ran.
  ///
  /// One that does not run is started. Throws where it does not run afterwards.
  func restart(_ name: String) async throws -> Duration

  /// Ends a service and leaves it so until it is restarted.
  func stop(_ name: String) async throws

  /// Whether the manager can start the user space anew and leave the kernel running (a soft reboot).
  func canSoftReboot() async -> Bool
}

extension ServiceManager {
  /// It has, where the manager began no boot.
  package func hasStarted() async throws -> Bool { true }

  /// It cannot, where the manager is none of a machine's.
  package func canSoftReboot() async -> Bool { false }

  /// None, where the manager knows of no such ties.
  package func companions(of name: String) async -> [String] { [] }

  /// One by one as they come, where the manager knows no better.
  package func inGroups(_ names: [String]) async -> [[String]] { names.map { [$0] } }
}

/// Why a service must not be restarted without its owner's word.
package struct ServiceRestraint: Sendable, Hashable {
  /// Why, and what does it instead, as the end of a sentence.
  package let reason: String
  /// What its owner has to do for it, by what that costs.
  package let remedy: PlanClass

  /// Says why, and what does it instead.
  package init(_ reason: String, _ remedy: PlanClass = .restart) {
    self.reason = reason
    self.remedy = remedy
  }
}

/// How a service is.
package struct ServiceStatus: Sendable, Hashable {
  /// Its name.
  package let name: String
  /// Its main process; nil where it does not run.
  package let pid: Int32?
  /// How often it ended by itself and was started again since the daemon started.
  package let crashes: Int
  /// Whether it does not run because nothing needs it now: it ended in order, and is started when something does.
  package let isAtRest: Bool
  /// Why it does not run, where that is known.
  package let absence: Absence?

  /// Why a service does not run.
  package enum Absence: Sendable, Hashable {
    /// Its manager is about to start it, or starts it.
    case starting
    /// It ended in order, or somebody stopped it.
    case stopped
    /// It failed; how, as a sentence without an end and without its name.
    case failed(String)
  }

  /// Describes a service.
  package init(name: String, pid: Int32?, crashes: Int, isAtRest: Bool = false, absence: Absence? = nil) {
    self.name = name
    self.pid = pid
    self.crashes = crashes
    self.isAtRest = isAtRest
    self.absence = absence
  }

  /// What is wrong with it, as a sentence without an end and without its name; nil where it runs, is about to, was stopped,
  /// or waits to be needed.
  package var fault: String? {
    guard pid == nil, !isAtRest else { return nil }
    switch absence {
    case .starting, .stopped: return nil
    case .failed(let account): return account
    case nil: return "it does not run"
    }
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
  /// The service manager itself did not answer, for a reason; how its services are is not known.
  case unanswered(String)

  /// Whether this tells of a service, and not of a manager that did not answer.
  package var isOfService: Bool {
    if case .unanswered = self { false } else { true }
  }

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
    case .unanswered(let why): "the service manager did not answer: \(why)"
    }
  }
}
