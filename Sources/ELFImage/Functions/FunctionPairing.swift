/// Which function of the new image is which of the old.
///
/// By name first, then those whose code is equal, in order; what is left between two pairs is paired by likeness, in order,
/// and what is left then if the same code leads to both.
struct FunctionPairing {
  /// How many functions left between two pairs are compared each with each.
  static let runLimit = 64
  /// How alike two functions must be: the share of equal pieces of eight bytes.
  static let likeness = 0.25

  /// For each new function its old one.
  private(set) var partners: [Int?]
  private var taken: [Bool]

  init(_ old: FunctionSide, _ new: FunctionSide) {
    partners = .init(repeating: nil, count: new.functions.count)
    taken = .init(repeating: false, count: old.functions.count)
    pairByName(old, new)
    pairEqual(old, new)
    pairBetween(old, new)
    pairByCallers(old, new)
  }

  private mutating func pair(_ old: Int, _ new: Int) {
    partners[new] = old
    taken[old] = true
  }

  private mutating func pairByName(_ old: FunctionSide, _ new: FunctionSide) {
    var named: [String: Int?] = [:]
    for (index, function) in old.functions.enumerated() {
      guard let name = function.name else { continue }
      // A name that several have says nothing.
      named[name] = named[name] == nil ? .some(index) : .some(nil)
    }
    var seen: Set<String> = []
    for (index, function) in new.functions.enumerated() {
      guard let name = function.name, let found = named[name], let partner = found, seen.insert(name).inserted
      else { continue }
      pair(partner, index)
    }
  }

  private mutating func pairEqual(_ old: FunctionSide, _ new: FunctionSide) {
    var waiting: [[UInt8]: [Int]] = [:]
    for index in old.functions.indices.reversed() where !taken[index] {
      waiting[old.masked[index], default: []].append(index)
    }
    for index in new.functions.indices where partners[index] == nil {
      if let partner = waiting[new.masked[index]]?.popLast() { pair(partner, index) }
    }
  }

  /// Goes over the runs of functions without a partner that lie between the same two pairs in both images.
  private mutating func pairBetween(_ old: FunctionSide, _ new: FunctionSide) {
    var start = 0
    var after = 0
    while start < partners.count {
      if let partner = partners[start] {
        after = partner + 1
        start += 1
        continue
      }
      var end = start
      while end < partners.count, partners[end] == nil { end += 1 }
      let free = (after..<taken.count).prefix { !taken[$0] }
      align(Array(free), Array(start..<end), old, new)
      start = end
    }
  }

  /// Pairs what has nothing like it with what took its place in functions whose code is equal.
  private mutating func pairByCallers(_ old: FunctionSide, _ new: FunctionSide) {
    var left: [UInt64: Int] = [:]
    for index in old.functions.indices where !taken[index] { left[old.functions[index].address] = index }
    var right: [UInt64: Int] = [:]
    for index in new.functions.indices where partners[index] == nil { right[new.functions[index].address] = index }
    guard !left.isEmpty, !right.isEmpty else { return }
    struct Place: Hashable {
      let old: Int
      let new: Int
    }
    var votes: [Place: Int] = [:]
    for (index, partner) in partners.enumerated() {
      guard let partner, old.masked[partner] == new.masked[index] else { continue }
      for (before, after) in zip(old.references[partner], new.references[index]) {
        guard let origin = left[before.target], let place = right[after.target] else { continue }
        votes[Place(old: origin, new: place), default: 0] += 1
      }
    }
    // Most votes first; of equal ones the first by address.
    let order = votes.sorted { ($1.value, $0.key.old, $0.key.new) < ($0.value, $1.key.old, $1.key.new) }
    for place in order.map(\.key) where !taken[place.old] && partners[place.new] == nil { pair(place.old, place.new) }
  }

  /// The pairs of a run that are alike most, all together, in order.
  private mutating func align(_ olds: [Int], _ news: [Int], _ old: FunctionSide, _ new: FunctionSide) {
    guard !olds.isEmpty, !news.isEmpty else { return }
    guard olds.count <= Self.runLimit, news.count <= Self.runLimit else {
      for (old, new) in zip(olds, news) { pair(old, new) }
      return
    }
    let pieces = olds.map { Self.pieces(old.masked[$0]) }
    let others = news.map { Self.pieces(new.masked[$0]) }
    let width = news.count + 1
    var best = [Double](repeating: 0, count: (olds.count + 1) * width)
    var alike = best
    for left in (0..<olds.count).reversed() {
      for right in (0..<news.count).reversed() {
        let share = Self.share(pieces[left], others[right])
        alike[left * width + right] = share
        let both = share >= Self.likeness ? share + best[(left + 1) * width + right + 1] : 0
        best[left * width + right] = max(best[(left + 1) * width + right], best[left * width + right + 1], both)
      }
    }
    var (left, right) = (0, 0)
    while left < olds.count, right < news.count {
      let share = alike[left * width + right]
      let here = best[left * width + right]
      if share >= Self.likeness, here == share + best[(left + 1) * width + right + 1] {
        pair(olds[left], news[right])
        left += 1
        right += 1
      } else if here == best[(left + 1) * width + right] {
        left += 1
      } else {
        right += 1
      }
    }
  }

  private static func pieces(_ bytes: [UInt8]) -> Set<UInt64> {
    var pieces: Set<UInt64> = []
    var piece: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      piece = piece << 8 | UInt64(byte)
      if index >= 7 || index == bytes.count - 1 { pieces.insert(piece) }
    }
    return pieces
  }

  private static func share(_ pieces: Set<UInt64>, _ others: Set<UInt64>) -> Double {
    Double(others.intersection(pieces).count) / Double(max(others.count, pieces.count, 1))
  }
}
