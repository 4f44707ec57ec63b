internal import Basics
internal import DebianArchive

extension Gates {
  /// The set of files: an improvement stands in place of files that are there, with their modes and owners.
  ///
  /// Every file, link and directory outside the left-out folders counts, whether or not its bytes look like code: a
  /// graft cannot add a name or take one away, and data that new code reads must be there.
  static func files(_ pair: PackagePair, _ verdict: inout Verdict) {
    let old = pair.old.membersByPath.filter { LeftOut.reason($0.key) == nil && !pair.conffiles.contains($0.key) }
    let new = pair.new.membersByPath.filter { LeftOut.reason($0.key) == nil && !pair.conffiles.contains($0.key) }
    if let named = listed(Set(new.keys).subtracting(old.keys)) {
      verdict.refuse(.files, "The new build adds files: \(named).")
    }
    if let named = listed(Set(old.keys).subtracting(new.keys)) {
      verdict.refuse(.files, "The new build removes files: \(named).")
    }
    for (path, before) in old.sorted(by: { $0.key < $1.key }) {
      guard let after = new[path] else { continue }
      if let difference = difference(before, after) { verdict.refuse(.files, difference) }
    }
  }

  private static func difference(_ old: DataMember, _ new: DataMember) -> String? {
    let path = old.path
    switch (old.kind, new.kind) {
    case (.symbolicLink(let before), .symbolicLink(let after)) where before != after:
      return "The link \(path) leads to \(after), in the old build to \(before)."
    case (.other, _), (_, .other): return "\(path) is neither a file nor a directory nor a link."
    case (.hardLink(let before, _), .hardLink(let after, _)) where before != after:
      return "\(path) is another name of \(after), in the old build of \(before)."
    case (.file, .file), (.hardLink, .hardLink), (.symbolicLink, .symbolicLink), (.directory, .directory): break
    default: return "\(path) is another kind of file in the new build."
    }
    if old.mode != new.mode {
      return "The mode of \(path) is \(octal(new.mode)), in the old build \(octal(old.mode))."
    }
    if (old.userID, old.groupID) != (new.userID, new.groupID) {
      return
        "The owner of \(path) is \(new.userID):\(new.groupID), in the old build \(old.userID):\(old.groupID)."
    }
    return nil
  }

  private static func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
