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
  /// A baseline file carries a set-id bit, which a graft's mount takes away.
  case specialMode(RelativePath)
  /// A baseline file is open to its owner or its group otherwise than to everybody, and the store's files have others.
  case specialOwner(RelativePath)
  /// A baseline file has an extended attribute that decides what it may do, or who may use it.
  case specialAttribute(RelativePath, String)
  /// Two grafts name the same path.
  case doublePath(RelativePath)

  /// `suture-graft` refused, and what stood still stands.
  case mountsRefused(reason: String)
  /// `suture-graft` could not be run or could not work now, which is nobody's fault, and what stood still stands.
  case mountsUnavailable(reason: String)
  /// `suture-graft` did not do its work to the end, so that what stands has to be read anew.
  case mountsUnknown(program: String, end: ProcessEnd)
  /// `suture-graft` failed half-way and could not put everything back.
  case mountsHalfDone(reason: String)

  /// One sentence.
  package var description: String {
    switch self {
    case .wrongContent(let expected, let found):
      "the rebuilt file has digest \(found.short)…, and the manifest says \(expected.short)…"
    case .tooLong(let limit): "the rebuilt file is longer than the \(limit) bytes that the manifest says"
    case .notInStore(let digest):
      "the store has no whole file with digest \(digest.short)…; apply the improvement again"
    case .specialMode(let path): "\(path) has a set-user, set-group or sticky bit, which no graft can keep yet"
    case .specialOwner(let path):
      "\(path) belongs to a user or group of its own with rights of their own, which no graft can keep yet"
    case .specialAttribute(let path, let name):
      "\(path) has the extended attribute \(name), which no graft can keep yet"
    case .doublePath(let path): "two improvements would stand at \(path)"
    case .mountsRefused(let reason): "the grafts are as they were: \(reason)"
    case .mountsUnavailable(let reason): "the grafts are as they were, since they cannot be changed: \(reason)"
    case .mountsHalfDone(let reason): "not all grafts are as they were or as they should be: \(reason)"
    case .mountsUnknown(let program, .exited(let status)):
      "\(program) ended with status \(status) and no reason; what stands has to be looked at"
    case .mountsUnknown(let program, .signalled(let signal)):
      "signal \(signal) ended \(program); what stands has to be looked at"
    }
  }
}
