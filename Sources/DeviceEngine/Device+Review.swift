internal import Basics
internal import Improvements
internal import Journal
internal import Linux
internal import TUF

/// An improvement on which its builders and its reviewers agree.
struct Candidate: Sendable {
  /// Its number in the stream.
  let serial: Serial
  /// The manifest, and who vouches for it.
  let agreement: Agreement
}

extension Device {
  /// How many serials of a stream are tried, newest first, for one that fits.
  static let serialsTried = 8

  /// What to ask a repository for: all that is said of the components that are installed here, of rollouts, and the
  /// policies that top-level targets signs.
  ///
  /// Roles that speak of none of them are not fetched.
  func wantedPatterns() throws -> [PathPattern] {
    let components = try installedComponents().map { $0.sorted() } ?? ["*"]
    let streams = components.map { "\(settings.release)/\(settings.architecture)/\($0)/*" }
    return (streams + ["rollout/*", "policy/*"]).compactMap { PathPattern($0) }
  }

  /// The components for which dpkg has a list; nil where it keeps none, so that any may be installed.
  private func installedComponents() throws -> Set<String>? {
    guard let info = RelativePath("var/lib/dpkg/info"), try parts.root.status(info)?.kind == .directory else {
      return nil
    }
    var components: Set<String> = []
    for name in try parts.root.names(in: info) where name.hasSuffix(".list") {
      let parts = name.dropLast(5).split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 1 || (parts.count == 2 && parts[1] == settings.architecture),
        Stream(release: settings.release, architecture: settings.architecture, component: parts[0]) != nil
      else { continue }
      components.insert(parts[0])
    }
    return components
  }

  /// The improvements of this release and architecture that the build role and the review role of their stream name
  /// alike, by stream, newest first.
  ///
  /// Looked at are the newest serials, and those that this machine knows of: the rest is not to be installed anyway.
  ///
  /// - Parameter refuse: told of each improvement on which they do not agree.
  func reviewed(
    _ targets: [VerifiedTarget], _ update: inout Update, refuse: (Stream, String) -> Void
  ) async throws -> [Stream: [Candidate]] {
    let installed = try installedComponents()
    var named: [Stream: Set<Serial>] = [:]
    for target in targets {
      guard let (stream, serial) = Stream.named(byManifestPath: target.path.description),
        stream.release == settings.release, stream.architecture == settings.architecture,
        installed?.contains(stream.component) ?? true
      else { continue }
      named[stream, default: []].insert(serial)
    }
    let known = try parts.journal.improvements().map { ($0.manifest.stream, $0.manifest.serial) }
    var reviewed: [Stream: [Candidate]] = [:]
    for (stream, serials) in named.sorted(by: { $0.key < $1.key }) {
      let here = Set(known.filter { $0.0 == stream }.map(\.1)).intersection(serials)
      let newest = serials.sorted(by: >).prefix(Self.serialsTried)
      for serial in here.union(newest).sorted(by: >) {
        guard let path = TargetPath(stream.manifestPath(serial)) else { continue }
        let hearing = try await update.hearing(on: path)
        do throws(Disagreement) {
          let agreement = try hearing.agreement(of: stream.roles)
          reviewed[stream, default: []].append(Candidate(serial: serial, agreement: agreement))
        } catch {
          refuse(stream, "\(stream.component) serial \(serial) is refused: \(error)")
        }
      }
    }
    return reviewed
  }
}
