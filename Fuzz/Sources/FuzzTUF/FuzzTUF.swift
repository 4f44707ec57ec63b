import Basics
import CanonicalJSON
import Kind
import TUF

/// The first byte chooses a role, the rest is its file: as it is, or as a signed part that the harness signs.
///
/// Or it is a graph of delegations, a key, or a name.
///
/// Without a signature a fuzzer would never get past the first check; with the keys it plays the worst publisher.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTUF(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = input.first else { return 0 }
  guard Kind.isWanted(choice & 15) else { return -1 }
  let rest = Array(input.dropFirst())
  do {
    // In ASCII: the digits, and `:`, `;`, `<`, `=`.
    switch choice & 15 {
    case 0: try Publisher.delegated(Publisher.sign(rest))
    case 2: try Publisher.root(rest)
    case 3: try Publisher.root(Publisher.sign(rest))
    case 4: try Publisher.timestamp(rest)
    case 5: try Publisher.timestamp(Publisher.sign(rest))
    case 6: try Publisher.snapshot(rest)
    case 7: try Publisher.snapshot(Publisher.sign(rest))
    case 8: try Publisher.targets(rest)
    case 9: try Publisher.targets(Publisher.sign(rest))
    case 10: try Publisher.graph(rest)
    case 11: check(pem: String(decoding: rest, as: UTF8.self))
    case 12: check(name: String(decoding: rest, as: UTF8.self))
    case 13:
      let draft = try Draft(parsing: rest)
      let again = try Draft(parsing: draft.bytes)
      precondition(again == draft, "a draft has changed on its way")
    case 14:
      guard let changes = SnapshotChanges(parsing: rest) else { break }
      precondition(SnapshotChanges(parsing: changes.bytes) == changes, "changes of snapshot have changed on their way")
      precondition(changes.applied(to: rest) == nil, "a file of changes is taken for a snapshot")
    default: _ = try SigningKey(keyFile: rest)
    }
  } catch {
    precondition(!error.description.isEmpty && !error.description.utf8.contains { $0 < 0x20 })
  }
  return 0
}

/// A text as a public key of each kind, and the text itself as a signature.
private func check(pem: String) {
  let bytes = Array(pem.utf8)
  for key in [Key(ecdsaP256: pem), Key(rsaPSS: pem)] {
    precondition(key?.isValid(bytes, over: bytes) != true, "a text has signed itself")
  }
}

/// A text as a target's path and as a pattern.
private func check(name: String) {
  guard let path = TargetPath(name) else { return }
  precondition(RelativePath.isComponent(path.localName) && !path.localName.contains("\\"))
  guard let pattern = PathPattern(name) else { return }
  precondition(pattern.meets(pattern), "a pattern does not meet itself")
  precondition(!pattern.matches(path) || pattern.onlyPath ?? path == path)
}

