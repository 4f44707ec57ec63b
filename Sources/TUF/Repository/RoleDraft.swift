internal import Basics
internal import CanonicalJSON

/// One role's file on the publisher's side: what is published, and what is being made of it.
///
/// The signed part stays the JSON that it came as, so that members unknown here survive an edit (specification 4).
struct RoleDraft {
  let role: String
  /// The version that is published, or was last; 0 where none ever was.
  private(set) var publishedVersion: Int
  /// The file that is published, byte for byte.
  private(set) var publishedBytes: [UInt8]?
  private(set) var signed: JSON
  /// Signatures over `signed`, in hexadecimal, by key id.
  private(set) var signatures: [KeyID: String] = [:]
  private(set) var isChanged: Bool

  /// A role that is not published.
  ///
  /// `last` is the version that snapshot lists of an earlier role of this name, behind which clients do not go back; 0
  /// where there was none.
  init(role: String, type: String, members: [String: JSON], after last: Int = 0) {
    self.role = role
    publishedVersion = last
    var members = members
    members["_type"] = .string(type)
    members["spec_version"] = .string(MetadataHeader.specification)
    members["version"] = .integer(Int64(last + 1))
    members["expires"] = .string(UTCTime(secondsSinceEpoch: 0).description)
    signed = .object(members)
    isChanged = true
  }

  /// A role as it is published.
  init(role: String, published file: SignedFile, version: Int) {
    self.role = role
    publishedVersion = version
    publishedBytes = file.bytes
    signed = file.signed.json
    isChanged = false
    signatures = Self.signatures(of: file)
  }

  /// What is signed of the role.
  var signedBytes: [UInt8] { signed.canonicalBytes }

  /// The version of what is being made.
  var version: Int { signed["version"]?.integer.map { Int($0) } ?? 0 }

  /// The file with the signatures that it has so far: what is published once they are enough.
  var bytes: [UInt8] {
    if !isChanged, let publishedBytes { return publishedBytes }
    let listed = signatures.sorted { $0.key < $1.key }.map { id, signature -> JSON in
      ["keyid": .string(id.text), "sig": .string(signature)]
    }
    let file: JSON = ["signatures": .array(listed), "signed": signed]
    return Array(file.compactText.utf8)
  }

  /// Begins a new version, if this one is published, and drops signatures, which no longer fit.
  mutating func edit(_ body: (inout [String: JSON]) -> Void) {
    guard case .object(var members) = signed else { return }
    body(&members)
    members["version"] = .integer(Int64(publishedVersion + 1))
    signed = .object(members)
    signatures = [:]
    isChanged = true
  }

  /// Sets when the new version expires.
  mutating func setExpiry(_ time: UTCTime) {
    edit { $0["expires"] = .string(time.description) }
  }

  mutating func add(signature: [UInt8], by id: KeyID) {
    signatures[id] = Hex.encode(signature)
  }

  /// Takes the same draft with other signatures, or the next version, from elsewhere.
  mutating func adopt(_ file: SignedFile, version: Int) throws(Refusal) {
    guard version == publishedVersion + 1 else {
      throw .draftOutOfOrder(role: role, found: version, wanted: publishedVersion + 1)
    }
    let isSame = isChanged && file.signed.json.canonicalBytes == signedBytes
    let given = Self.signatures(of: file)
    signatures = isSame ? signatures.merging(given) { mine, _ in mine } : given
    signed = file.signed.json
    isChanged = true
  }

  mutating func markPublished() {
    publishedBytes = bytes
    publishedVersion = version
    isChanged = false
  }

  private static func signatures(of file: SignedFile) -> [KeyID: String] {
    var signatures: [KeyID: String] = [:]
    for (text, signature) in file.signatures {
      if let id = KeyID(text) { signatures[id] = signature }
    }
    return signatures
  }
}
