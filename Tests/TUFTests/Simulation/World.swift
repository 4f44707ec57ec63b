import Basics
import Synchronization
import TUF

/// A device that refreshes from a simulated repository.
final class World {
  var repository = SimulatedRepository()
  let pinnedRoot: [UInt8]
  let mirror = Mirror()
  let store = MemoryStore()

  /// Begins after some changes to the repository, whose newest root is pinned.
  init(_ change: (inout SimulatedRepository) -> Void = { _ in }) {
    change(&repository)
    pinnedRoot = repository.files["1.root.json"] ?? []
  }

  @discardableResult
  func refresh(at now: UTCTime = SimulatedRepository.now) async throws -> TrustedRepository {
    mirror.serve(repository.files)
    return try await Client(pinnedRoot: pinnedRoot, fetcher: mirror, store: store).refresh(now: now)
  }

  /// A refresh that asks for nothing yet; what it cost until then is forgotten.
  func update(at now: UTCTime = SimulatedRepository.now) async throws -> Update {
    mirror.serve(repository.files)
    let update = try await Client(pinnedRoot: pinnedRoot, fetcher: mirror, store: store).update(now: now)
    _ = mirror.takeRequests()
    return update
  }

  /// The role that a fresh search believes about a path, or what it is refused for, and the files that it asked for.
  func search(_ text: String) async throws -> (role: String?, refusal: Refusal?, asked: [String]) {
    var update = try await update()
    do {
      let target = try await update.target(at: path(text))
      return (target?.role, nil, mirror.takeRequests())
    } catch let refusal as Refusal {
      return (nil, refusal, mirror.takeRequests())
    }
  }

  /// What a refresh is refused for; nil where it succeeds.
  func refusal(at now: UTCTime = SimulatedRepository.now) async throws -> Refusal? {
    do {
      try await refresh(at: now)
      return nil
    } catch let refusal as Refusal {
      return refusal
    }
  }
}

/// A path that is written in a test.
func path(_ text: String) -> TargetPath {
  guard let path = TargetPath(text) else { preconditionFailure("\(text) is not a target path") }
  return path
}

/// Serves files from memory and remembers what it was asked for.
final class Mirror: MetadataFetcher {
  struct State {
    var files: [String: [UInt8]] = [:]
    var requests: [String] = []
    var limits: [String: Int] = [:]
    var comparesDigests = true
    var holdsLimits = true
    var broken: Set<String> = []
  }

  struct Broken: Error {}

  private let state = Mutex(State())

  func serve(_ files: [String: [UInt8]]) { state.withLock { $0.files = files } }

  func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }

  /// The names asked for since the last call.
  func takeRequests() -> [String] {
    state.withLock { state in
      defer { state.requests = [] }
      return state.requests
    }
  }

  func limit(of name: String) -> Int? { state.withLock { $0.limits[name] } }

  func fetch(_ name: String, byteLimit: Int, unless known: Digest?) async throws -> FetchedMetadata {
    let (file, holdsLimits, comparesDigests) = try state.withLock { state in
      state.requests.append(name)
      state.limits[name] = byteLimit
      if state.broken.contains(name) { throw Broken() }
      return (state.files[name], state.holdsLimits, state.comparesDigests)
    }
    guard let file else { return .absent }
    if holdsLimits, file.count > byteLimit { throw Refusal.tooLong(file: name, limit: byteLimit) }
    if comparesDigests, let known, Digest(of: file) == known { return .unchanged }
    return .bytes(file)
  }
}

/// Keeps files in memory, remembers the order of saves, and can lose power.
final class MemoryStore: MetadataStore {
  struct State {
    var files: [String: [UInt8]] = [:]
    var saves: [String] = []
    /// How many more changes reach the disk before the power fails; nil for all.
    var changesLeft: Int?
  }

  struct PowerFailure: Error {}

  private let state = Mutex(State())

  var files: [String: [UInt8]] { state.withLock { $0.files } }

  var saves: [String] { state.withLock { $0.saves } }

  func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }

  func load(_ name: String, byteLimit: Int) async throws -> [UInt8]? {
    state.withLock { $0.files[name].flatMap { $0.count <= byteLimit ? $0 : nil } }
  }

  func save(_ bytes: [UInt8], as name: String) async throws {
    try state.withLock { state in
      try Self.spend(&state)
      state.files[name] = bytes
      state.saves.append(name)
    }
  }

  func remove(_ name: String) async throws {
    try state.withLock { state in
      try Self.spend(&state)
      state.files[name] = nil
    }
  }

  private static func spend(_ state: inout State) throws {
    guard let left = state.changesLeft else { return }
    guard left > 0 else { throw PowerFailure() }
    state.changesLeft = left - 1
  }
}
