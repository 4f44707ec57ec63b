public import Basics

/// Why a payload could not be made, or was refused.
///
/// Every sentence of this module stands here.
public enum PayloadError: Error, Sendable, Equatable, CustomStringConvertible {
  // MARK: The header

  /// The bytes do not begin with a payload's magic number.
  case notPayload
  /// A format that this version does not read.
  case unknownFormat(UInt8)
  /// A method that this format does not have.
  case unknownMethod(UInt8)
  /// The payload ends inside the named part.
  case truncated(String)
  /// A variable-length integer is not in its shortest form, or too large.
  case malformedInteger(String)
  /// The byte that says whether there is a baseline is neither 0 nor 1, or does not fit the method.
  case malformedBaselineMark(UInt8)
  /// A length above what the format allows, in bytes.
  case fileTooLarge(String, length: Int)

  // MARK: The streams

  /// The lengths of the streams do not add up to what the header declares.
  case lengthsDisagree(String)
  /// The named stream is not sound zstd, for the reason given.
  case damagedStream(String, reason: String)
  /// The named stream holds fewer or more bytes than declared.
  case streamLengthWrong(String, declared: Int)
  /// A control record that copies nothing and adds nothing.
  case emptyRecord
  /// A copy that lies outside the baseline.
  case copyOutsideBaseline(baselineLength: Int)
  /// Control records that produce more than the header declares.
  case recordsExceedOutput(declared: Int)

  // MARK: The two files

  /// The payload is made for a baseline of another length.
  case wrongBaselineLength(expected: Int, found: Int)
  /// The payload is made for another baseline.
  case wrongBaseline(expected: Digest, found: Digest)
  /// The payload declares more output than the caller allows.
  case outputLimitExceeded(declared: Int, limit: Int)
  /// The rebuilt file is not the one that the payload names.
  case wrongResult(expected: Digest, found: Digest)

  // MARK: Making

  /// The compressor failed, for the reason given.
  case compressionFailed(String)
  /// What was made does not rebuild the improved file: a defect of the encoder, never of its input.
  case selfCheckFailed(String)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .notPayload:
      "not a payload: it does not begin with SUTP"
    case .unknownFormat(let number):
      "payload format \(number) is unknown to this version, which reads format \(PayloadFormat.number)"
    case .unknownMethod(let number):
      "payload method \(number) is unknown to format \(PayloadFormat.number)"
    case .truncated(let part):
      "the payload ends inside its \(part)"
    case .malformedInteger(let part):
      "the integer for the \(part) in the payload is not in its shortest form or is out of range"
    case .malformedBaselineMark(let byte):
      "the payload's baseline mark is \(byte), which its method does not allow"
    case .fileTooLarge(let part, let length):
      "the \(part) of \(length) bytes is above the format's limit of \(PayloadFormat.fileByteLimit) bytes"
    case .lengthsDisagree(let part):
      "the payload's \(part) disagree with the lengths in its header"
    case .damagedStream(let stream, let reason):
      "the payload's \(stream) stream is refused: \(reason)"
    case .streamLengthWrong(let stream, let declared):
      "the payload's \(stream) stream does not hold exactly the \(declared) bytes that it declares"
    case .emptyRecord:
      "a control record of the payload produces no bytes"
    case .copyOutsideBaseline(let length):
      "a control record of the payload copies from outside the \(length) bytes of the baseline"
    case .recordsExceedOutput(let declared):
      "the control records of the payload produce more than the declared \(declared) bytes"
    case .wrongBaselineLength(let expected, let found):
      "the payload is for a baseline of \(expected) bytes, but this one has \(found)"
    case .wrongBaseline(let expected, let found):
      "the payload is for the baseline with SHA-256 \(expected.short)…, but this one has \(found.short)…"
    case .outputLimitExceeded(let declared, let limit):
      "the payload declares an improved file of \(declared) bytes, above the allowed \(limit)"
    case .wrongResult(let expected, let found):
      "the rebuilt file has SHA-256 \(found.short)…, but the payload names \(expected.short)…"
    case .compressionFailed(let reason):
      "the payload could not be compressed: \(reason)"
    case .selfCheckFailed(let reason):
      "the payload that was made does not rebuild the improved file (\(reason)); this is a defect of the encoder"
    }
  }
}
