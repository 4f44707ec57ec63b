package import Basics
package import Linux

/// Why a file could not be stored or put in place.
package enum GraftError: Error, Hashable, CustomStringConvertible {
  /// What was written is not what was announced.
  case wrongContent(expected: Digest, found: Digest)
  /// More was written than was announced.
  case tooLong(limit: Int)
  /// The store has no such file, or a damaged one.
  case notInStore(Digest)
  /// A baseline file carries a set-id bit that the store's owner cannot give.
  case specialMode(RelativePath)
  /// Two grafts name the same path.
  case doublePath(RelativePath)

  /// `suture-graft` refused, and what stood still stands.
  case mountsRefused(reason: String)
  /// `suture-graft` did not do its work to the end, so that what stands has to be read anew.
  case mountsUnknown(program: String, end: ProcessEnd)

  /// One sentence.
  package var description: String {
    switch self {
    case .wrongContent(let expected, let found):
      "the rebuilt file has digest \(found.short)…, and the manifest says \(expected.short)…"
    case .tooLong(let limit): "the rebuilt file is longer than the \(limit) bytes that the manifest says"
    case .notInStore(let digest):
      "the store has no whole file with digest \(digest.short)…; apply the improvement again"
    case .specialMode(let path): "\(path) has a set-user or set-group bit, which no graft can keep yet"
    case .doublePath(let path): "two improvements would stand at \(path)"
    case .mountsRefused(let reason): "the grafts are as they were: \(reason)"
    case .mountsUnknown(let program, .exited(let status)):
      "\(program) ended with status \(status) and no reason; what stands has to be looked at"
    case .mountsUnknown(let program, .signalled(let signal)):
      "signal \(signal) ended \(program); what stands has to be looked at"
    }
  }
}
