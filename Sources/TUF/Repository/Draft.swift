public import Basics
internal import CanonicalJSON

/// A role's file on its way from signer to signer: what is to be signed, and the signatures so far.
///
/// A holder of a key needs this file and nothing else of the repository. Look at what it says before signing it:
/// ``text`` has all of it.
public struct Draft: Sendable, Hashable {
  /// The longest draft, in bytes.
  public static let byteLimit = Limits.targetsByteCount

  private let signed: JSON
  private var signatures: [String: String]
  /// The role's type: `root`, `timestamp`, `snapshot` or `targets`; delegated roles are of the last.
  public let type: String
  /// The version that it will have.
  public let version: Int
  /// When it will stop being trusted.
  public let expires: UTCTime

  /// Reads a draft; its signatures are verified by whoever knows the role's keys.
  public init(parsing bytes: [UInt8]) throws(Refusal) {
    let file = try SignedFile(parsing: bytes, name: "the draft", byteLimit: Self.byteLimit)
    type = try file.signed.string("_type")
    guard TopLevelRole(rawValue: type) != nil else {
      throw .wrongType(file: file.name, found: type, wanted: TopLevelRole.targets.rawValue)
    }
    let header = try MetadataHeader(file.signed, type: type)
    version = header.version
    expires = header.expires
    signed = file.signed.json
    signatures = file.signatures
  }

  /// The file, to be carried on.
  public var bytes: [UInt8] {
    let listed = signatures.sorted { $0.key < $1.key }.map { id, signature -> JSON in
      ["keyid": .string(id), "sig": .string(signature)]
    }
    let file: JSON = ["signatures": .array(listed), "signed": signed]
    return Array(file.compactText.utf8)
  }

  /// What is signed, for people to read: one line of JSON.
  public var text: String { signed.compactText }

  /// What a signature must cover, for keys that sign elsewhere.
  public var bytesToSign: [UInt8] { signed.canonicalBytes }

  /// The ids of the keys that have signed, or claim to have.
  public var signers: [KeyID] { signatures.keys.compactMap { KeyID($0) }.sorted() }

  /// Signs, in place of an earlier signature of the same key.
  public mutating func sign(with key: SigningKey) {
    signatures[key.id.text] = Hex.encode(key.sign(bytesToSign))
  }

  /// Takes the signatures of another copy that are not here; refused where that copy says something else.
  public mutating func merge(_ other: Draft) throws(Refusal) {
    guard other.bytesToSign == bytesToSign else {
      throw .otherDraft(type: type, version: version, otherVersion: other.version)
    }
    signatures.merge(other.signatures) { mine, _ in mine }
  }
}
