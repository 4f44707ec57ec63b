/// How much of anything is read or looped over; beyond it stands a refusal.
public enum LogLimits {
  /// The longest note, checkpoint or proof, in bytes: 128 KiB, sixteen post-quantum signatures and as much again.
  public static let noteByteCount = 128 << 10
  /// The most signatures of one note (signed-note asks for at least 16; Go's reader has the same limit).
  public static let signaturesPerNote = 100
  /// The longest key name or origin, in bytes.
  public static let nameByteCount = 1_024
  /// The longest verifier or signer key in text form, in bytes.
  public static let keyTextByteCount = 2_048
  /// The most extension lines of a checkpoint.
  public static let extensionLines = 64
  /// The most hashes of a proof (tlog-witness, add-checkpoint): a tree has at most 2^63 − 1 leaves.
  public static let hashesPerProof = 63
  /// The greatest tree size and the greatest timestamp: 2^63 − 1.
  public static let greatestNumber: UInt64 = 1 << 63 - 1
  /// The longest opaque extra data of a proof, in bytes.
  public static let extraByteCount = 32 << 10
  /// The longest entry of an entry bundle, in bytes: its length is a 16-bit number (tlog-tiles, log entries).
  public static let entryByteCount = 65_535
  /// The longest policy, in bytes.
  public static let policyByteCount = 64 << 10
  /// The most logs of a policy, the most witnesses, and the most groups (tlog-policy asks for at least 32 of each).
  public static let policyItems = 256
  /// The longest body of an add-checkpoint request, in bytes: 63 proof lines and a checkpoint.
  public static let requestByteCount = noteByteCount + (hashesPerProof + 2) * 64
}
