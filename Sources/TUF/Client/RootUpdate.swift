public import Basics

/// The first step of a refresh: from the pinned root, one version at a time, to the newest (specification 5.2 and 5.3).
///
/// The steps are types, each made from the one before and used up by the next: `RootUpdate` → ``RootTrusted`` →
/// ``TimestampTrusted`` → ``SnapshotTrusted`` → ``TargetsTrusted`` → ``TrustedRepository``. A step out of order does not
/// compile. None of them does any I/O; ``Client`` does it around them.
public struct RootUpdate: ~Copyable, Sendable {
  private var root: RootMetadata
  private var account: RoleAccount
  private let recorded: RootMetadata?
  private let now: UTCTime
  /// The newest root, byte for byte.
  public private(set) var bytes: [UInt8]
  /// Whether what is stored of timestamp and snapshot was trusted under other keys than the newest root's (5.3.11).
  public private(set) var rotatesOnlineKeys: Bool

  /// Begins with the root that came with the device, which must be signed by its own keys.
  ///
  /// - Parameters:
  ///   - pinned: the root that is trusted without being fetched; it may have expired (5.2).
  ///   - recorded: the root under which the stored timestamp and snapshot were trusted, as the last refresh kept it;
  ///     it only tells whether keys have been rotated since, and is ignored where it cannot be read.
  ///   - now: the fixed update start time (5.1).
  public init(pinned: [UInt8], recorded: [UInt8]?, now: UTCTime) throws(Refusal) {
    let file = try Self.parse(pinned, name: "the pinned root")
    let root = try RootMetadata(file.signed)
    let signers = try file.verify(by: root.keys(of: .root), role: "root")
    let recorded = recorded.flatMap { bytes in try? RootMetadata(try Self.parse(bytes, name: "root.json").signed) }
    self.init(root: root, bytes: pinned, signers: signers, recorded: recorded, now: now)
  }

  private init(root: RootMetadata, bytes: [UInt8], signers: [KeyID], recorded: RootMetadata?, now: UTCTime) {
    self.root = root
    self.bytes = bytes
    self.recorded = recorded
    self.now = now
    account = RoleAccount("root", root.header, root.keys(of: .root), signers)
    if let recorded, recorded.header.version <= root.header.version {
      rotatesOnlineKeys = root.hasOtherOnlineKeys(than: recorded)
    } else {
      // Keys that came and went before the recorded root are not news; `advance` sees what came after it.
      rotatesOnlineKeys = false
    }
  }

  /// The version of the newest root so far.
  public var version: Int { root.header.version }

  /// The root that comes next, if there is one (5.3.3).
  public var nextRequest: MetadataRequest {
    let name = "\(version + 1).root.json"
    return MetadataRequest(name: name, storedName: name, byteLimit: Limits.rootByteCount)
  }

  /// Takes the next root; where it is refused, the newest root so far stands.
  public mutating func advance(to bytes: [UInt8]) throws(Refusal) {
    let file = try Self.parse(bytes, name: nextRequest.name)
    let next = try RootMetadata(file.signed)
    // 5.3.4: “Version N+1 of the root metadata file MUST have been signed by: (1) a THRESHOLD of keys specified in the
    // trusted root metadata file (version N), and (2) a THRESHOLD of keys specified in the new root metadata file”.
    try file.verify(by: root.keys(of: .root), role: "root of version \(version)")
    let signers = try file.verify(by: next.keys(of: .root), role: "root")
    // 5.3.5: “that is precisely N+1.” 5.3.6: its expiry does not matter yet.
    guard next.header.version == version + 1 else {
      throw .rootOutOfOrder(found: next.header.version, wanted: version + 1)
    }
    // 5.3.7, and what 5.3.11 needs to know. Each step counts, so that keys that were rotated and rotated back count.
    if next.header.version > recorded?.header.version ?? 0, next.hasOtherOnlineKeys(than: root) {
      rotatesOnlineKeys = true
    }
    root = next
    account = RoleAccount("root", next.header, next.keys(of: .root), signers)
    self.bytes = bytes
  }

  /// Settles on the newest root, once there is no next one (5.3.10, 5.3.12).
  public consuming func settle() throws(Refusal) -> RootTrusted {
    // 5.3.10: “Check for a freeze attack.”
    try root.header.requireFresh(at: now, file: "\(version).root.json")
    return RootTrusted(trust: Trust(root: root, now: now), accounts: [account])
  }

  private static func parse(_ bytes: [UInt8], name: String) throws(Refusal) -> SignedFile {
    try SignedFile(parsing: bytes, name: name, byteLimit: Limits.rootByteCount)
  }
}
