internal import Basics
internal import CanonicalJSON
package import Improvements
package import Linux
package import TransparencyLog

/// Follows a log: every entry is read, every tile compared with what the entries give, every tree with the one before; and
/// entries that are one's own and that one does not know are told of, again and again until they are known.
package struct LogMonitor: Sendable {
  /// What was found at one look.
  package struct Report: Sendable {
    /// The number of entries now, and at the look before.
    package let size: UInt64
    package let former: UInt64
    /// New entries of one's own, with their places.
    package let news: [Sighting]
    /// Entries that are one's own and not known, new and old.
    package let unknown: [Sighting]
  }

  /// An entry in its place.
  package struct Sighting: Sendable, Hashable {
    /// Its place in the log, from 0.
    package let index: UInt64
    /// What it says; nil for bytes that are no entry of Suture's.
    package let entry: LogEntry?
    let bytes: [UInt8]

    init(_ index: UInt64, _ bytes: [UInt8]) {
      self.index = index
      self.bytes = bytes
      entry = try? LogEntry(parsing: bytes)
    }
  }

  /// The most entries that are not known and are kept; beyond it the look fails.
  package static let unknownLimit = 4_096

  private let source: any LogSource
  private let keys: [VerifierKey]
  private let directory: Directory
  private let owns: @Sendable (LogEntry?) -> Bool

  /// A monitor that keeps its state in a folder.
  ///
  /// - Parameters:
  ///   - keys: the keys with which the log signs.
  ///   - owns: whether an entry, or bytes that are none, are one's own to answer for.
  package init(
    _ source: any LogSource, keys: [VerifierKey], state directory: Directory,
    owns: @escaping @Sendable (LogEntry?) -> Bool
  ) {
    self.source = source
    self.keys = keys
    self.directory = directory
    self.owns = owns
  }

  /// Looks once.
  ///
  /// - Parameter isKnown: whether one made an entry oneself.
  package func look(isKnown: (LogEntry) throws -> Bool) async throws -> Report {
    let signed = try await LogView.checkpoint(of: source, keys: keys)
    let state = try MonitorState.load(from: directory, origin: signed.checkpoint.origin)
    let fresh: [Sighting]
    do {
      fresh = try await follow(signed.checkpoint, state)
    } catch let refusal as LogRefusal {
      // What proves it is kept beside the state, signed as it is.
      try directory.write(signed.bytes, to: MonitorState.evidenceFile)
      throw LogKeepingError.dishonest(place: source.place, reason: "\(refusal)")
    }
    let own = fresh.filter { owns($0.entry) }
    let waiting = try (state.unknown + own).filter { sighting in
      guard let entry = sighting.entry else { return true }
      return try !isKnown(entry)
    }
    guard waiting.count <= Self.unknownLimit else {
      throw LogRefusal.tooMuch(
        what: "the log", count: waiting.count, limit: Self.unknownLimit, of: "entries that are not known")
    }
    try MonitorState(checkpoint: signed, unknown: waiting).save(to: directory)
    return Report(size: signed.checkpoint.size, former: state.size, news: own, unknown: waiting)
  }

  /// The entries since the state's tree, once all of them and all tiles are verified.
  private func follow(_ new: Checkpoint, _ state: MonitorState) async throws -> [Sighting] {
    guard new.size >= state.size else { throw LogRefusal.shrunk(size: new.size, former: state.size) }
    guard new.size > state.size else {
      guard new.root == state.root else { throw LogRefusal.forked(size: new.size) }
      return []
    }
    let view = LogView(new, in: source)
    var edge: [Tile: [UInt8]] = [:]
    for tile in TileLayout.edge(ofSize: state.size) { edge[tile] = try await view.bytes(of: tile) }
    var appending = try TileAppending(size: state.size, edge: edge)
    guard appending.root == state.root else {
      throw LogRefusal.proofMismatch(what: "the tree of \(state.size) entries as it is served now")
    }
    var sightings: [Sighting] = []
    for bundle in TileLayout.newTiles(from: state.size, to: new.size, of: .entries) {
      let entries = try bundle.entries(parsing: try await view.bytes(of: bundle))
      for (offset, entry) in entries.enumerated() where bundle.firstEntry + UInt64(offset) >= state.size {
        try appending.append(leafHash: Merkle.leafHash(of: entry))
        sightings.append(Sighting(bundle.firstEntry + UInt64(offset), entry))
      }
    }
    guard appending.root == new.root else {
      throw LogRefusal.proofMismatch(what: "the log's list of entries up to \(new.size)")
    }
    for (tile, bytes) in appending.tiles where try await view.bytes(of: tile) != bytes {
      throw LogKeepingError.otherTile(place: source.place, path: "\(tile)")
    }
    return sightings
  }
}

/// What a monitor remembers.
struct MonitorState {
  static let byteLimit = 8 << 20

  let size: UInt64
  let root: Digest
  let unknown: [LogMonitor.Sighting]
  private let checkpoint: SignedCheckpoint?

  init(checkpoint: SignedCheckpoint, unknown: [LogMonitor.Sighting]) {
    self.checkpoint = checkpoint
    size = checkpoint.checkpoint.size
    root = checkpoint.checkpoint.root
    self.unknown = unknown
  }

  private init() {
    checkpoint = nil
    size = 0
    root = Merkle.emptyRoot
    unknown = []
  }

  static var evidenceFile: RelativePath { file("evidence") }
  private static var stateFile: RelativePath { file("monitor.json") }

  private static func file(_ name: String) -> RelativePath {
    guard let path = RelativePath(name) else { preconditionFailure("a word is a path") }
    return path
  }

  static func load(from directory: Directory, origin: LogOrigin) throws -> MonitorState {
    guard let bytes = try directory.readIfPresent(stateFile, limit: byteLimit) else { return MonitorState() }
    let name = directory.name(stateFile)
    do {
      let fields = try JSONFields(try JSON(parsing: bytes), at: "state")
      let signed = try SignedCheckpoint(parsing: Array(try fields.string("checkpoint").utf8))
      guard signed.checkpoint.origin == origin else { throw LogRefusal.unknownLog(origin: "\(origin)") }
      let unknown = try fields.array("unknown").map { json in
        let entry = try JSONFields(json, at: "unknown")
        let index = UInt64(try entry.integer("index", in: 0...Int64.max))
        guard let text = Hex.decode(try entry.string("entry"), byteCount: try entry.string("entry").utf8.count / 2)
        else {
          throw LogRefusal.malformed(what: "the state", reason: "an entry is not in hexadecimal digits")
        }
        return LogMonitor.Sighting(index, text)
      }
      return MonitorState(checkpoint: signed, unknown: unknown)
    } catch { throw LogKeepingError.badState(file: name, reason: "\(error)") }
  }

  func save(to directory: Directory) throws {
    let json: JSON = [
      "checkpoint": .string(String(decoding: checkpoint?.bytes ?? [], as: UTF8.self)),
      "unknown": .array(
        unknown.map { ["index": .integer(Int64($0.index)), "entry": .string(Hex.encode($0.bytes))] }),
    ]
    try directory.write(Array(json.compactText.utf8), to: Self.stateFile)
  }
}
