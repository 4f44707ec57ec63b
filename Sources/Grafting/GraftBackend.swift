package import Basics
package import Linux

/// One improved file and where it stands.
package struct Graft: Sendable, Hashable {
  /// The baseline file that it covers.
  package let path: RelativePath
  /// The stored file that stands in its place.
  package let file: Store.Key

  /// Pairs a place and a stored file.
  package init(path: RelativePath, file: Store.Key) {
    self.path = path
    self.file = file
  }
}

/// A way of putting improved files over the baseline's, which stay untouched underneath.
///
/// What stands is always one whole set. Establishing a set that stands already changes nothing, so that recovery is to
/// establish again what the journal says.
package protocol GraftBackend: Sendable {
  /// Puts exactly these grafts in place of whatever stood, in one step for every process that starts afterwards.
  ///
  /// Every stored file is verified first; where one is damaged this throws and what stood still stands.
  func establish(_ grafts: Set<Graft>) throws

  /// The grafts that stand now, each at its real path: one that was established at a path through symbolic links is
  /// found at the path where they lead.
  func standing() throws -> Set<Graft>

  /// Those of these grafts that do not stand now.
  func missing(of grafts: Set<Graft>) throws -> Set<Graft>

  /// Those of these paths at which some graft stands now, whichever it is.
  func covered(of paths: Set<RelativePath>) throws -> Set<RelativePath>

  /// Opens the baseline's file at a path for reading, whatever stands over it; nil where there is none.
  ///
  /// Whoever asks whether an improvement fits, or rebuilds a file, has to ask here: beneath the root a graft may be seen.
  func openBaseline(_ path: RelativePath) throws -> FileDescriptor?

  /// The absolute name by which a program that starts now gets the file at a path.
  func name(of path: RelativePath) throws -> String

  /// What a program's environment needs so that it loads grafted libraries.
  func environment() throws -> [String: String]
}

extension GraftBackend {
  /// Those that are not among what stands, path by path.
  package func missing(of grafts: Set<Graft>) throws -> Set<Graft> { grafts.subtracting(try standing()) }

  /// Those of the paths of what stands.
  package func covered(of paths: Set<RelativePath>) throws -> Set<RelativePath> {
    paths.intersection(try standing().map(\.path))
  }
}
