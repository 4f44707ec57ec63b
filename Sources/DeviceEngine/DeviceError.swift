package import Improvements
internal import Linux

/// Why a device did not do what it was asked to.
package enum DeviceError: Error, Hashable, CustomStringConvertible {
  /// Another look, apply or remove is under way.
  case busy
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
  /// The owner may not decide this here.
  case decided(String)
  /// A setting is refused.
  case badSetting(String)
  /// The device has no trusted root.
  case noTrustedRoot(String)

  /// Why nothing is installed where policy requires a public log.
  static let notLogged = "policy requires a public log, and this improvement is \(DeviceStatus.logAccount)"

  /// One sentence.
  package var description: String {
    switch self {
    case .busy: "the device is at work already; try again when it is done"
    case .unknownComponent(let name): "no improvement is known for \(name); `suture look` asks the repository"
    case .nothingToDo(let what): what
    case .held(let stream):
      "\(stream.component) was removed and is held back; `suture reapply \(stream.component)` puts it in place again"
    case .refused(let stream, let reason): "\(stream.component) is refused: \(reason)"
    case .rolledBack(let stream, let reason): "\(stream.component) was taken off again: \(reason)"
    case .decided(let what), .badSetting(let what): what
    case .noTrustedRoot(let path): "there is no trusted root at \(path); copy the publisher's root.json there"
    }
  }
}
