import Basics
import Delivery
import Linux
import TUF

/// Target files beneath one address, and the folder where they are kept.
struct TargetFolder {
  /// The longest file that is fetched, in bytes; it is held in memory until it is verified.
  static let byteLimit = 1 << 30

  private let transport: HTTPTransport
  private let directory: Directory

  init(_ transport: HTTPTransport, path: String) throws {
    self.transport = transport
    directory = try Directory.creating(path: path)
  }

  /// Brings a target, unless the file that is here is it already.
  func bring(_ target: VerifiedTarget) async throws {
    guard target.length <= Self.byteLimit else {
      throw ClientError("\(target.path) has \(target.length) bytes, and at most \(Self.byteLimit) are fetched")
    }
    guard let file = RelativePath(target.path.localName), let path = RelativePath(target.filePath) else {
      throw ClientError("\(target.path) cannot be kept in a file")
    }
    if let kept = try? directory.readIfPresent(file, limit: target.length), target.matches(kept) { return }
    guard case .bytes(let bytes) = try await transport.get(path, byteLimit: target.length, unless: nil) else {
      throw ClientError("the repository has no \(path), which its own metadata names")
    }
    guard target.matches(bytes) else {
      throw ClientError("\(path) is refused: it is not the file that verified metadata names")
    }
    try directory.write(bytes, to: file)
  }
}
