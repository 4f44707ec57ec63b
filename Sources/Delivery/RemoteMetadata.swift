package import Basics
package import TUF

/// TUF metadata files in a folder beneath a transport's address.
package struct RemoteMetadata: MetadataFetcher {
  private let transport: any Transport
  private let folder: String?

  /// Files in `folder`, or at the address itself.
  package init(_ transport: any Transport, folder: String? = nil) {
    self.transport = transport
    self.folder = folder
  }

  package func fetch(_ name: String, byteLimit: Int, unless known: Digest?) async throws -> FetchedMetadata {
    // A name that is too long for any folder is nowhere: its role is left out, and not the whole look.
    guard let file = RelativePath(name), let path = folder.map({ RelativePath("\($0)/\(file)") }) ?? file else {
      return .absent
    }
    do {
      switch try await transport.get(path, byteLimit: byteLimit, unless: known) {
      case .bytes(let bytes): return .bytes(bytes)
      case .absent: return .absent
      case .unchanged: return .unchanged
      }
    } catch DeliveryError.tooLong {
      // In TUF's words, so that one endless file of a delegated role refuses that role and not the whole look.
      throw Refusal.tooLong(file: name, limit: byteLimit)
    }
  }
}
