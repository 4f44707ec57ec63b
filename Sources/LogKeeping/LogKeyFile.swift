package import Basics
package import Linux
package import TransparencyLog

/// The key files of logs and witnesses: one line as Go's `sumdb/note` writes it, for its owner's eyes only.
package enum LogKeyFile {
  /// Makes a key; the file must not exist.
  package static func make(_ name: KeyName, type: SignatureType, at file: RelativePath, in folder: Directory) throws
    -> SignerKey
  {
    let key = try SignerKey(name: name, type: type)
    try folder.create(Array((key.secretText + "\n").utf8), at: file, mode: 0o600)
    return key
  }

  /// Reads a key; one that others can reach is refused.
  package static func read(_ file: RelativePath, in folder: Directory) throws -> SignerKey {
    let name = folder.name(file)
    let opened = try folder.openFile(file)
    let mode = try opened.status().mode
    guard mode & 0o077 == 0 else {
      throw LogKeepingError.badKey(file: name, reason: "others can reach it (mode \(String(mode, radix: 8)))")
    }
    let bytes = try opened.readAll(limit: LogLimits.keyTextByteCount)
    let line = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
    do { return try SignerKey(parsing: String(decoding: line, as: UTF8.self)) } catch {
      throw LogKeepingError.badKey(file: name, reason: "\(error)")
    }
  }
}
