internal import Basics
package import DebianArchive

/// Decides whether a fixed build can become an improvement of an old one.
///
/// An improvement replaces the content of files and does nothing else. So whatever else an upgrade would do, a script to
/// run, a file to add, a dependency to bring in, speaks against it. `docs/publishing.md` has the table of the gates.
package enum Gates {
  /// Runs every gate over two builds; only what cannot be read throws.
  package static func `import`(old: DebPackage, new: DebPackage) throws(DebianError) -> Verdict {
    try judge(PackagePair(old: old, new: new))
  }

  static func judge(_ pair: PackagePair) throws(DebianError) -> Verdict {
    var verdict = Verdict(old: pair.old, new: pair.new)
    identity(pair, &verdict)
    // Two different packages differ in everything; one sentence says it.
    guard verdict.isEligible else { return verdict }
    scripts(pair, &verdict)
    try conffiles(pair, &verdict)
    files(pair, &verdict)
    libraries(pair, &verdict)
    try dependencies(pair, &verdict)
    leftOut(pair, &verdict)
    return verdict
  }

  private static func identity(_ pair: PackagePair, _ verdict: inout Verdict) {
    let (old, new) = (pair.old, pair.new)
    if old.name != new.name {
      verdict.refuse(.identity, "The builds are of two packages, \(old.name) and \(new.name).")
    }
    if old.architecture != new.architecture {
      verdict.refuse(
        .identity, "The builds are for two architectures, \(old.architecture) and \(new.architecture).")
    }
    if new.version <= old.version {
      verdict.refuse(.identity, "Version \(new.version) is not newer than version \(old.version).")
    }
  }

  /// Maintainer scripts and what dpkg and debconf run by: nothing of it runs when an improvement is put in place.
  private static func scripts(_ pair: PackagePair, _ verdict: inout Verdict) {
    for name in DebPackage.scriptNames {
      let old = pair.old.controlFiles[name].map(pair.oldVersion.removed)
      let new = pair.new.controlFiles[name].map(pair.newVersion.removed)
      switch (old, new) {
      case (nil, nil): continue
      case (nil, _): verdict.refuse(.scripts, "The new build brings a maintainer script, \(name).")
      case (_, nil): verdict.refuse(.scripts, "The new build drops the maintainer script \(name).")
      case (let old?, let new?) where old != new:
        verdict.refuse(.scripts, "The maintainer script \(name) differs by more than the version.")
      default: continue
      }
    }
  }

  /// Configuration files belong to the owner of the machine: an improvement never touches one.
  private static func conffiles(_ pair: PackagePair, _ verdict: inout Verdict) throws(DebianError) {
    let (old, new) = (Set(try pair.old.conffiles()), Set(try pair.new.conffiles()))
    if let named = listed(new.subtracting(old)) {
      verdict.refuse(.conffiles, "The new build adds to the configuration files: \(named).")
    }
    if let named = listed(old.subtracting(new)) {
      verdict.refuse(.conffiles, "The new build drops configuration files: \(named).")
    }
    for path in old.intersection(new).sorted() {
      guard let before = pair.oldContents[path], let after = pair.newContents[path] else { continue }
      if pair.oldVersion.removed(from: before) == pair.newVersion.removed(from: after) {
        verdict.leaveOut(path, "configuration file; only the version in it changed")
      } else {
        verdict.refuse(.conffiles, "The configuration file \(path) differs by more than the version.")
      }
    }
  }

  /// Changed files of the left-out folders are named, whatever changed.
  private static func leftOut(_ pair: PackagePair, _ verdict: inout Verdict) {
    for path in Set(pair.old.membersByPath.keys).union(pair.new.membersByPath.keys).sorted() {
      guard let what = LeftOut.reason(path) else { continue }
      let (old, new) = (pair.old.membersByPath[path], pair.new.membersByPath[path])
      if old?.kind != new?.kind { verdict.leaveOut(path, what) }
    }
  }

  /// The first few paths as a list; nil where there are none.
  static func listed(_ paths: some Collection<RelativePath>) -> String? {
    let limit = 5
    guard !paths.isEmpty else { return nil }
    let shown = paths.sorted().prefix(limit).map(\.description).joined(separator: ", ")
    return paths.count > limit ? "\(shown) and \(paths.count - limit) more" : shown
  }
}
