/// Sorts the suffixes of a text in linear time: induced sorting (Nong, Zhang and Chan, "Two Efficient Algorithms for
/// Linear Time Suffix Array Construction", 2009).
///
/// A suffix is *small* (S) if it is less than its right neighbour, else *large* (L); an S-suffix after an L-suffix is
/// *leftmost* (LMS). Once the LMS-suffixes are sorted, all others follow in two sweeps; the LMS-suffixes are sorted by
/// naming their substrings and, where names repeat, by recursion on the string of names, which is at most half as long.
enum SuffixSorter {
  /// The starts of all suffixes of a text of bytes, in the order of the suffixes.
  static func sort(_ text: UnsafeBufferPointer<UInt8>) -> [Int32] {
    let symbols = unsafe [Int32](unsafeUninitializedCapacity: text.count) { buffer, count in
      for index in 0..<text.count { unsafe buffer[index] = unsafe Int32(text[index]) }
      count = text.count
    }
    return sort(symbols, alphabet: 256)
  }

  /// The suffix array of a text whose symbols are in `0..<alphabet`.
  private static func sort(_ text: [Int32], alphabet: Int) -> [Int32] {
    let count = text.count
    guard count > 1 else { return count == 1 ? [0] : [] }
    var order = [Int32](repeating: -1, count: count)
    unsafe text.withUnsafeBufferPointer { text in
      unsafe order.withUnsafeMutableBufferPointer { order in
        var induction = unsafe Induction(text: text, order: order, alphabet: alphabet)
        var leftmost = induction.leftmost()
        induction.induce(from: leftmost)
        guard leftmost.count > 1 else { return }
        let (names, distinct) = induction.nameLeftmost(leftmost)
        // With every name distinct the names themselves say the order; otherwise the string of names is sorted.
        let ranks = distinct == leftmost.count ? inverse(names) : sort(names, alphabet: distinct)
        leftmost = ranks.map { leftmost[Int($0)] }
        induction.induce(from: leftmost)
      }
    }
    return order
  }

  private static func inverse(_ permutation: [Int32]) -> [Int32] {
    var result = [Int32](repeating: 0, count: permutation.count)
    for (index, value) in permutation.enumerated() { result[Int(value)] = Int32(index) }
    return result
  }
}

/// One level of the sort: the text, the array being filled, and where each symbol's suffixes stand.
@safe
private struct Induction {
  private let text: UnsafeBufferPointer<Int32>
  private let order: UnsafeMutableBufferPointer<Int32>
  private let isSmall: [Bool]
  /// The first place of each symbol's suffixes, and one past the last symbol's.
  private let starts: [Int32]

  init(text: UnsafeBufferPointer<Int32>, order: UnsafeMutableBufferPointer<Int32>, alphabet: Int) {
    let count = text.count
    unsafe self.text = text
    unsafe self.order = order
    isSmall = unsafe [Bool](unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe buffer[count - 1] = false
      for index in stride(from: count - 2, through: 0, by: -1) {
        let (here, next) = unsafe (text[index], text[index + 1])
        unsafe buffer[index] = unsafe here == next ? buffer[index + 1] : here < next
      }
      initialized = count
    }
    var starts = [Int32](repeating: 0, count: alphabet + 1)
    for index in 0..<count { starts[unsafe Int(text[index]) + 1] += 1 }
    for symbol in 0..<alphabet { starts[symbol + 1] += starts[symbol] }
    self.starts = starts
  }

  /// The starts of the LMS-suffixes, in text order.
  func leftmost() -> [Int32] {
    var found: [Int32] = []
    for index in stride(from: 1, to: isSmall.count, by: 1) where isSmall[index] && !isSmall[index - 1] {
      found.append(Int32(index))
    }
    return found
  }

  /// Fills the order from LMS-suffixes: exact if they are sorted, else sorted by their substrings up to the next LMS.
  mutating func induce(from leftmost: [Int32]) {
    let count = unsafe text.count
    unsafe order.update(repeating: -1)
    unsafe isSmall.withUnsafeBufferPointer { isSmall in
      var ends = Array(starts.dropFirst())
      unsafe ends.withUnsafeMutableBufferPointer { ends in
        // The LMS-suffixes go to the ends of their symbols' places.
        for position in leftmost.reversed() {
          let symbol = unsafe Int(text[Int(position)])
          unsafe ends[symbol] -= 1
          unsafe order[Int(ends[symbol])] = position
        }
      }
      var heads = starts
      unsafe heads.withUnsafeMutableBufferPointer { heads in
        func put(_ position: Int) {
          let symbol = unsafe Int(text[position])
          unsafe order[Int(heads[symbol])] = Int32(position)
          unsafe heads[symbol] += 1
        }
        put(count - 1)
        for place in 0..<count {
          let position = unsafe Int(order[place]) - 1
          if position >= 0, unsafe !isSmall[position] { put(position) }
        }
      }
      ends = Array(starts.dropFirst())
      unsafe ends.withUnsafeMutableBufferPointer { ends in
        for place in stride(from: count - 1, through: 0, by: -1) {
          let position = unsafe Int(order[place]) - 1
          guard position >= 0, unsafe isSmall[position] else { continue }
          let symbol = unsafe Int(text[position])
          unsafe ends[symbol] -= 1
          unsafe order[Int(ends[symbol])] = Int32(position)
        }
      }
    }
  }

  /// Names each LMS-substring by its rank among the distinct ones, in text order; and how many are distinct.
  func nameLeftmost(_ leftmost: [Int32]) -> (names: [Int32], distinct: Int) {
    let count = unsafe text.count
    var indexAt = [Int32](repeating: -1, count: count)
    for (index, position) in leftmost.enumerated() { indexAt[Int(position)] = Int32(index) }
    func end(_ index: Int) -> Int { index + 1 < leftmost.count ? Int(leftmost[index + 1]) : count }
    var names = [Int32](repeating: 0, count: leftmost.count)
    var previous: Int?
    var name: Int32 = -1
    for place in 0..<count {
      let index = unsafe Int(indexAt[Int(order[place])])
      guard index >= 0 else { continue }
      let same =
        previous.map { other in
          isSameSubstring(Int(leftmost[other]), end(other), Int(leftmost[index]), end(index))
        } ?? false
      if !same { name += 1 }
      names[index] = name
      previous = index
    }
    return (names, Int(name) + 1)
  }

  /// Whether two LMS-substrings (from one LMS-position through the next) are equal; one that reaches the end is unique.
  private func isSameSubstring(_ start1: Int, _ end1: Int, _ start2: Int, _ end2: Int) -> Bool {
    let count = unsafe text.count
    guard end1 - start1 == end2 - start2, end1 < count, end2 < count else { return false }
    for offset in 0...end1 - start1 where unsafe text[start1 + offset] != text[start2 + offset] { return false }
    return true
  }
}
