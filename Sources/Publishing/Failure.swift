internal import DebianArchive
internal import Improvements
internal import Linux
internal import LogKeeping
internal import TUF
internal import TransparencyLog

/// How a program tells that something went wrong: one sentence, perhaps a hint, and the way it ends.
package struct Failure: Error, Sendable, Hashable {
  /// What went wrong, without a full stop.
  package let sentence: String
  /// What to do about it.
  package let hint: String?
  /// How the program ends.
  package let kind: PublishingError.Kind

  /// Any error of the modules that publishing uses.
  package init(_ error: any Error) {
    var hint: String?
    let kind: PublishingError.Kind
    switch error {
    case let error as Failure:
      self = error
      return
    case let error as PublishingError: (hint, kind) = (error.hint, error.kind)
    case let error as DebianError: (hint, kind) = Self.archive(error)
    case is Refusal, is ManifestError, is LogRefusal: kind = .refused
    case let error as LogKeepingError: (hint, kind) = Self.log(error)
    case let error as LinuxError:
      kind = error.isAbsent ? .usage : .failed
      if error.isAbsent { hint = "check the path" }
    default: kind = .failed
    }
    let text = "\(error)"
    sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
    self.hint = hint
    self.kind = kind
  }

  private static func log(_ error: LogKeepingError) -> (String?, PublishingError.Kind) {
    switch error {
    case .noQuorum: ("nothing was published; run it again when the witnesses answer", .missing)
    case .behind: ("publish from the workspace that published last, or restore it from there", .refused)
    case .dishonest: ("keep its files, and tell those who rely on it", .refused)
    case .alreadyThere, .notAnAddress, .noLog: (nil, .usage)
    case .badKey: ("chmod 600 the file, or name another", .refused)
    default: (nil, error.isTransient ? .missing : .refused)
    }
  }

  private static func archive(_ error: DebianError) -> (String?, PublishingError.Kind) {
    switch error {
    case .aptMissing: ("on this machine, name two .deb files instead of --package", .missing)
    case .archiveUnreachable, .aptTimedOut:
      ("check the network and the sources in /etc/apt, or name two .deb files", .missing)
    case .aptFailed, .aptSaidTooMuch: (nil, .missing)
    case .notOffered, .versionNotOffered, .noPair: ("apt-cache policy PACKAGE shows what apt offers", .missing)
    case .badName: (nil, .usage)
    case .state: (nil, .failed)
    default: (nil, .refused)
    }
  }
}

extension PublishingError.Kind {
  /// The exit status (sysexits.h where it has a word for it).
  package var exitStatus: Int32 {
    switch self {
    case .refused: 1
    case .usage: 64
    case .missing: 69
    case .failed: 70
    }
  }
}
