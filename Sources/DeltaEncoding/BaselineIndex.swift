internal import CDivsufsort

/// Finds the longest match of any position of the improved file in the baseline.
///
/// A suffix array, with a table of the first two bytes in front of it.
@safe
struct BaselineIndex {
  /// The largest baseline that is indexed, in bytes: making a payload takes about eight times as much memory.
  static let baselineByteLimit = 512 << 20

  /// A run of equal bytes: where it begins in the baseline, and how long it is.
  struct Match: Equatable {
    var position: Int
    var length: Int
  }

  private let baseline: UnsafeBufferPointer<UInt8>
  private let order: [Int32]
  /// The first suffix that begins with each pair of bytes, and one past the last.
  private let starts: [Int32]

  /// Indexes a baseline, which must outlive the index.
  init(_ baseline: UnsafeBufferPointer<UInt8>) {
    unsafe self.baseline = baseline
    order = unsafe [Int32](unsafeUninitializedCapacity: baseline.count) { buffer, count in
      // It refuses only what it cannot allocate memory for; without an order nothing matches.
      let result = unsafe divsufsort(baseline.baseAddress, buffer.baseAddress, Int32(baseline.count))
      count = result == 0 || buffer.isEmpty ? baseline.count : 0
    }
    let count = baseline.count
    var starts = [Int32](repeating: 0, count: 65_537)
    unsafe starts.withUnsafeMutableBufferPointer { starts in
      for index in stride(from: 0, to: count - 1, by: 1) {
        unsafe starts[Int(baseline[index]) << 8 + Int(baseline[index + 1]) + 1] += 1
      }
      // The last suffix is one byte long and stands before all that begin with that byte and another.
      if count > 0 { unsafe starts[Int(baseline[count - 1]) << 8] += 1 }
      for pair in 0..<65_536 { unsafe starts[pair + 1] += starts[pair] }
    }
    self.starts = starts
  }

  /// The longest match of the text at `position`; matches of fewer than two bytes are not looked for.
  func longestMatch(of text: UnsafeBufferPointer<UInt8>, at position: Int) -> Match {
    var best = Match(position: 0, length: 0)
    guard position + 1 < text.count, !order.isEmpty else { return best }
    let pair = unsafe Int(text[position]) << 8 + Int(text[position + 1])
    var (low, high) = (Int(starts[pair]), Int(starts[pair + 1]))
    // Every suffix between low and high shares at least the smaller of these two lengths with the text.
    var (lowLength, highLength) = (2, 2)
    while low < high {
      let middle = (low + high) >> 1
      let suffix = Int(order[middle])
      let known = min(lowLength, highLength)
      let length = unsafe known + commonPrefix(of: text, at: position + known, suffix: suffix + known)
      if length > best.length { best = Match(position: suffix, length: length) }
      let (inBaseline, inText) = (suffix + length, position + length)
      if inText == text.count { break }
      if unsafe inBaseline < baseline.count && baseline[inBaseline] > text[inText] {
        high = middle
        highLength = length
      } else {
        low = middle + 1
        lowLength = length
      }
    }
    return best
  }

  private func commonPrefix(of text: UnsafeBufferPointer<UInt8>, at position: Int, suffix: Int) -> Int {
    let limit = unsafe min(text.count - position, baseline.count - suffix)
    guard limit > 0 else { return 0 }
    let left = UnsafeRawBufferPointer(text)
    let right = unsafe UnsafeRawBufferPointer(baseline)
    var length = 0
    while length + 8 <= limit {
      let difference =
        unsafe left.loadUnaligned(fromByteOffset: position + length, as: UInt64.self)
        ^ right.loadUnaligned(fromByteOffset: suffix + length, as: UInt64.self)
      if difference != 0 { return length + UInt64(littleEndian: difference).trailingZeroBitCount >> 3 }
      length += 8
    }
    while length < limit, unsafe text[position + length] == baseline[suffix + length] { length += 1 }
    return length
  }
}
