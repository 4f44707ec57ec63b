internal import Basics
package import CanonicalJSON
internal import Linux
package import TUF

/// Key files that stand anywhere, made and read by the people who hold the keys.
package enum KeyFiles {
  /// The longest key file, in bytes; an RSA key of 8,192 bits in PEM has 1,500.
  static let byteLimit = 8_192

  /// A key that was made.
  package struct Made: Sendable {
    /// Where the private half stands.
    package let file: String
    /// The public half.
    package let key: Key

    /// `{"event":"key","id":…,"file":…,"public":…}`.
    package var json: JSON {
      ["event": "key", "id": .string(key.id.text), "file": .string(file), "public": .string("\(file).pub")]
    }

    /// What there is to say of it.
    package var lines: [String] {
      ["key      \(key.id)", "private  \(file), readable by you only", "public   \(file).pub"]
    }
  }

  /// Makes a key: the private half in `FILE`, readable by its owner only, the public half in `FILE.pub`.
  package static func make(at path: String) throws -> Made {
    let key = SigningKey()
    let (folder, name) = try place(of: path)
    try folder.create(Array(key.keyFileText.utf8), at: try Workspace.path(name), mode: 0o600)
    try folder.write(Array((key.key.json.compactText + "\n").utf8), to: try Workspace.path(name + ".pub"))
    return Made(file: path, key: key.key)
  }

  /// Reads a private key; one that others can reach is refused.
  package static func signingKey(_ path: String) throws -> SigningKey {
    let file = try openFile(path)
    let mode = try file.status().mode
    guard mode & 0o077 == 0 else { throw PublishingError.exposedKey(file: path, mode: String(mode, radix: 8)) }
    let bytes = try file.readAll(limit: byteLimit)
    do throws(Refusal) { return try SigningKey(keyFile: bytes) } catch {
      throw PublishingError.badKey(file: path, reason: "\(error)")
    }
  }

  /// Reads a public key: a file `.pub` that was made here, PEM of ECDSA P-256 or RSA, or the public half of a private key.
  package static func publicKey(_ path: String) throws -> Key {
    let bytes = try openFile(path).readAll(limit: byteLimit)
    if let key = publicKey(bytes) ?? (try? SigningKey(keyFile: bytes))?.key { return key }
    throw PublishingError.badKey(
      file: path, reason: "it holds neither a .pub file's key nor a PUBLIC KEY in PEM of ECDSA P-256 or RSA")
  }

  static func publicKey(_ bytes: [UInt8]) -> Key? {
    if let json = try? JSON(parsing: bytes) {
      guard json["keytype"] == "ed25519", json["scheme"] == "ed25519", let text = json["keyval"]?["public"]?.string,
        let raw = Hex.decode(text, byteCount: Key.byteCount)
      else { return nil }
      return Key(bytes: raw)
    }
    guard let pem = String(validating: bytes, as: UTF8.self) else { return nil }
    return Key(ecdsaP256: pem) ?? Key(rsaPSS: pem)
  }

  /// The folder and the name of a path that the owner of the machine gave.
  static func place(of path: String) throws -> (Directory, String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let name = parts.last, RelativePath.isComponent(name) else { throw PublishingError.unsafeName(path) }
    let folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
    return (try Directory(path: folder), String(name))
  }
}
