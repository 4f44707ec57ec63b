package import Improvements
internal import Linux

/// Why a device did not do what it was asked to.
package enum DeviceError: Error, Hashable, CustomStringConvertible {
  /// Another look, apply or remove is under way.
  case busy
  /// The package manager changes packages, and until it is done nothing is covered.
  case packagesChanging(by: String)
  /// Nothing is known of such a component.
  case unknownComponent(String)
  /// There is nothing to apply or remove.
  case nothingToDo(String)
  /// The owner removed the improvement of a stream, and it is held back.
  case held(Stream)
  /// An improvement was refused; the machine is as it was.
  case refused(Stream, reason: String)
  /// An improvement was taken off again because of bad health.
  case rolledBack(Stream, reason: String)
  /// An improvement is in place, and how the services are that run it could not be asked.
  case unwatched(Stream, reason: String)
  /// The owner may not decide this here.
  case decided(String)
  /// A repository's rollout record is refused, for the reason given.
  case rolloutRefused(String)
  /// A setting is refused.
  case badSetting(String)
  /// The device has no trusted root.
  case noTrustedRoot(String)

  /// Whether it is over in a while by itself, and says nothing of what was asked.
  package var isOfTheMoment: Bool {
    switch self {
    case .busy, .packagesChanging: true
    default: false
    }
  }

  /// One sentence.
  package var description: String {
    switch self {
    case .busy: "the device is at work already; try again when it is done"
    case .packagesChanging(let who):
      "\(who) is changing packages or about to; until it is done nothing is put in place, so try again then"
    case .unknownComponent(let name): "no improvement is known for \(name); `suture look` asks the repository"
    case .nothingToDo(let what): what
    case .held(let stream):
      "\(stream.component) was removed and is held back; `suture reapply \(stream.component)` puts it in place again"
    case .refused(let stream, let reason): "\(stream.component) is refused: \(reason)"
    case .rolledBack(let stream, let reason): "\(stream.component) was taken off again: \(reason)"
    case .unwatched(let stream, let reason):
      "\(stream.component) is in place and not confirmed yet: \(reason); the next look watches it again"
    case .decided(let what), .rolloutRefused(let what), .badSetting(let what): what
    case .noTrustedRoot(let path): "there is no trusted root at \(path); copy the publisher's root.json there"
    }
  }
}
