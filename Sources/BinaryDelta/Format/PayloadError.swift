/// Why a payload could not be made, or was refused.
///
/// Every sentence of this module stands here.
public enum PayloadError: Error, Sendable, Equatable, CustomStringConvertible {
  // MARK: The header

  /// The bytes do not begin with a payload's magic number.
  case notPayload
  /// A format that this version does not read.
  case unknownFormat(UInt8)
  /// A kind of payload (method, coding and baseline mark in one byte) that this format does not have.
  case unknownMethod(UInt8)
  /// The payload ends inside the named part.
  case truncated(String)
  /// A variable-length integer is not in its shortest form, or too large.
  case malformedInteger(String)
  /// A length above what the format allows, in bytes.
  case fileTooLarge(String, length: Int)
  /// More files than a payload may have.
  case tooManyParts(limit: Int)

  // MARK: The streams

  /// The lengths of the streams do not add up to what the header declares.
  case lengthsDisagree(String)
  /// A way of packing streams that this format does not have.
  case unknownCodec(UInt8)
  /// The named stream cannot be unpacked, for the reason given.
  case damagedStream(String, reason: String)
  /// The named stream holds fewer or more bytes than declared.
  case streamLengthWrong(String, declared: Int)
  /// The named stream holds more than was used.
  case streamLeftOver(String)
  /// Differences or corrections are left that belong to nothing.
  case tokensLeftOver
  /// More tokens than mixed coding may have.
  case tooManyTokens(limit: Int)
  /// More blocks than a payload may have.
  case tooManyBlocks(limit: Int)
  /// More segments of the improved image than a payload may have.
  case tooManySegments(limit: Int)
  /// A block that copies nothing and adds nothing.
  case emptyBlock
  /// A copy that lies outside the baseline.
  case copyOutsideBaseline(baselineLength: Int)
  /// Blocks that produce more than the header declares.
  case blocksExceedOutput(declared: Int)
  /// The payload recomputes references, but the baseline is no image that has any, for the reason given.
  case baselineNotImage(String)

  // MARK: The two files

  /// The payload is made for another number of baselines.
  case wrongBaselineCount(expected: Int, found: Int)
  /// The payload is made for a baseline of another length.
  case wrongBaselineLength(expected: Int, found: Int)
  /// The payload is made for another baseline, or for others: the marks of what is expected and of what was found.
  case wrongBaseline(expected: String, found: String)
  /// The payload declares more output than the caller allows.
  case outputLimitExceeded(declared: Int, limit: Int)
  /// What was rebuilt is not what the payload names: the marks of both.
  case wrongResult(expected: String, found: String)

  // MARK: Making

  /// The compressor failed, for the reason given.
  case compressionFailed(String)
  /// What was made does not rebuild the improved file: a defect of the encoder, never of its input.
  case selfCheckFailed(String)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .notPayload:
      "not a payload: it does not begin with SUT"
    case .unknownFormat(let number):
      "payload format \(number) is unknown to this version, which reads format \(PayloadFormat.number)"
    case .unknownMethod(let number):
      "payload kind \(number) is unknown to format \(PayloadFormat.number)"
    case .truncated(let part):
      "the payload ends inside its \(part)"
    case .malformedInteger(let part):
      "the integer for the \(part) in the payload is not in its shortest form or is out of range"
    case .fileTooLarge(let part, let length):
      "the \(part) of \(length) bytes is above the format's limit of \(PayloadFormat.fileByteLimit) bytes"
    case .tooManyParts(let limit):
      "the payload has more than the \(limit) files that one may have"
    case .lengthsDisagree(let part):
      "the payload's \(part) disagree with the lengths in its header"
    case .damagedStream(let stream, let reason):
      "the payload's \(stream) stream is refused: \(reason)"
    case .streamLengthWrong(let stream, let declared):
      "the payload's \(stream) stream does not hold exactly the \(declared) bytes that it declares"
    case .unknownCodec(let number):
      "the payload packs a stream in way \(number), which is unknown to format \(PayloadFormat.number)"
    case .streamLeftOver(let stream):
      "the payload's \(stream) stream holds more than its blocks use"
    case .tokensLeftOver:
      "the payload holds differences or corrections for more than its blocks copy"
    case .tooManyTokens(let limit):
      "the payload has more than the \(limit) tokens that mixed coding may have"
    case .tooManyBlocks(let limit):
      "the payload has more than the \(limit) blocks that are allowed"
    case .tooManySegments(let limit):
      "the payload describes more than the \(limit) segments that are allowed"
    case .emptyBlock:
      "a block of the payload produces no bytes"
    case .copyOutsideBaseline(let length):
      "a block of the payload copies from outside the \(length) bytes of the baseline"
    case .blocksExceedOutput(let declared):
      "the blocks of the payload produce more than the declared \(declared) bytes"
    case .baselineNotImage(let reason):
      "the payload recomputes references of an ELF image, but the baseline is refused: \(reason)"
    case .wrongBaselineCount(let expected, let found):
      "the payload is for \(expected) files at once, but \(found) were given"
    case .wrongBaselineLength(let expected, let found):
      "the payload is for a baseline of \(expected) bytes, but this one has \(found)"
    case .wrongBaseline(let expected, let found):
      "the payload is for the baseline with the mark \(expected), but what is here has \(found)"
    case .outputLimitExceeded(let declared, let limit):
      "the payload declares \(declared) bytes of improved files, above the allowed \(limit)"
    case .wrongResult(let expected, let found):
      "what was rebuilt has the mark \(found), but the payload names \(expected)"
    case .compressionFailed(let reason):
      "the payload could not be compressed: \(reason)"
    case .selfCheckFailed(let reason):
      "the payload that was made does not rebuild the improved file (\(reason)); this is a defect of the encoder"
    }
  }
}