/// One key for every role, and good files around the one that is fuzzed.
private enum Publisher {
  static let now = UTCTime(secondsSinceEpoch: 1_795_467_240)
  static let key: SigningKey = {
    guard let key = SigningKey(seed: [UInt8](repeating: 7, count: 32)) else { preconditionFailure("32 bytes") }
    return key
  }()
  static let pinned: [UInt8] = {
    do {
      let keys = try RoleKeys([key.key], threshold: 1)
      var editor = RepositoryEditor(root: keys, targets: keys, snapshot: keys, timestamp: keys)
      let files = try editor.publish(signingWith: [key], now: now)
      return files.first { $0.name == "1.root.json" }?.bytes ?? []
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// The timestamp that lists version 1 of snapshot, signed once for all runs.
  static let firstTimestamp = file("timestamp", ["meta": ["snapshot.json": ["version": 1]]])
  /// The snapshot that lists version 1 of targets and of the delegated role.
  static let firstSnapshot = file("snapshot", ["meta": ["targets.json": ["version": 1], "d.json": ["version": 1]]])
  /// Targets that delegate.
  static let delegatingTargets: [UInt8] = {
    let role: JSON = [
      "name": "d", "keyids": [.string(key.id.text)], "threshold": 1, "paths": ["d/*", "d/*/*-?.json"],
    ]
    let delegations: JSON = ["keys": .object([key.id.text: key.key.json]), "roles": [role]]
    return file("targets", ["targets": [:], "delegations": delegations])
  }()

  static func trusted() throws(Refusal) -> RootTrusted {
    let update = try RootUpdate(pinned: pinned, recorded: nil, now: now)
    return try update.settle()
  }

  /// A file whose signed part is the given text, rightly signed; the text itself where it is no JSON.
  static func sign(_ text: [UInt8]) -> [UInt8] {
    guard let signed = try? JSON(parsing: text) else { return text }
    return sign(signed)
  }

  static func sign(_ signed: JSON) -> [UInt8] {
    let signature = Hex.encode(key.sign(signed.canonicalBytes))
    let file: JSON = ["signed": signed, "signatures": [["keyid": .string(key.id.text), "sig": .string(signature)]]]
    return Array(file.compactText.utf8)
  }

  /// The version that a file claims, so that what lists it can agree.
  static func version(of file: [UInt8]) -> JSON {
    let version = (try? JSON(parsing: file))?["signed"]?["version"]?.integer ?? 1
    return .integer(min(max(version, 1), Limits.greatestNumber))
  }

  static func file(_ type: String, _ members: [String: JSON]) -> [UInt8] {
    let common: [String: JSON] = [
      "_type": .string(type), "spec_version": "1.0.34", "version": 1, "expires": "2027-01-01T00:00:00Z",
    ]
    return sign(.object(common.merging(members) { $1 }))
  }

  static func root(_ file: [UInt8]) throws(Refusal) {
    var update = try RootUpdate(pinned: pinned, recorded: file, now: now)
    do {
      try update.advance(to: file)
      precondition(update.version == 2 && update.bytes == file)
    } catch {
      precondition(update.version == 1 && update.bytes == pinned, "a refused root was kept")
      throw error
    }
    _ = try update.settle()
  }

  static func timestamp(_ file: [UInt8]) throws(Refusal) {
    let root = try trusted()
    let stored = root.recall(timestamp: file, snapshot: file)
    let trusted = try root.timestamp(file, after: stored)
    precondition(trusted.snapshotRequest.byteLimit <= Limits.snapshotByteCount)
  }

  static func snapshotStep(_ version: JSON) throws(Refusal) -> TimestampTrusted {
    let root = try trusted()
    let stored = root.recall(timestamp: nil, snapshot: nil)
    let listing =
      version == 1 ? firstTimestamp : file("timestamp", ["meta": ["snapshot.json": ["version": version]]])
    return try root.timestamp(listing, after: stored)
  }

  static func snapshot(_ file: [UInt8]) throws(Refusal) {
    let step = try snapshotStep(version(of: file))
    let trusted = try step.snapshot(file)
    precondition(trusted.targetsRequest.byteLimit <= Limits.targetsByteCount)
    precondition(RelativePath.isComponent(trusted.targetsRequest.name))
  }

  static func targets(_ bytes: [UInt8]) throws(Refusal) {
    let step = try snapshotStep(1)
    let version = version(of: bytes)
    let listing = version == 1 ? firstSnapshot : file("snapshot", ["meta": ["targets.json": ["version": version]]])
    let trusted = try step.snapshot(listing)
    try check(try trusted.targets(bytes))
  }

  static func delegated(_ bytes: [UInt8]) throws(Refusal) {
    let step = try snapshotStep(1)
    let version = version(of: bytes)
    let meta: JSON = ["targets.json": ["version": 1], "d.json": ["version": version]]
    let snapshot = try step.snapshot(version == 1 ? firstSnapshot : file("snapshot", ["meta": meta]))
    var trusted = try snapshot.targets(delegatingTargets)
    for request in try trusted.missing(for: nil) { try trusted.take(bytes, for: request) }
    try check(trusted) { $0.role == "targets" || $0.path.components.first == "d" }
  }

  /// A graph of eight roles that delegate all paths to one another: each byte is an edge, its top bit a terminating one.
  ///
  /// Whatever the graph, every search ends, and listing all gives what searching for each gives.
  static func graph(_ edges: [UInt8]) throws(Refusal) {
    var roles = [[JSON]](repeating: [], count: 8)
    for edge in edges.prefix(64) {
      let (from, to) = (Int(edge & 7), Int(edge >> 3 & 7))
      let name = JSON.string("r\(to)")
      guard !roles[from].contains(where: { $0["name"] == name }) else { continue }
      roles[from].append([
        "name": name, "keyids": [.string(key.id.text)], "threshold": 1, "paths": ["d/*"],
        "terminating": .bool(edge & 0x80 != 0),
      ])
    }
    let description: JSON = ["length": 0, "hashes": ["sha256": .string(Digest(of: []).hex)]]
    let files = roles.indices.map { number in
      let delegations: JSON = ["keys": .object([key.id.text: key.key.json]), "roles": .array(roles[number])]
      // Role 0 stands for top-level targets.
      let targets: [String: JSON] = number == 0 ? [:] : ["d/\(number % 3)": description]
      return file("targets", ["targets": .object(targets), "delegations": delegations])
    }
    let names = (1..<8).map { ("r\($0).json", JSON.object(["version": 1])) } + [("targets.json", ["version": 1])]
    let meta = JSON.object(Dictionary(uniqueKeysWithValues: names))
    let snapshot = try snapshotStep(1).snapshot(file("snapshot", ["meta": meta]))
    var trusted = try snapshot.targets(files[0])
    var requests = try trusted.missing(for: nil)
    while !requests.isEmpty {
      for request in requests { try trusted.take(files[Int(request.role.dropFirst()) ?? 0], for: request) }
      requests = try trusted.missing(for: nil)
    }
    let all = try trusted.repository(matching: nil)
    for number in 0..<3 {
      guard let path = TargetPath("d/\(number)") else { preconditionFailure("a path") }
      guard case .needs = try trusted.search(for: path) else {
        let found: SearchStep = all.target(at: path).map { .found($0) } ?? .absent
        let step = try trusted.search(for: path)
        precondition(step == found, "listing and searching disagree")
        continue
      }
      preconditionFailure("a role is missing that was not asked for")
    }
  }

  /// No target may leave its folder, and no delegated role's file the metadata folder.
  static func check(
    _ trusted: consuming TargetsTrusted, _ isAllowed: (VerifiedTarget) -> Bool = { $0.role == "targets" }
  ) throws(Refusal) {
    for request in try trusted.missing(for: nil) {
      precondition(RelativePath.isComponent(request.file.storedName) && TopLevelRole(rawValue: request.role) == nil)
      precondition(!request.file.name.contains("/") && request.file.byteLimit <= Limits.targetsByteCount)
    }
    let repository = try trusted.finish()
    for target in repository.targets {
      precondition(RelativePath(target.path.description) != nil && RelativePath(target.filePath) != nil)
      precondition(isAllowed(target))
    }
  }
}
