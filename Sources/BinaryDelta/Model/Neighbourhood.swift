/// Which of the baseline's bytes a model learns from before extra bytes: those around the end of the copy before them.
///
/// What is put into code looks like the code around it. Part of the format.
package struct Neighbourhood: Sendable {
  /// How many bytes on each side are learned from.
  package static let reach = 128
  /// The same for each extra byte: few of them are not worth much learning.
  package static let reachOfByte = 16

  /// What was learned from last.
  private var last = 0..<0

  package init() {}

  /// The bytes to learn from where a copy ends at `end`, without those that the time before was about.
  package mutating func around(_ end: Int, extraLength: Int, baselineLength: Int) -> Range<Int> {
    let reach = min(Self.reach, Self.reachOfByte * min(extraLength, Self.reach))
    let start = max(0, end - reach)
    let stop = min(baselineLength, end + reach)
    let fresh = last.contains(start) ? min(last.upperBound, stop) : start
    last = start..<max(start, stop)
    return fresh..<max(fresh, stop)
  }

  /// Has a model learn some of the baseline's bytes as extra bytes.
  package static func teach(_ model: MixedModel, _ range: Range<Int>, of baseline: RawSpan) {
    var before: UInt32 = 0
    for index in max(0, range.lowerBound - 4)..<range.lowerBound {
      before = unsafe before << 8 | UInt32(baseline.unsafeLoad(fromByteOffset: index, as: UInt8.self))
    }
    var index = range.lowerBound
    while index < range.upperBound {
      let value = unsafe baseline.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      model.learn(value, .extra, before: before)
      before = before << 8 | UInt32(value)
      index += 1
    }
  }
}
