import Linux
import TUF
import TestSupport
import Testing

@testable import Delivery

@Suite struct RepositoryFetcherTests {
  @Test func `metadata that is too long is refused in TUF's words, so that only its role is left out`() async throws {
    let temporary = try TemporaryDirectory()
    _ = try temporary.directory.creatingDirectory(path("metadata"))
    try temporary.directory.write([UInt8](repeating: 32, count: 101), to: path("metadata/1.role.json"))
    let fetcher = RepositoryFetcher(transport: DirectoryTransport(path: temporary.path))
    await #expect(throws: Refusal.tooLong(file: "1.role.json", limit: 100)) {
      try await fetcher.fetch("1.role.json", byteLimit: 100, unless: nil)
    }
    guard case .bytes = try await fetcher.fetch("1.role.json", byteLimit: 101, unless: nil) else {
      Issue.record("a file of just that length is given")
      return
    }
  }
}
