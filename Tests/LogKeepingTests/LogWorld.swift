import Basics
import Improvements
import Linux
import LogKeeping
import TestSupport
import Testing
import TransparencyLog

/// A log in a folder of its own, with its key.
struct LogWorld {
  let folder: TemporaryDirectory
  let key: SignerKey

  init(origin: String = "log.example/suture") throws {
    folder = try TemporaryDirectory(inMemory: true)
    key = try Self.key(origin, .ed25519)
    _ = try LogFolder.creating(in: folder.directory, key: key)
  }

  static func key(_ name: String, _ type: SignatureType) throws -> SignerKey {
    try SignerKey(name: #require(KeyName(name)), type: type)
  }

  func open(willWrite: @escaping @Sendable (String) throws -> Void = { _ in }) throws -> LogFolder {
    try LogFolder(opening: folder.directory, key: key, willWrite: willWrite)
  }

  var source: FolderSource { FolderSource(folder.directory) }

  static func entry(_ serial: Int64, of component: String = "libexpat1") throws -> LogEntry {
    .publish(
      try #require(Stream("debian-12/amd64/\(component)")), try #require(Serial(serial)),
      manifest: Digest(of: "\(component) \(serial)".utf8))
  }

  /// The root of a tree of these entries, from nothing but the hashes of RFC 6962.
  static func root(_ entries: [[UInt8]]) -> Digest {
    func root(_ hashes: ArraySlice<Digest>) -> Digest {
      guard hashes.count > 1 else { return hashes.first ?? Merkle.emptyRoot }
      var split = 1
      while split * 2 < hashes.count { split *= 2 }
      let middle = hashes.startIndex + split
      return Merkle.nodeHash(root(hashes[..<middle]), root(hashes[middle...]))
    }
    return root(entries.map { Merkle.leafHash(of: $0) }[...])
  }
}
