package import Basics
package import TUF

/// TUF metadata where snapshot is put together from the stored one and the newest changes, where the repository has them.
///
/// What is put together is no more trusted than what is fetched: TUF verifies it.
package struct FrugalMetadata: MetadataFetcher {
  private let fetcher: any MetadataFetcher
  private let store: any MetadataStore

  /// Fetches by another fetcher, with what a store has.
  package init(_ fetcher: any MetadataFetcher, store: any MetadataStore) {
    self.fetcher = fetcher
    self.store = store
  }

  package func fetch(_ name: String, byteLimit: Int, unless known: Digest?) async throws -> FetchedMetadata {
    if let version = Self.snapshotVersion(name), let bytes = await snapshot(version), bytes.count <= byteLimit {
      return .bytes(bytes)
    }
    return try await fetcher.fetch(name, byteLimit: byteLimit, unless: known)
  }

  // Whatever goes wrong here, the whole file is asked for.
  private func snapshot(_ version: Int) async -> [UInt8]? {
    guard let stored = try? await store.load("snapshot.json", byteLimit: Limits.snapshotByteCount),
      case .bytes(let bytes)? = try? await fetcher.fetch(
        SnapshotChanges.fileName(version: version), byteLimit: SnapshotChanges.byteLimit, unless: nil)
    else { return nil }
    return SnapshotChanges(parsing: bytes)?.applied(to: stored)
  }

  // `57.snapshot.json`.
  private static func snapshotVersion(_ name: String) -> Int? {
    let ending = ".snapshot.json"
    guard name.hasSuffix(ending) else { return nil }
    return Int(name.dropLast(ending.count))
  }
}
