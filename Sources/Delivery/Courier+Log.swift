internal import Basics
package import Improvements
internal import Linux
package import TUF

/// What belongs to the public log: files that prove themselves, and the policy by which they do.
extension Courier {
  /// The proof that the log holds an entry; nil where the repository has none.
  package func proof(of entry: LogEntry, byteLimit: Int) async throws -> [UInt8]? {
    try await plainFile(entry.proofPath, byteLimit: byteLimit)
  }

  /// A file of the log itself, by its name in the log's folder; nil where the repository has none.
  package func logFile(_ name: String, byteLimit: Int) async throws -> [UInt8]? {
    try await plainFile("log/\(name)", byteLimit: byteLimit)
  }

  /// The log policy that a verified target names.
  package func logPolicy(_ target: VerifiedTarget, byteLimit: Int) async throws -> [UInt8] {
    let name = "\(target.path)"
    guard target.length <= byteLimit else { throw DeliveryError.tooLong(name, limit: byteLimit) }
    guard let bytes = try await plainFile("targets/\(target.filePath)", byteLimit: target.length) else {
      throw DeliveryError.absent(name)
    }
    guard target.matches(bytes) else {
      throw DeliveryError.wrongContent(name, expected: target.sha256 ?? Digest(of: []))
    }
    return bytes
  }

  private func plainFile(_ name: String, byteLimit: Int) async throws -> [UInt8]? {
    guard let path = RelativePath(name) else { return nil }
    switch try await transport.get(path, byteLimit: byteLimit, unless: nil) {
    case .bytes(let bytes): return bytes
    case .absent, .unchanged: return nil
    }
  }
}
