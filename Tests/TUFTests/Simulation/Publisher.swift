import Basics
import CanonicalJSON
import TUF
import Testing

/// A repository made by the editor, with the folder that its files are written to.
struct Publisher {
  static let now = SimulatedRepository.now
  let root = (1...3).map { SimulatedRepository.key($0) }
  let targets = (4...5).map { SimulatedRepository.key($0) }
  let online = SimulatedRepository.key(6)
  let stream = (7...8).map { SimulatedRepository.key($0) }
  var editor: RepositoryEditor
  var folder: [String: [UInt8]] = [:]
  var written: [String] = []

  init() throws {
    let online = try RoleKeys([online.key], threshold: 1)
    editor = RepositoryEditor(
      root: try RoleKeys(root.map(\.key), threshold: 2), targets: try RoleKeys(targets.map(\.key), threshold: 2),
      snapshot: online, timestamp: online)
  }

  var allKeys: [SigningKey] { root + targets + stream + [online] }

  mutating func publish(_ keys: [SigningKey]? = nil, at now: UTCTime = now) throws {
    let files = try editor.publish(signingWith: keys ?? allKeys, now: now)
    written = files.map(\.name)
    for file in files { folder[file.name] = file.bytes }
  }

  mutating func delegate() throws {
    try editor.delegate(
      to: "expat", keys: try RoleKeys(stream.map(\.key), threshold: 2),
      paths: .patterns([try #require(PathPattern("d/expat/*"))]))
  }

  func client(_ store: MemoryStore = MemoryStore()) throws -> Client {
    let mirror = Mirror()
    mirror.serve(folder)
    return Client(pinnedRoot: try #require(folder["1.root.json"]), fetcher: mirror, store: store)
  }

  func refresh(_ store: MemoryStore = MemoryStore(), at now: UTCTime = now) async throws -> TrustedRepository {
    try await client(store).refresh(now: now)
  }

  mutating func reload() throws {
    let folder = folder
    editor = try RepositoryEditor(loading: { folder[$0] })
  }
}
