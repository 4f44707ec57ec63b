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
  /// 5.3.4 and likewise 5.4.2, 5.5.3, 5.6.3: “each KEY MUST only contribute one SIGNATURE … each SIGNATURE which is
  /// counted towards the THRESHOLD MUST have a unique KEYID.” A key has one id (see ``Key``), an id one signature, so
  /// what is counted here is different keys. Signatures by other keys neither help nor harm. Every signature of the role
  /// is verified, whatever the others gave.
  @discardableResult
  func verify(by keys: RoleKeys, role: String) throws(Refusal) -> [KeyID] {
    let message = signed.json.canonicalBytes
    let signers = keys.ids.filter { id in
      guard let key = keys.keys[id], let text = signatures[id.hex],
        let signature = Hex.decode(text, byteCount: Key.signatureByteCount)
      else { return false }
      return key.isValid(signature, over: message)
    }
    guard signers.count >= keys.threshold else {
      throw .tooFewSignatures(file: name, role: role, valid: signers.count, threshold: keys.threshold)
    }
    return signers
  }
}
