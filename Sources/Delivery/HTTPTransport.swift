internal import AsyncHTTPClient
package import Basics
package import Linux
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Reads a repository over HTTP or HTTPS.
package final class HTTPTransport: Transport {
  /// The longest that a small file may take.
  package static let smallFileLimit: Duration = .seconds(30)
  /// The slowest rate at which a download is still waited for, in bytes a second, beyond the small file's time.
  package static let slowestRate = 4_096

  /// Of how many files a server's name for their content is remembered.
  private static let validatorLimit = 64

  /// The repository's address, without a final slash.
  package let address: String
  private let client: HTTPClient
  private let clock = ContinuousClock()
  private let patience: Duration
  private let takesEscapes: Bool
  // The server's own name for the content that it last sent under a path, with our digest of it.
  private let validators = Mutex<[RelativePath: (tag: String, digest: Digest)]>([:])

  /// A transport from `http://…` or `https://…`; one that is done with must be shut down.
  ///
  /// - Parameters:
  ///   - patience: the longest that a small file may take.
  ///   - takesEscapes: whether `%` in a path begins an escape, as in the names of metadata files, and is not a character.
  package init(address: String, patience: Duration = smallFileLimit, takesEscapes: Bool = false) throws {
    guard address.hasPrefix("http://") || address.hasPrefix("https://"), address.utf8.count <= 2_048,
      address.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }), !address.contains("?"), !address.contains("#")
    else { throw DeliveryError.notAnAddress(address) }
    self.patience = patience
    self.takesEscapes = takesEscapes
    self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
    var configuration = HTTPClient.Configuration.singletonConfiguration
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(20))
    configuration.redirectConfiguration = .follow(max: 3, allowCycles: false)
    configuration.httpVersion = .http1Only
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Ends the transport's connections.
  package func shutdown() async { try? await client.shutdown() }

  package func get(_ path: RelativePath, byteLimit: Int, unless known: Digest?) async throws -> TransportAnswer {
    let validator = validators.withLock { $0[path] }
    let tag = validator.flatMap { $0.digest == known ? $0.tag : nil }
    let end = clock.now.advanced(by: patience)
    guard let response = try await request(path, tag: tag, limit: patience) else { return .absent }
    if response.status == .notModified, tag != nil { return .unchanged }
    try check(response, path, byteLimit)
    var bytes: [UInt8] = []
    do {
      for try await piece in response.body {
        guard piece.readableBytes <= byteLimit - bytes.count else {
          throw DeliveryError.tooLong("\(path)", limit: byteLimit)
        }
        try checkPace(end, path)
        bytes += piece.readableBytesView
      }
    } catch { throw sentence(for: error, path) }
    let digest = Digest(of: bytes)
    let newTag = response.headers.first(name: "etag").flatMap { $0.utf8.count <= 256 ? $0 : nil }
    validators.withLock { validators in
      // Only what is asked for again and again needs one; files whose names say a version never are.
      if validators.count >= Self.validatorLimit { validators.removeAll() }
      validators[path] = newTag.map { (tag: $0, digest: digest) }
    }
    return known == digest ? .unchanged : .bytes(bytes)
  }

  package func download(
    _ path: RelativePath, byteLimit: Int, to file: PendingFile, onBytes: (Int) -> Void
  ) async throws -> Bool {
    let limit = patience + .seconds(byteLimit / Self.slowestRate)
    let end = clock.now.advanced(by: limit)
    guard let response = try await request(path, tag: nil, limit: limit) else { return false }
    try check(response, path, byteLimit)
    var count = 0
    do {
      for try await piece in response.body {
        count += piece.readableBytes
        guard count <= byteLimit else { throw DeliveryError.tooLong("\(path)", limit: byteLimit) }
        try checkPace(end, path)
        try file.write(Array(piece.readableBytesView))
        onBytes(piece.readableBytes)
      }
    } catch { throw sentence(for: error, path) }
    return true
  }

  // Nil for what is certainly not there.
  private func request(_ path: RelativePath, tag: String?, limit: Duration) async throws -> HTTPClientResponse? {
    var request = HTTPClientRequest(url: "\(address)/\(escaped(path))")
    request.headers.add(name: "user-agent", value: "suture")
    if let tag { request.headers.add(name: "if-none-match", value: tag) }
    let response: HTTPClientResponse
    do {
      response = try await client.execute(request, timeout: .nanoseconds(limit.components.seconds * 1_000_000_000))
    } catch { throw sentence(for: error, path) }
    return response.status == .notFound || response.status == .gone ? nil : response
  }

  // The client's own time limit ends with the head of the answer; a body that drips is ended here (and one that stands
  // still by the client, after its read limit).
  private func checkPace(_ end: ContinuousClock.Instant, _ path: RelativePath) throws {
    guard clock.now < end else {
      throw DeliveryError.unreachable("\(address)/\(path)", reason: "it came too slowly; another mirror may be faster")
    }
  }

  private func check(_ response: HTTPClientResponse, _ path: RelativePath, _ byteLimit: Int) throws {
    guard response.status == .ok else {
      throw DeliveryError.unexpectedAnswer("\(path)", status: Int(response.status.code))
    }
    if let length = response.headers.first(name: "content-length").flatMap({ Int($0) }), length > byteLimit {
      throw DeliveryError.tooLong("\(path)", limit: byteLimit)
    }
  }

  private func sentence(for error: any Error, _ path: RelativePath) -> any Error {
    if error is DeliveryError || error is LinuxError || error is CancellationError { return error }
    return DeliveryError.unreachable("\(address)/\(path)", reason: "\(error)")
  }

  // RFC 3986: unreserved characters stand for themselves, everything else is percent-encoded.
  private func escaped(_ path: RelativePath) -> String {
    let plain = takesEscapes ? "-._~%" : "-._~"
    return path.components.map { component in
      component.utf8.map { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          String(UnicodeScalar(byte))
        default: plain.utf8.contains(byte) ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte]).uppercased()
        }
      }.joined()
    }.joined(separator: "/")
  }
}
