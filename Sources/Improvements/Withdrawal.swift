package import Basics
internal import CanonicalJSON

/// The signed word that an improvement is recalled; `docs/formats/withdrawal.md` is the reference.
package struct Withdrawal: Sendable, Hashable {
  /// The one format number that is read and written.
  package static let format: Int64 = 1
  /// The longest withdrawal, in bytes.
  package static let byteLimit = 8 << 10
  /// The longest reason, in bytes.
  package static let reasonByteLimit = 1_000

  /// The stream.
  package let stream: Stream
  /// The serial that is withdrawn.
  package let serial: Serial
  /// The digest of the withdrawn improvement's manifest, so that no other one of that number is meant.
  package let manifest: Digest
  /// Why, in one sentence for the owners of machines.
  package let reason: String

  /// Withdraws an improvement.
  package init(stream: Stream, serial: Serial, manifest: Digest, reason: String) throws(WithdrawalError) {
    guard (1...Self.reasonByteLimit).contains(reason.utf8.count),
      reason.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
    else {
      throw .malformed("the reason is 1 to \(Self.reasonByteLimit) bytes of one line")
    }
    self.stream = stream
    self.serial = serial
    self.manifest = manifest
    self.reason = reason
  }

  /// Reads a withdrawal; members that it does not know are refused: what they would say could change what it means.
  package init(parsing bytes: [UInt8]) throws(WithdrawalError) {
    guard bytes.count <= Self.byteLimit else {
      throw .malformed("it has \(bytes.count) bytes, and \(Self.byteLimit) are allowed")
    }
    let read: (stream: Stream, serial: Serial, manifest: Digest, reason: String)
    do throws(ManifestError) { read = try Self.read(bytes) } catch {
      switch error {
      case .malformed(let what): throw .malformed(what)
      case .unknownFormat(let number): throw .unknownFormat(number)
      }
    }
    try self.init(stream: read.stream, serial: read.serial, manifest: read.manifest, reason: read.reason)
  }

  private static func read(
    _ bytes: [UInt8]
  ) throws(ManifestError) -> (stream: Stream, serial: Serial, manifest: Digest, reason: String) {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw .malformed("\(error)") }
    let fields = try JSONFields.reading(json, at: "withdrawal")
    let format = try fields.number("format", in: 1...Serial.greatest)
    guard format == Self.format else { throw .unknownFormat(format) }
    do { try fields.requireOnly(members) } catch { throw .malformed("\(error)") }
    guard try fields.text("type") == "withdrawal" else { throw .malformed("its type is not withdrawal") }
    let streamText = try fields.text("stream")
    guard let stream = Stream(streamText) else { throw .malformed("its stream is not one: \(JSON.quoted(streamText))") }
    guard let serial = Serial(try fields.number("serial", in: 1...Serial.greatest)) else {
      throw .malformed("its serial is out of range")
    }
    return (stream, serial, try fields.digest("manifest"), try fields.text("reason"))
  }

  private static let members: Set<String> = ["format", "manifest", "reason", "serial", "stream", "type"]

  /// The withdrawal as it is published and hashed: one line, members in order.
  package var bytes: [UInt8] {
    let json: JSON = [
      "format": .integer(Self.format), "manifest": .string(manifest.hex), "reason": .string(reason),
      "serial": .integer(serial.number), "stream": .string(stream.description), "type": "withdrawal",
    ]
    return Array(json.compactText.utf8)
  }
}

/// Why a withdrawal was refused.
package enum WithdrawalError: Error, Hashable, CustomStringConvertible {
  /// The text is no withdrawal that this form of Suture understands.
  case malformed(String)
  /// Its format number is not one that this form of Suture reads.
  case unknownFormat(Int64)

  /// One sentence.
  package var description: String {
    switch self {
    case .malformed(let what): "the withdrawal is refused: \(what)"
    case .unknownFormat(let number):
      "the withdrawal has format \(number), and this version of Suture reads format \(Withdrawal.format); update Suture"
    }
  }
}
