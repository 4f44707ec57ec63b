internal import Glibc

/// Which kind of input a harness of several kinds is to take.
public enum Kind {
  private static let only: UInt8? = {
    guard let text = unsafe getenv("SUTURE_FUZZ_KIND") else { return nil }
    guard let kind = unsafe UInt8(String(cString: text)) else { fatalError("SUTURE_FUZZ_KIND is a number") }
    return kind
  }()

  /// Whether this kind is wanted: all are, unless `SUTURE_FUZZ_KIND` names one, so that a fuzzer's time is spent on it alone.
  ///
  /// A harness gives back −1 for what is not wanted, by which libFuzzer keeps no such input.
  public static func isWanted(_ kind: UInt8) -> Bool { only.map { $0 == kind } ?? true }
}
