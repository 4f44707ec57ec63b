internal import Basics
internal import Linux
internal import TUF

/// Keeps TUF metadata in a directory, each file written beside, synced and renamed.
struct DirectoryMetadataStore: MetadataStore {
  let directory: Directory

  func load(_ name: String, byteLimit: Int) async throws -> [UInt8]? {
    do { return try directory.readIfPresent(path(name), limit: byteLimit) } catch let error as LinuxError {
      guard error.isTooLong else { throw error }
      return nil
    }
  }

  func save(_ bytes: [UInt8], as name: String) async throws { try directory.write(bytes, to: path(name)) }

  func remove(_ name: String) async throws {
    try directory.remove(path(name))
    try directory.synchronize()
  }

  private func path(_ name: String) throws -> RelativePath {
    guard let path = RelativePath(name), path.components.count == 1 else { throw DeliveryError.absent(name) }
    return path
  }
}
