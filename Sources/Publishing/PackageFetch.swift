internal import DebianArchive

/// Two versions of a package from the Debian archive, as files.
package struct PackageFetch: Sendable {
  /// Where apt's private state lies; may be used again.
  package let state: String
  /// The architecture.
  package let architecture: String

  /// Prepares to fetch for an architecture with a private state of apt.
  package init(state: String, architecture: String) {
    self.state = state
    self.architecture = architecture
  }

  /// The files of some versions of a package, in the order asked for; `progress` is told what apt prints.
  package func files(
    of package: String, versions: [String], progress: @escaping @Sendable (String) -> Void
  ) async throws -> [String] {
    let apt = try AptArchive(state: state, architecture: architecture, progress: progress)
    try await apt.update()
    var files: [String] = []
    for version in versions { files.append(try await apt.download(package, version: version)) }
    return files
  }
}
