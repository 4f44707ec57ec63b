import Basics
import TUF
import Testing

/// What the library's documentation shows, line by line; the tidy test holds the two together.
@Suite struct ExampleTests {
  @Test func `the documented examples publish a target and bring it`() async throws {
    let now = SimulatedRepository.now
    let (docs, guide) = (try #require(PathPattern("docs/*")), path("docs/guide.md"))
    let content = Array("read me".utf8)
    var used: [UInt8] = []
    func use(_ bytes: [UInt8]) { used = bytes }

    let key = SigningKey()
    let keys = try RoleKeys([key.key], threshold: 1)
    var editor = RepositoryEditor(root: keys, targets: keys, snapshot: keys, timestamp: keys)
    try editor.delegate(to: "docs", keys: keys, paths: .patterns([docs]))
    try editor.setTarget(guide, length: content.count, sha256: Digest(of: content), in: "docs")
    let files = try editor.publish(signingWith: [key], now: now)

    let fetcher = Mirror()
    fetcher.serve(Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.bytes) }))
    let (root, store) = (try #require(files.first { $0.name == "1.root.json" }?.bytes), MemoryStore())
    let client = Client(pinnedRoot: root, fetcher: fetcher, store: store)
    var update = try await client.update(now: now)
    if let target = try await update.target(at: guide), target.matches(content) {
      use(content)
    }
    #expect(used == content)
  }
}
