internal import Basics
internal import DebianArchive

/// Two builds of a package side by side, with what the gates look at.
struct PackagePair {
  /// The baseline.
  let old: DebPackage
  /// The fixed build.
  let new: DebPackage
  /// Paths that are configuration files on either side.
  let conffiles: Set<RelativePath>
  /// Paths outside the left-out folders that are regular files on both sides with other content, conffiles left aside.
  let changed: [RelativePath]
  /// The contents of the changed files and of changed configuration files.
  let oldContents: [RelativePath: [UInt8]]
  let newContents: [RelativePath: [UInt8]]
  /// Takes the old build's version out of its texts.
  let oldVersion: OwnVersion
  /// Takes the new build's version out of its texts.
  let newVersion: OwnVersion

  /// Lays two builds side by side and reads what differs.
  init(old: DebPackage, new: DebPackage) throws(DebianError) {
    self.old = old
    self.new = new
    conffiles = Set(try old.conffiles()).union(try new.conffiles())
    oldVersion = OwnVersion(old)
    newVersion = OwnVersion(new)
    let differing = new.members.filter { member in
      guard let digest = member.digest, let before = old.membersByPath[member.path]?.digest else { return false }
      return digest != before && LeftOut.reason(member.path) == nil
    }
    let paths = differing.map(\.path)
    let conffiles = conffiles
    changed = paths.filter { !conffiles.contains($0) }
    oldContents = try old.contents(of: Set(paths))
    newContents = try new.contents(of: Set(paths))
  }
}
