internal import Basics
internal import CanonicalJSON

/// A metadata file that has been read and not yet been verified: its signed part and its signatures
/// (specification 4.2, object format).
struct SignedFile {
  /// The file's name, for sentences.
  let name: String
  /// The file byte for byte.
  let bytes: [UInt8]
  /// The signed part, with every member that it came with, known here or not.
  let signed: MetadataFields
  /// Signatures in hexadecimal, by key id; the ids may be anything.
  let signatures: [String: String]

  init(parsing bytes: [UInt8], name: String, byteLimit: Int) throws(Refusal) {
    let envelope = try MetadataFields(parsing: bytes, file: name, byteLimit: byteLimit)
    let listed = try envelope.objects("signatures")
    guard listed.count <= Limits.signaturesPerFile else {
      throw .tooManySignatures(file: name, count: listed.count, limit: Limits.signaturesPerFile)
    }
    var signatures: [String: String] = [:]
    for entry in listed {
      let keyID = try entry.string("keyid")
      // 4.2, KEYID: “multiple signatures with the same keyid are not allowed.”
      guard signatures.updateValue(try entry.string("sig"), forKey: keyID) == nil else {
        throw .signatureTwice(file: name, keyID: keyID)
      }
    }
    self.name = name
    self.bytes = bytes
    self.signatures = signatures
    signed = try envelope.object("signed")
  }

  /// The signers among a role's keys, refused where they are fewer than its threshold.
  ///
  /// 4.2: “each SIGNATURE which is counted towards the THRESHOLD MUST have a unique KEYID.” An id has one signature here,
  /// and ``RoleKeys`` counts a key once whatever ids it has. Signatures by other keys neither help nor harm.
  @discardableResult
  func verify(by keys: RoleKeys, role: String) throws(Refusal) -> [KeyID] {
    let signers = signers(among: keys)
    guard signers.count >= keys.threshold else {
      throw .tooFewSignatures(file: name, role: role, valid: signers.count, threshold: keys.threshold)
    }
    return signers
  }

  /// The keys among these that have signed the file.
  func signers(among keys: RoleKeys) -> [KeyID] {
    keys.signers(of: signed.json.canonicalBytes) { id in
      signatures[id.text].flatMap { Self.signature($0) }
    }
  }

  /// A signature from lower-case hexadecimal digits; nil for anything else, and for one that is longer than any.
  static func signature(_ text: String) -> [UInt8]? {
    guard text.utf8.count <= 2 * Key.signatureByteLimit else { return nil }
    return Hex.decode(text, byteCount: text.utf8.count / 2)
  }
}
