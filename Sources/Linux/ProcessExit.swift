internal import CLinux
internal import Glibc

/// A running process that is held on to, so that its end can be learned though it is nobody's child of ours.
package final class HeldProcess: Sendable {
  /// Which process.
  package let identity: ProcessIdentity
  private let handle: FileDescriptor

  /// What is known of a process's end.
  package enum Account: Sendable, Hashable {
    /// It runs.
    case running
    /// It has ended, and the kernel does not say yet how: nobody has waited for it.
    case untold
    /// It has ended so.
    case ended(ProcessEnd)
  }

  /// Whether this kernel tells how a process ended that was held on to (Linux 6.15); tried on a child, once.
  package static let isTold = linux_tells_exits() == 1

  /// Holds on to a process; nil where it has ended, or is another one by now.
  package init?(_ identity: ProcessIdentity) throws(LinuxError) {
    let number = linux_pidfd_open(identity.pid)
    guard number >= 0 else {
      if errno == ESRCH || errno == EINVAL { return nil }
      throw .last("hold on to", "process \(identity.pid)")
    }
    handle = FileDescriptor(owning: number, name: "process \(identity.pid)")
    self.identity = identity
    // Between reading the start time and here the number may have changed hands; the handle holds on to one of them.
    guard identity.isRunning else { return nil }
  }

  /// How it is now.
  package func account() -> Account {
    guard linux_pidfd_has_ended(handle.number) == 1 else { return .running }
    var status: Int32 = 0
    guard unsafe linux_pidfd_exit(handle.number, &status) == 1 else { return .untold }
    return .ended(ProcessEnd(waitStatus: status))
  }
}

extension ProcessEnd {
  /// Reads a status as wait(2) writes it.
  init(waitStatus status: Int32) {
    let signal = status & 0x7f
    self = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }

  /// Whether a signal ended it that tells of a fault in the program: an address, an instruction, a number, a system call,
  /// or its own abort.
  package var isCrash: Bool {
    guard case .signalled(let signal) = self else { return false }
    return [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP].contains(signal)
  }
}

/// The kernel's own account of every program that is executed and every process that a signal ends on the machine (the
/// process events connector).
package final class ProcessEvents: Sendable {
  /// How many bytes of events may wait to be read.
  package static let room: Int32 = 1 << 20
  /// How long the kernel's consent is waited for.
  package static let consentLimit: Duration = .milliseconds(200)

  /// One thing that happened.
  package enum Event: Sendable, Hashable {
    /// A process executes another program from now on.
    case executed(Int32)
    /// A signal ended a process; whose child it was.
    case ended(Int32, parent: Int32, ProcessEnd)
    /// Some events were lost, because they were not read in time.
    case lost
  }

  private let socket: FileDescriptor

  /// Begins to listen; throws where the kernel does not consent: outside the first namespaces, or without CAP_NET_ADMIN
  /// before Linux 6.6.
  package init() throws(LinuxError) {
    let number = linux_exit_events(Self.room, Int32(Self.consentLimit / .milliseconds(1)))
    guard number >= 0 else { throw .last("listen to", "the kernel's process events") }
    socket = FileDescriptor(owning: number, name: "process events")
  }

  /// The next event that waits; nil where none does.
  package func next() throws(LinuxError) -> Event? {
    while true {
      var told = linux_process_event()
      let kind = unsafe linux_next_process_event(socket.number, &told)
      switch kind {
      case Int32(LINUX_EVENT_NONE): return nil
      case Int32(LINUX_EVENT_EXECUTED): return .executed(told.pid)
      case Int32(LINUX_EVENT_ENDED):
        return .ended(told.pid, parent: told.parent, ProcessEnd(waitStatus: told.status))
      case -1:
        guard errno == ENOBUFS else { throw .last("listen to", "the kernel's process events") }
        return .lost
      default: continue
      }
    }
  }
}
