import Crypto

/// A P-256 key that only signs, as in a hardware module.
struct HardwareKey {
  private let secret = P256.Signing.PrivateKey()

  var pem: String { secret.publicKey.pemRepresentation + "\n" }

  func sign(_ bytes: [UInt8]) -> [UInt8] {
    guard let signature = try? secret.signature(for: bytes) else { preconditionFailure("the module is broken") }
    return Array(signature.derRepresentation)
  }
}
