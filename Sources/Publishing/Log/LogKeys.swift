internal import Basics
internal import Linux
internal import LogKeeping
package import TransparencyLog

/// Keys of logs and witnesses as the owner of the machine names them.
package enum LogKeys {
  /// Makes a key that cosigns; the public half as a policy names it.
  package static func makeWitnessKey(named name: String, at file: String) throws -> String {
    guard let name = KeyName(name) else { throw PublishingError.badOrigin(name) }
    let (folder, leaf) = try KeyFiles.place(of: file)
    let key = try LogKeyFile.make(name, type: .cosignature, at: try Workspace.path(leaf), in: folder)
    return "\(key.verifier)"
  }

  /// Reads a private key.
  package static func signer(_ file: String) throws -> SignerKey {
    let (folder, leaf) = try KeyFiles.place(of: file)
    return try LogKeyFile.read(try Workspace.path(leaf), in: folder)
  }

  /// Reads the keys of logs.
  package static func logs(_ texts: [String]) throws -> [VerifierKey] {
    try texts.map { text in
      let key = try VerifierKey(parsing: text)
      guard key.type == .ed25519 else {
        throw LogRefusal.wrongKeyUse(name: "\(key.name)", wanted: "sign for a log: it makes cosignatures")
      }
      return key
    }
  }

  /// The public half of a key as a policy names it.
  package static func text(of key: SignerKey) -> String { "\(key.verifier)" }
}
