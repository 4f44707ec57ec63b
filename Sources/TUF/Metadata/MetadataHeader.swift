internal import Basics

/// What every signed part begins with: type, specification, version, expiry.
struct MetadataHeader {
  let version: Int
  let expires: UTCTime

  init(_ signed: MetadataFields, type: String) throws(Refusal) {
    let found = try signed.string("_type")
    guard found == type else { throw .wrongType(file: signed.file, found: found, wanted: type) }
    // 4.3, SPEC_VERSION: “clients MUST verify that "spec_version" matches the expected version number”; the major
    // number decides here. Off-spec: repositories that are in use say “1.0”, so two numbers are read as well as three.
    let specification = try signed.string("spec_version")
    guard Self.isSupported(specification) else {
      throw .unsupportedSpecification(file: signed.file, found: specification)
    }
    version = Int(try signed.integer("version", in: 1...Limits.greatestNumber))
    expires = try signed.time("expires")
  }

  /// The version of the specification that metadata is written for.
  static let specification = "1.0.34"

  private static func isSupported(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return (2...3).contains(parts.count)
      && parts.allSatisfy { (1...9).contains($0.count) && $0.allSatisfy(digits.contains) }
      && parts[0].elementsEqual("1".utf8)
  }

  /// Refuses what has expired.
  ///
  /// 5.3.10 and likewise 5.4.4, 5.5.6, 5.6.5: “The expiration timestamp in the … metadata file MUST be
  /// higher than the fixed update start time.”
  func requireFresh(at now: UTCTime, file: String) throws(Refusal) {
    guard expires > now else { throw .expired(file: file, expires: expires, now: now) }
  }
}
