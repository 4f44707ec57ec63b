package import Linux
internal import Synchronization

/// Whoever learns from the kernel which processes crash.
package protocol CrashWitness: Sendable {
  /// What cannot be seen here, as a sentence without an end; nil where every crash is.
  var limitation: String? { get }

  /// Names the processes that are to be told of from now on, instead of any before.
  func hold(_ processes: Set<ProcessIdentity>)

  /// The crashes since the last time.
  func crashes() -> [CrashedProcess]

  /// Lets go of everything: nothing is to be told of for now.
  func rest()
}

/// One process that a signal ended which tells of a fault in its program.
package struct CrashedProcess: Sendable, Hashable {
  /// Its number.
  package let pid: Int32
  /// Whose child it was; nil where the kernel did not tell.
  package let parent: Int32?
  /// Whether it executed another program since processes were last named, so that its parent's files tell nothing of its own.
  package let hasExecuted: Bool

  /// Describes a crash.
  package init(pid: Int32, parent: Int32? = nil, hasExecuted: Bool = false) {
    self.pid = pid
    self.parent = parent
    self.hasExecuted = hasExecuted
  }
}

/// The kernel's word on crashes: of every process where it tells all ends, else of those that are held on to.
package final class KernelCrashWitness: CrashWitness {
  /// The most processes that are held on to: each is an open descriptor.
  package static let holdLimit = 1_024
  /// The most processes that are remembered to have executed a program.
  static let memoryLimit = 1 << 16

  private enum Source {
    case events(ProcessEvents)
    case handles
    case none
  }

  private struct State {
    var source: Source?
    var held: [ProcessIdentity: HeldProcess] = [:]
    var executed: Set<Int32> = []
  }

  private let state = Mutex(State())
  private let usesEvents: Bool

  /// A witness that finds out by itself what this kernel tells; `usesEvents` is false where it shall not listen to all ends.
  package init(usesEvents: Bool = true) { self.usesEvents = usesEvents }

  package var limitation: String? {
    state.withLock { state in
      switch source(&state) {
      case .events: nil
      case .handles:
        "the kernel does not tell all ends of processes here: one that starts and crashes between two looks is not seen"
      case .none:
        "the kernel does not tell here how processes end: of those that are no service's main process no crash is seen"
      }
    }
  }

  package func hold(_ processes: Set<ProcessIdentity>) {
    state.withLock { state in
      state.executed = []
      guard case .handles = source(&state) else { return }
      // One that has ended stays until it was told of.
      for (identity, handle) in state.held where !processes.contains(identity) && handle.account() == .running {
        state.held[identity] = nil
      }
      for identity in processes where state.held[identity] == nil && state.held.count < Self.holdLimit {
        state.held[identity] = (try? HeldProcess(identity)) ?? nil
      }
    }
  }

  package func crashes() -> [CrashedProcess] {
    state.withLock { state in
      switch source(&state) {
      case .events(let events): return Self.told(by: events, &state)
      case .handles: return Self.ended(&state)
      case .none: return []
      }
    }
  }

  package func rest() { state.withLock { $0 = State() } }

  private func source(_ state: inout State) -> Source {
    if let source = state.source { return source }
    let source: Source
    if usesEvents, let events = try? ProcessEvents() {
      source = .events(events)
    } else {
      source = HeldProcess.isTold ? .handles : .none
    }
    state.source = source
    return source
  }

  private static func told(by events: ProcessEvents, _ state: inout State) -> [CrashedProcess] {
    var crashes: [CrashedProcess] = []
    for _ in 0..<memoryLimit {
      // What was lost or cannot be read now is not made up; units are looked at all the same.
      guard let event = try? events.next() else { break }
      switch event {
      case .executed(let pid):
        if state.executed.count < memoryLimit { state.executed.insert(pid) }
      case .ended(let pid, let parent, let end):
        let hasExecuted = state.executed.contains(pid) || state.executed.count >= memoryLimit
        if end.isCrash { crashes.append(CrashedProcess(pid: pid, parent: parent, hasExecuted: hasExecuted)) }
      case .lost: continue
      }
    }
    return crashes
  }

  private static func ended(_ state: inout State) -> [CrashedProcess] {
    var crashes: [CrashedProcess] = []
    for (identity, handle) in state.held {
      guard case .ended(let end) = handle.account() else { continue }
      state.held[identity] = nil
      if end.isCrash { crashes.append(CrashedProcess(pid: identity.pid)) }
    }
    return crashes.sorted { $0.pid < $1.pid }
  }
}
