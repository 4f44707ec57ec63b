package import Basics

/// When the files of an improvement may take the place of those that stand, and give it up again.
package enum SwitchMoment: Sendable, Hashable {
  /// At any time; what runs the former ones is restarted afterwards.
  case anytime
  /// While no program maps one of them: they belong together, and a program may load one now and another much later.
  case unused
  /// When the machine starts, or its user space does (soft reboot).
  case start
}

extension Manifest {
  /// When its files may take their place.
  ///
  /// The C library and the loader, which hold to each other in every program that starts, wait for the machine whatever the manifest
  /// says.
  package var switchMoment: SwitchMoment {
    switch activation {
    case .softReboot, .reboot: return .start
    case .live, .restart, .relaunch:
      if baselines.contains(where: { $0.files.contains { Self.isOfLoader($0.path) } }) { return .start }
      return isCoherent ? .unused : .anytime
    }
  }

  /// Whether a file is the loader (ld.so(8)) or the C library, by its name: that is what programs name it by.
  package static func isOfLoader(_ path: RelativePath) -> Bool {
    let name = path.name
    let isLoader = ["ld-linux", "ld-musl-", "ld64.so.", "ld.so.", "ld-2."].contains { name.hasPrefix($0) }
    return isLoader || name.hasPrefix("libc.so.") || (name.hasPrefix("libc-2.") && name.hasSuffix(".so"))
  }

  /// How long a set waits at most until no program uses it, from when it was ready: a day where one of the weaknesses that it closes is
  /// grave by the distribution's word, else a week.
  package var switchPatience: Duration {
    let grave: Set<String> = ["high", "emergency", "critical"]
    let isGrave = advisories.contains { $0.severity.map { grave.contains($0.lowercased()) } ?? false }
    return .seconds(isGrave ? 86_400 : 7 * 86_400)
  }
}
