import Linux
import TUF
import TestSupport
import Testing

@testable import Delivery

@Suite struct RemoteMetadataTests {
  @Test func `metadata that is too long is refused in TUF's words, so that only its role is left out`() async throws {
    let temporary = try TemporaryDirectory()
    _ = try temporary.directory.creatingDirectory(path("metadata"))
    try temporary.directory.write([UInt8](repeating: 32, count: 101), to: path("metadata/1.role.json"))
    let fetcher = RemoteMetadata(DirectoryTransport(path: temporary.path), folder: "metadata")
    await #expect(throws: Refusal.tooLong(file: "1.role.json", limit: 100)) {
      try await fetcher.fetch("1.role.json", byteLimit: 100, unless: nil)
    }
    guard case .bytes = try await fetcher.fetch("1.role.json", byteLimit: 101, unless: nil) else {
      Issue.record("a file of just that length is given")
      return
    }
  }

  @Test func `a name that no folder can hold is nowhere, so that only its role is left out`() async throws {
    let temporary = try TemporaryDirectory()
    let fetcher = RemoteMetadata(DirectoryTransport(path: temporary.path), folder: "metadata")
    let name = "1.\(String(repeating: "r", count: 300)).json"
    guard case .absent = try await fetcher.fetch(name, byteLimit: 100, unless: nil) else {
      Issue.record("a file with too long a name was found")
      return
    }
  }
}
