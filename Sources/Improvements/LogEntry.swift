package import Basics
package import CanonicalJSON

/// What the public log holds: that an improvement was published or withdrawn, or that a root was.
///
/// An entry has exactly one spelling, its canonical JSON, because the log's tree is made of the bytes;
/// `docs/formats/log-entry.md` is the reference.
package enum LogEntry: Sendable, Hashable {
  /// An improvement was published; its manifest file has this digest.
  case publish(Stream, Serial, manifest: Digest)
  /// The improvement whose manifest file has this digest was withdrawn.
  case withdraw(Stream, Serial, manifest: Digest)
  /// A root of the repository was published; the version is 1…2^53−1.
  case root(version: Int64, digest: Digest)

  /// The longest entry, in bytes: a stream of three parts of the greatest length, and what stands around it.
  package static let byteLimit = 3 * Stream.partByteLimit + 160

  /// Reads an entry, and refuses any spelling but the canonical one.
  package init(parsing bytes: [UInt8]) throws(LogEntryError) {
    guard bytes.count <= Self.byteLimit else { throw .tooLong(byteCount: bytes.count) }
    do {
      self = try Self.read(JSONFields(JSON(parsing: bytes), at: "entry"))
    } catch let error as JSONError {
      throw .malformed("\(error)")
    } catch let error as LogEntryError {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
    guard self.bytes == bytes else { throw .notCanonical }
  }

  private static func read(_ fields: JSONFields) throws -> LogEntry {
    switch try fields.string("action") {
    case "publish":
      try fields.requireOnly(improvementNames)
      return .publish(try stream(fields), try serial(fields), manifest: try digest("manifest", fields))
    case "withdraw":
      try fields.requireOnly(improvementNames)
      return .withdraw(try stream(fields), try serial(fields), manifest: try digest("manifest", fields))
    case "root":
      try fields.requireOnly(["action", "root", "version"])
      let version = try fields.integer("version", in: 1...Serial.greatest)
      return .root(version: version, digest: try digest("root", fields))
    case let action:
      throw LogEntryError.malformed("its action is none that is known: \(JSON.quoted(action))")
    }
  }

  private static let improvementNames: Set = ["action", "manifest", "serial", "stream"]

  private static func stream(_ fields: JSONFields) throws -> Stream {
    let text = try fields.string("stream")
    guard let stream = Stream(text) else {
      throw LogEntryError.malformed("its stream is not one: \(JSON.quoted(text))")
    }
    return stream
  }

  private static func serial(_ fields: JSONFields) throws -> Serial {
    let number = try fields.integer("serial", in: 1...Serial.greatest)
    guard let serial = Serial(number) else { throw LogEntryError.malformed("its serial is out of range: \(number)") }
    return serial
  }

  private static func digest(_ name: String, _ fields: JSONFields) throws -> Digest {
    let text = try fields.string(name)
    guard let digest = Digest(text) else {
      throw LogEntryError.malformed("\(name) is no digest of 64 lower-case digits: \(JSON.quoted(text))")
    }
    return digest
  }

  /// The entry as JSON.
  package var json: JSON {
    switch self {
    case .publish(let stream, let serial, let manifest): Self.json("publish", stream, serial, manifest)
    case .withdraw(let stream, let serial, let manifest): Self.json("withdraw", stream, serial, manifest)
    case .root(let version, let digest):
      ["action": "root", "root": .string(digest.hex), "version": .integer(version)]
    }
  }

  private static func json(_ action: String, _ stream: Stream, _ serial: Serial, _ manifest: Digest) -> JSON {
    [
      "action": .string(action), "manifest": .string(manifest.hex), "serial": .integer(serial.number),
      "stream": .string(stream.description),
    ]
  }

  /// The bytes that the log holds: canonical JSON.
  package var bytes: [UInt8] { json.canonicalBytes }

  /// The leaf's hash in the log's tree: SHA-256 over a zero byte and the entry (RFC 6962, 2.1).
  package var leafHash: Digest { Digest(of: [0] + bytes) }

  /// Where the proof that the log holds this entry stands, beneath the repository's address.
  package var proofPath: String { "proofs/\(leafHash.hex).tlog-proof" }

  /// The stream that the entry speaks of; nil for a root.
  package var stream: Stream? {
    switch self {
    case .publish(let stream, _, _), .withdraw(let stream, _, _): stream
    case .root: nil
    }
  }
}

extension LogEntry: CustomStringConvertible {
  /// The entry in a few words, for people.
  package var description: String {
    switch self {
    case .publish(let stream, let serial, let manifest):
      "publish \(stream) serial \(serial), manifest \(manifest.short)"
    case .withdraw(let stream, let serial, let manifest):
      "withdraw \(stream) serial \(serial), manifest \(manifest.short)"
    case .root(let version, let digest): "root version \(version), \(digest.short)"
    }
  }
}

/// Why an entry of a log was refused.
package enum LogEntryError: Error, Hashable, CustomStringConvertible {
  /// It is longer than any entry is.
  case tooLong(byteCount: Int)
  /// It says nothing that this form of Suture understands.
  case malformed(String)
  /// It says something, in another spelling than the canonical one.
  case notCanonical

  /// One sentence.
  package var description: String {
    switch self {
    case .tooLong(let count):
      "the log's entry is refused: it has \(count) bytes, and \(LogEntry.byteLimit) are allowed"
    case .malformed(let what): "the log's entry is refused: \(what)"
    case .notCanonical:
      "the log's entry is refused: it is not written in canonical JSON, the one spelling that it may have"
    }
  }
}
