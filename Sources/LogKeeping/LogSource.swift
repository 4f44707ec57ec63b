internal import Basics
package import Linux

/// Where a log's files are read from.
package protocol LogSource: Sendable {
  /// Where it is, for sentences.
  var place: String { get }

  /// A file by its path beneath the log, at most `limit` bytes; nil where there certainly is none.
  func read(_ path: String, limit: Int) async throws -> [UInt8]?
}

/// A log in a folder.
package struct FolderSource: LogSource {
  private let directory: Directory

  /// Reads a folder.
  package init(_ directory: Directory) {
    self.directory = directory
  }

  package var place: String { directory.path }

  package func read(_ path: String, limit: Int) async throws -> [UInt8]? {
    guard let at = RelativePath(path) else { return nil }
    return try directory.readIfPresent(at, limit: limit)
  }
}

/// A log behind an address.
package struct HTTPSource: LogSource {
  package let place: String
  private let client: LogClient

  /// Reads `ADDRESS/checkpoint`, `ADDRESS/tile/…`.
  package init(address: String, client: LogClient) throws {
    self.init(checked: try LogClient.checked(address), client: client)
  }

  /// Reads an address that ``LogClient/checked(_:)`` has given.
  package init(checked address: String, client: LogClient) {
    place = address
    self.client = client
  }

  package func read(_ path: String, limit: Int) async throws -> [UInt8]? {
    let answer = try await client.get("\(place)/\(path)", limit: limit)
    switch answer.status {
    case 200: return answer.body
    case 404, 410: return nil
    default: throw LogKeepingError.unexpectedStatus("\(place)/\(path)", status: answer.status)
    }
  }
}
