internal import Basics
package import CanonicalJSON
internal import Improvements
internal import Journal

extension Device {
  /// The most lines of the history that are given at once.
  package static let historyLimit = 1_000
  /// The most bytes of JSON that lines of the history are given in: half of what a message may hold.
  static let historyByteLimit = 1 << 19

  /// The newest lines of the history as the control interface gives them, the newest last.
  ///
  /// - Parameters:
  ///   - component: the one component; nil for every line.
  ///   - hasLooks: whether looks that went well are among them.
  ///   - limit: how many lines at most, up to `historyLimit`.
  /// - Returns: `history`, and whether older lines were left out as `hasOlder`.
  package func history(of component: String?, hasLooks: Bool, limit: Int) throws -> JSON {
    let limit = min(limit, Self.historyLimit)
    // One more than asked for, to know whether there are older ones.
    let entries = try parts.journal.history(of: component, hasLooks: hasLooks, limit: limit + 1)
    var lines: [JSON] = []
    var bytes = 0
    for entry in entries.suffix(limit).reversed() {
      let line: JSON = ["time": .string(entry.time.description), "event": entry.event.json]
      bytes += line.compactText.utf8.count + 1
      guard bytes <= Self.historyByteLimit else { break }
      lines.append(line)
    }
    return ["history": .array(lines.reversed()), "hasOlder": .bool(lines.count < entries.count)]
  }
}
