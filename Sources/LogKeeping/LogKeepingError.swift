/// Why a log could not be kept, read or witnessed.
package enum LogKeepingError: Error, Hashable, CustomStringConvertible {
  /// A folder has a log already.
  case alreadyThere(folder: String)
  /// A folder has no log.
  case noLog(place: String)
  /// Another program appends to the log.
  case inUse(folder: String)
  /// The tiles on disk are not those of the checkpoint.
  case damaged(folder: String, reason: String)
  /// A tile that the checkpoint's tree has is not there.
  case missingTile(place: String, path: String)
  /// A tile is served with other bytes than the entries give.
  case otherTile(place: String, path: String)
  /// The log went back, or has two histories.
  case dishonest(place: String, reason: String)
  /// A file is no key, or one that others can reach.
  case badKey(file: String, reason: String)
  /// A state file cannot be read.
  case badState(file: String, reason: String)
  /// An address is not one.
  case notAnAddress(String)
  /// A server cannot be asked.
  case unreachable(String, reason: String)
  /// An answer is longer than anything that is read.
  case tooLong(String, limit: Int)
  /// An answer has another status than those that mean something.
  case unexpectedStatus(String, status: Int)
  /// Too few witnesses cosigned; what each of the others said.
  case noQuorum(quorum: String, reasons: [String])
  /// A witness has seen a larger tree than this log has.
  case behind(witness: String, seen: UInt64, size: UInt64)
  /// A port cannot be listened on.
  case cannotListen(host: String, port: Int, reason: String)

  /// One sentence.
  package var description: String {
    switch self {
    case .alreadyThere(let folder): "\(folder) has a log already"
    case .noLog(let place): "\(place) has no log: it has no checkpoint"
    case .inUse(let folder): "another program appends to the log \(folder)"
    case .damaged(let folder, let reason): "the log \(folder) is damaged, and nothing is appended to it: \(reason)"
    case .missingTile(let place, let path): "the log \(place) lacks \(path), which its checkpoint promises"
    case .otherTile(let place, let path): "the log \(place) serves \(path) with other bytes than its entries give"
    case .dishonest(let place, let reason): "the log \(place) is not to be trusted any more: \(reason)"
    case .badKey(let file, let reason): "the key file \(file) is refused: \(reason)"
    case .badState(let file, let reason): "the state \(file) cannot be read: \(reason)"
    case .notAnAddress(let text): "“\(text)” is no address: http://… or https://… without a query"
    case .unreachable(let address, let reason): "\(address) cannot be asked: \(reason)"
    case .tooLong(let address, let limit): "\(address) answers with more than the \(limit) bytes that are read"
    case .unexpectedStatus(let address, let status): "\(address) answers with status \(status)"
    case .noQuorum(let quorum, let reasons):
      "too few witnesses cosigned for the quorum “\(quorum)”: \(reasons.joined(separator: "; "))"
    case .behind(let witness, let seen, let size):
      "the witness \(witness) has seen a tree of \(seen) entries and this log has \(size): it is an old copy"
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
    }
  }

  /// Whether something elsewhere is missing or does not answer, and a later try may go well.
  package var isTransient: Bool {
    switch self {
    case .inUse, .unreachable, .unexpectedStatus, .noQuorum, .cannotListen, .missingTile: true
    default: false
    }
  }
}
