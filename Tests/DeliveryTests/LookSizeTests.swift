import Basics
import Delivery
import Foundation
import Improvements
import Linux
import Synchronization
import TUF
import TestSupport
import Testing

/// What a look costs, in bytes of metadata and in requests.
///
/// `scripts/look-size` runs it at full size and shows the table.
@Suite struct LookSizeTests {
  /// The most bytes of metadata that a look after one new improvement may cost.
  private static let byteLimit = 64 << 10

  /// Components, improvements of each, and components that are installed.
  private static var size: (components: Int, serials: Int, installed: Int) {
    guard let text = ProcessInfo.processInfo.environment["SUTURE_LOOK_SIZE"] else { return (40, 10, 10) }
    let numbers = text.split(separator: "x").compactMap { Int($0) }
    return numbers.count == 3 ? (numbers[0], numbers[1], numbers[2]) : (40, 10, 10)
  }

  @Test func `a look after one new improvement costs at most 64 KiB of metadata, an unchanged one two requests`()
    async throws
  {
    let size = Self.size
    var repository = try GeneratedRepository(components: size.components, serials: size.serials)
    let transport = CountingTransport()
    let folder = try TemporaryDirectory(inMemory: true)
    let courier = Courier(
      transport: transport, pinnedRoot: try #require(repository.files["1.root.json"]),
      metadata: try folder.directory.creatingDirectory(path("metadata")),
      spool: try folder.directory.creatingDirectory(path("spool")))
    let step = max(1, size.components / size.installed)
    let installed = stride(from: 0, to: size.components, by: step).map { repository.streams[$0] }
    let patterns = installed.compactMap { PathPattern("\($0)/*") }
    func look() async throws -> Int {
      transport.serve(repository.files)
      var update = try await courier.update(now: GeneratedRepository.now)
      return try await update.repository(matching: patterns).targets.count
    }
    print(
      "FIGURE: look size: \(size.components) components, \(size.components * size.serials) improvements,"
        + " \(installed.count) components installed")
    #expect(try await look() == installed.count * size.serials)
    let cold = transport.take()
    Self.tell("cold", cold)
    #expect(try await look() == installed.count * size.serials)
    let unchanged = transport.take()
    Self.tell("unchanged", unchanged)
    #expect(unchanged.map(\.name) == ["2.root.json", "timestamp.json"])
    #expect(unchanged.map(\.bytes) == [nil, 0])
    repository.improve(installed[0], serial: size.serials + 1)
    #expect(try await look() == installed.count * size.serials + 1)
    let improved = transport.take()
    Self.tell("after one new improvement", improved)
    #expect(improved.reduce(0) { $0 + ($1.bytes ?? 0) } <= Self.byteLimit)
    #expect(improved.count == 5)
    repository.refresh()
    #expect(try await look() == installed.count * size.serials + 1)
    Self.tell("after a refresh by the publisher", transport.take())
    // Without the changes the whole snapshot comes, and all is as well.
    repository.improve(installed[0], serial: size.serials + 2)
    let files = repository.files.filter { !$0.key.hasSuffix(".snapshot-changes.json") }
    transport.serve(files)
    var update = try await courier.update(now: GeneratedRepository.now)
    #expect(try await update.repository(matching: patterns).targets.count == installed.count * size.serials + 2)
    Self.tell("without snapshot-changes", transport.take())
  }

  private static func tell(_ what: String, _ requests: [CountingTransport.Request]) {
    let total = requests.reduce(0) { $0 + ($1.bytes ?? 0) }
    print("FIGURE: look size: \(what): \(requests.count) requests, \(total) bytes of metadata")
    guard requests.count <= 12 else {
      for request in requests where !request.name.contains(".build.") && !request.name.contains(".review.") {
        if let bytes = request.bytes, bytes > 16 << 10 { print("FIGURE: look size:   \(request.name) \(bytes)") }
      }
      return
    }
    for request in requests {
      print("FIGURE: look size:   \(request.name) \(request.bytes.map { $0 == 0 ? "unchanged" : "\($0)" } ?? "absent")")
    }
  }
}

/// A repository in memory that counts what is asked of it.
private final class CountingTransport: Transport {
  struct Request: Sendable {
    let name: String
    /// How many bytes travelled; none where the file was not sent, nil where there is no such file.
    let bytes: Int?
  }

  private struct State {
    var files: [String: [UInt8]] = [:]
    var requests: [Request] = []
  }

  private let state = Mutex(State())
  let address = "memory"

  func serve(_ files: [String: [UInt8]]) { state.withLock { $0.files = files } }

  func take() -> [Request] {
    state.withLock { state in
      defer { state.requests = [] }
      return state.requests
    }
  }

  func get(_ path: RelativePath, byteLimit: Int, unless known: Digest?) async throws -> TransportAnswer {
    state.withLock { state in
      guard let bytes = state.files[path.name], bytes.count <= byteLimit else {
        state.requests.append(Request(name: path.name, bytes: nil))
        return .absent
      }
      let isKnown = known != nil && Digest(of: bytes) == known
      state.requests.append(Request(name: path.name, bytes: isKnown ? 0 : bytes.count))
      return isKnown ? .unchanged : .bytes(bytes)
    }
  }

  func download(
    _ path: RelativePath, byteLimit: Int, to file: PendingFile, onBytes: (Int) -> Void
  ) async throws -> Bool { false }
}
