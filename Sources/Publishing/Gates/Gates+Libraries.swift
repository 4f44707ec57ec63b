internal import Basics
internal import ELFImage

extension Gates {
  /// Changed images: the same machine, the same soname, and every symbol that others may have bound to.
  ///
  /// An image in which nothing changed but its build ID and debug link is left out: what runs is the same.
  static func libraries(_ pair: PackagePair, _ verdict: inout Verdict) {
    for path in pair.changed {
      guard let old = pair.oldContents[path], let new = pair.newContents[path] else { continue }
      switch (ELFImage.looksLikeImage(old), ELFImage.looksLikeImage(new)) {
      case (false, false): verdict.improve(path, isRead: true)
      case (true, true): image(path, old, new, &verdict)
      default: verdict.refuse(.libraries, "\(path) is an ELF image in only one of the builds.")
      }
    }
  }

  private static func image(_ path: RelativePath, _ old: [UInt8], _ new: [UInt8], _ verdict: inout Verdict) {
    do throws(ELFError) {
      let (old, new) = (try ELFImage(parsing: old), try ELFImage(parsing: new))
      if ELFImage.isIdentityOnlyChange(from: old, to: new) {
        verdict.leaveOut(path, "only its build identity changed")
        return
      }
      if old.header.machine != new.header.machine {
        verdict.refuse(.libraries, "\(path) is built for another machine.")
      }
      let (before, after) = (try old.dynamic()?.soname, try new.dynamic()?.soname)
      if before != after {
        verdict.refuse(
          .libraries, "The soname of \(path) is \(after ?? "absent"), in the old build \(before ?? "absent").")
      }
      let missing = try exports(old).subtracting(try exports(new)).sorted()
      if let first = missing.first {
        let more = missing.count > 1 ? " and \(missing.count - 1) more" : ""
        verdict.refuse(.libraries, "\(path) no longer exports \(first)\(more), to which other programs may be bound.")
      }
      verdict.improve(path, isRead: !ELFImage.isLoaded(old.bytes))
    } catch {
      verdict.refuse(.libraries, "\(path) cannot be judged: \(error).")
    }
  }

  /// What others can bind to, as `name@version`.
  private static func exports(_ image: ELFImage) throws(ELFError) -> Set<String> {
    Set(try image.dynamicSymbols().filter(\.isExported).map { $0.name + ($0.version.map { "@\($0)" } ?? "") })
  }
}
