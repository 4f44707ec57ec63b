package import Basics
package import Linux

/// A way to read a repository's plain files by their path beneath its address.
package protocol Transport: Sendable {
  /// Where it reads from, for sentences.
  var address: String { get }

  /// Gets a small file whole, at most `byteLimit` bytes.
  ///
  /// - Parameter known: the digest of what is here already; where the repository still has that, `.unchanged` may be the
  ///   answer.
  func get(_ path: RelativePath, byteLimit: Int, unless known: Digest?) async throws -> TransportAnswer

  /// Brings a file of at most `byteLimit` bytes to the end of an open one; false where the repository has none.
  ///
  /// - Parameter onBytes: told of each piece how many bytes it has.
  func download(
    _ path: RelativePath, byteLimit: Int, to file: PendingFile, onBytes: (Int) -> Void
  ) async throws -> Bool
}

extension Transport {
  /// Brings a file, without a word on the way.
  package func download(_ path: RelativePath, byteLimit: Int, to file: PendingFile) async throws -> Bool {
    try await download(path, byteLimit: byteLimit, to: file) { _ in }
  }
}

/// The answer to a request for a small file.
package enum TransportAnswer: Sendable, Hashable {
  /// The file.
  case bytes([UInt8])
  /// The repository certainly has no such file.
  case absent
  /// The repository has the file whose digest was given.
  case unchanged
}

/// Reads a repository from a directory: a mounted stick, a local mirror.
package struct DirectoryTransport: Transport {
  /// The directory's path.
  package let address: String

  /// A transport from a directory, opened for each request since a stick comes and goes.
  ///
  /// No symbolic link in it is followed.
  package init(path: String) {
    address = path
  }

  package func get(_ path: RelativePath, byteLimit: Int, unless known: Digest?) async throws -> TransportAnswer {
    guard let file = try open(path) else { return .absent }
    let bytes = try read(file, path, byteLimit)
    return known == Digest(of: bytes) ? .unchanged : .bytes(bytes)
  }

  package func download(
    _ path: RelativePath, byteLimit: Int, to file: PendingFile, onBytes: (Int) -> Void
  ) async throws -> Bool {
    guard let source = try open(path) else { return false }
    // Read, not mapped: whoever keeps the mirror may cut the file short meanwhile.
    var count = 0
    while let piece = try source.readPiece(limit: 1 << 18) {
      count += piece.count
      guard count <= byteLimit else { throw DeliveryError.tooLong("\(path)", limit: byteLimit) }
      try file.write(piece)
      onBytes(piece.count)
    }
    return true
  }

  private func open(_ path: RelativePath) throws -> FileDescriptor? {
    let directory: Directory
    do { directory = try Directory(path: address, links: .refused) } catch {
      throw DeliveryError.unreachable(address, reason: "\(error)")
    }
    do { return try directory.openFile(path) } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
  }

  private func read(_ file: FileDescriptor, _ path: RelativePath, _ limit: Int) throws -> [UInt8] {
    guard try file.status().size <= limit else { throw DeliveryError.tooLong("\(path)", limit: limit) }
    return try file.readAll(limit: limit)
  }
}
