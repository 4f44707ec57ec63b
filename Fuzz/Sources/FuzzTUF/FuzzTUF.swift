import Basics
import CanonicalJSON
import TUF

/// The first byte chooses a role, the rest is its file: as it is, or as a signed part that the harness signs.
///
/// Without a signature a fuzzer would never get past the first check; with the keys it plays the worst publisher.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTUF(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = input.first else { return 0 }
  let rest = Array(input.dropFirst())
  do {
    switch choice % 10 {
    case 0: try Publisher.root(rest)
    case 1: try Publisher.root(Publisher.sign(rest))
    case 2: try Publisher.timestamp(rest)
    case 3: try Publisher.timestamp(Publisher.sign(rest))
    case 4: try Publisher.snapshot(rest)
    case 5: try Publisher.snapshot(Publisher.sign(rest))
    case 6: try Publisher.targets(rest)
    case 7: try Publisher.targets(Publisher.sign(rest))
    case 8: try Publisher.delegated(Publisher.sign(rest))
    default: _ = try SigningKey(keyFile: rest)
    }
  } catch {
    precondition(!error.description.isEmpty && !error.description.utf8.contains { $0 < 0x20 })
  }
  return 0
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
      "name": "d", "keyids": [.string(key.id.hex)], "threshold": 1, "paths": ["d/*", "d/*/*-?.json"],
    ]
    let delegations: JSON = ["keys": .object([key.id.hex: key.key.json]), "roles": [role]]
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
    let file: JSON = ["signed": signed, "signatures": [["keyid": .string(key.id.hex), "sig": .string(signature)]]]
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
    check(try trusted.targets(bytes))
  }

  static func delegated(_ bytes: [UInt8]) throws(Refusal) {
    let step = try snapshotStep(1)
    let version = version(of: bytes)
    let meta: JSON = ["targets.json": ["version": 1], "d.json": ["version": version]]
    let snapshot = try step.snapshot(version == 1 ? firstSnapshot : file("snapshot", ["meta": meta]))
    var trusted = try snapshot.targets(delegatingTargets)
    try trusted.delegated(bytes, as: "d")
    check(trusted)
  }

  /// No target may leave its folder, and no delegated role's file the metadata folder.
  static func check(_ trusted: consuming TargetsTrusted) {
    for role in trusted.delegatedRoles {
      precondition(RelativePath.isComponent(role + ".json") && TopLevelRole(rawValue: role) == nil)
    }
    let repository = trusted.finish()
    for target in repository.targets {
      precondition(RelativePath(target.path.description) != nil && RelativePath(target.filePath) != nil)
      precondition(target.role == "targets" || target.path.components.first == "d")
    }
  }
}
