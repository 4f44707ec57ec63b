internal import Glibc

/// Why something on a message bus could not be done.
package enum BusError: Error, Hashable, CustomStringConvertible {
  /// No connection could be made to an address, for a reason.
  case unreachable(String, reason: String)
  /// No answer came to a call within the limit.
  case noAnswer(String, limit: Duration)
  /// The peer refused a call by the error that it names, in its own words.
  case refused(String, name: String, message: String)
  /// A call could not be made or its answer not be taken.
  case broken(String, reason: String)
  /// An argument cannot be sent.
  case unsendable(String)

  /// One sentence.
  package var description: String {
    switch self {
    case .unreachable(let address, let reason): "no connection to the message bus at \(address): \(reason)"
    case .noAnswer(let call, let limit): "\(call) was not answered within \(limit)"
    case .refused(let call, let name, let message): "\(call) was refused: \(message) (\(name))"
    case .broken(let call, let reason): "\(call) failed: \(reason)"
    case .unsendable(let text): "a text with a zero byte cannot be sent over a message bus: \(text.debugDescription)"
    }
  }

  /// Whether the peer refused by this error.
  package func isRefusal(_ name: String) -> Bool {
    if case .refused(_, name, _) = self { true } else { false }
  }

  /// The words of a negative result of sd-bus.
  static func words(_ result: Int32) -> String {
    unsafe String(cString: strerror(-result))
  }
}
