import Basics
import Linux
import TUF

/// Trusted metadata in a folder: what is trusted now under its plain names, the chain of roots in a folder of its own.
struct MetadataFolder: MetadataStore {
  private static let pinned = "pinned.json"

  private let directory: Directory
  private let roots: Directory

  init(path: String) throws {
    directory = try Directory.creating(path: path)
    roots = try directory.creatingDirectory(try Self.component("roots"))
  }

  /// Keeps the root that everything begins with, once it is one.
  func pin(_ root: [UInt8], now: UTCTime) throws {
    _ = try RootUpdate(pinned: root, recorded: nil, now: now)
    try roots.write(root, to: try Self.component(Self.pinned))
    try directory.write(root, to: try Self.component(TopLevelRole.root.fileName))
  }

  func pinnedRoot() throws -> [UInt8] {
    guard let root = try roots.readIfPresent(try Self.component(Self.pinned), limit: Limits.rootByteCount) else {
      throw ClientError("\(directory.path) has no trusted root; begin with init")
    }
    return root
  }

  func load(_ name: String, byteLimit: Int) async throws -> [UInt8]? {
    do { return try place(of: name).readIfPresent(try Self.component(name), limit: byteLimit) } catch let error
      as LinuxError
    {
      guard error.isTooLong else { throw error }
      return nil
    }
  }

  func save(_ bytes: [UInt8], as name: String) async throws {
    try place(of: name).write(bytes, to: try Self.component(name))
  }

  func remove(_ name: String) async throws {
    try place(of: name).remove(try Self.component(name))
    try place(of: name).synchronize()
  }

  private func place(of name: String) -> Directory {
    name.hasSuffix("." + TopLevelRole.root.fileName) ? roots : directory
  }

  private static func component(_ name: String) throws -> RelativePath {
    guard RelativePath.isComponent(name), let path = RelativePath(name) else {
      throw ClientError("\(name) cannot be the name of a file")
    }
    return path
  }
}

/// Why something could not be done, in one sentence.
struct ClientError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
