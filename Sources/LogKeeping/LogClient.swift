internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// A small client of logs and witnesses over HTTP and HTTPS: short answers, no redirects, little patience.
package final class LogClient: Sendable {
  /// The longest that one request may take, in seconds.
  package static let patienceSeconds: Int64 = 20

  /// What a server said.
  package struct Answer: Sendable {
    /// The status code.
    package let status: Int
    /// The body.
    package let body: [UInt8]
  }

  private let client: HTTPClient

  /// A client that must be shut down.
  package init() {
    var configuration = HTTPClient.Configuration.singletonConfiguration
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(10))
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Ends the client's connections.
  package func shutdown() async { try? await client.shutdown() }

  /// An address without its final slash; refused where it is none.
  package static func checked(_ address: String) throws -> String {
    guard address.hasPrefix("http://") || address.hasPrefix("https://"), address.utf8.count <= 2_048,
      address.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }), !address.contains("?"), !address.contains("#")
    else { throw LogKeepingError.notAnAddress(address) }
    return address.hasSuffix("/") ? String(address.dropLast()) : address
  }

  /// Gets a small file.
  package func get(_ address: String, limit: Int) async throws -> Answer {
    try await execute(HTTPClientRequest(url: address), address, limit)
  }

  /// Sends a small body.
  package func post(_ body: [UInt8], to address: String, limit: Int) async throws -> Answer {
    var request = HTTPClientRequest(url: address)
    request.method = .POST
    request.body = .bytes(body)
    return try await execute(request, address, limit)
  }

  private func execute(_ request: HTTPClientRequest, _ address: String, _ limit: Int) async throws -> Answer {
    var request = request
    request.headers.add(name: "user-agent", value: "suture-publish")
    do {
      let response = try await client.execute(request, timeout: .seconds(Self.patienceSeconds))
      var body: [UInt8] = []
      for try await piece in response.body {
        guard piece.readableBytes <= limit - body.count else { throw LogKeepingError.tooLong(address, limit: limit) }
        body += piece.readableBytesView
      }
      return Answer(status: Int(response.status.code), body: body)
    } catch let error as LogKeepingError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      throw LogKeepingError.unreachable(address, reason: "\(error)")
    }
  }
}
