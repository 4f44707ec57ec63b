public import Basics

/// Gets metadata files from a repository.
public protocol MetadataFetcher: Sendable {
  /// Gets one file.
  ///
  /// - Parameters:
  ///   - name: the file's name beneath the repository's metadata folder; one plain component.
  ///   - byteLimit: no more bytes than this are read; a longer file throws ``Refusal/tooLong(file:limit:)``. What is
  ///     returned is measured again.
  ///   - known: the digest of the file of this name that is stored already; where the repository still has that one,
  ///     `.unchanged` is the answer. Nil asks for the bytes.
  func fetch(_ name: String, byteLimit: Int, unless known: Digest?) async throws -> FetchedMetadata
}

/// The answer to a request for a metadata file.
public enum FetchedMetadata: Sendable {
  /// The file.
  case bytes([UInt8])
  /// The repository certainly has no such file. That it could not be asked is an error to throw.
  case absent
  /// The repository has the file whose digest was given.
  case unchanged
}

/// Keeps metadata files between refreshes, byte for byte; all that is loaded is verified again.
///
/// A saved file is durable when `save` returns, and is there whole or not at all.
public protocol MetadataStore: Sendable {
  /// The file of this name; nil where there is none, or it is longer than the limit.
  func load(_ name: String, byteLimit: Int) async throws -> [UInt8]?
  /// Keeps a file in place of the one of this name.
  func save(_ bytes: [UInt8], as name: String) async throws
  /// Forgets a file; nothing to forget is no error.
  func remove(_ name: String) async throws
}
