package import Basics
package import Improvements

/// A ramp as people write it: `1%@0,10%@6h,100%@1d`, shares and the time after its beginning at which each is reached;
/// `now` for everybody at once.
package struct Ramp: Sendable, Hashable {
  /// The longest text, in bytes.
  package static let byteLimit = 400

  private let steps: [(seconds: Int64, share: Int)]

  /// Reads a ramp.
  package init(parsing text: String) throws(PublishingError) {
    guard text != "now" else {
      steps = [(0, Cohort.count)]
      return
    }
    guard text.utf8.count <= Self.byteLimit else { throw .badRamp(text) }
    var steps: [(seconds: Int64, share: Int)] = []
    for step in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = step.split(separator: "@", omittingEmptySubsequences: false)
      guard parts.count == 2, let share = Self.share(parts[0]), let seconds = Self.seconds(parts[1]) else {
        throw .badRamp(text)
      }
      steps.append((seconds, share))
    }
    self.steps = steps
    do { _ = try schedule(from: UTCTime(secondsSinceEpoch: 0)) } catch { throw .badRamp(text) }
  }

  /// The schedule of a ramp that begins at a time.
  package func schedule(from begin: UTCTime) throws(RolloutError) -> RolloutSchedule {
    try RolloutSchedule(steps.map { .init(begin.advanced(by: .seconds($0.seconds)), $0.share) })
  }

  // Percent with at most two decimals: the 10,000 cohorts.
  private static func share(_ text: Substring) -> Int? {
    guard text.hasSuffix("%") else { return nil }
    let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = digits(parts[0], upTo: 3) else { return nil }
    guard parts.count == 2 else { return whole * 100 }
    guard let fraction = digits(parts[1], upTo: 2) else { return nil }
    return whole * 100 + (parts[1].utf8.count == 1 ? fraction * 10 : fraction)
  }

  private static func seconds(_ text: Substring) -> Int64? {
    let number = text.prefix { $0.isASCII && $0.isNumber }
    let unit: Int64? =
      switch text.dropFirst(number.count) {
      case "": number == "0" ? 1 : nil
      case "s": 1
      case "min": 60
      case "h": 3_600
      case "d": 86_400
      default: nil
      }
    guard let unit, let count = digits(number, upTo: 7) else { return nil }
    return Int64(count) * unit
  }

  private static func digits(_ text: Substring, upTo count: Int) -> Int? {
    guard (1...count).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int(text)
  }

  /// Ramps are equal where their steps are.
  package static func == (left: Ramp, right: Ramp) -> Bool {
    left.steps.elementsEqual(right.steps) { $0 == $1 }
  }

  /// Feeds the steps.
  package func hash(into hasher: inout Hasher) {
    for step in steps {
      hasher.combine(step.seconds)
      hasher.combine(step.share)
    }
  }
}
