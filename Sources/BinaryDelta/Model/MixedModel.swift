/// Predicts tokens bit by bit: several models, each of which has seen what followed in a context of its own, and a mixture
/// of them that learns which to believe (docs/formats/payload.md, "Mixed coding").
///
/// Memory is the slots'. Everything is computed in whole numbers and is the same on every machine.
@safe
package final class MixedModel {
  /// The most contexts of a token.
  static let contextLimit = 8
  /// How many sets of weights there are: for each kind of token and phase of it.
  private static let weightSets = TokenKind.allCases.count * phases
  private static let phases = 4

  private let slotLog: Int
  /// A slot: the probability of 1 in its upper 16 bits, then 8 bits to recognise its context, then how often it was seen.
  private let slots: UnsafeMutablePointer<UInt32>
  private let weights: UnsafeMutablePointer<Int32>
  private let stretch: UnsafeMutablePointer<Int16>
  private let squash: UnsafeMutablePointer<UInt16>
  /// How far a probability moves at its n-th observation, in 65,536ths of the error.
  private let rates: UnsafeMutablePointer<Int32>
  /// How much a logit counts after n observations, in 256ths.
  private let trust: UnsafeMutablePointer<Int32>

  /// How much each input counts where so many contexts were seen before, in 256ths: 1/2 + 2 ÷ (n + 1).
  private let shares: UnsafeMutablePointer<Int32>

  // One bit's working memory, allocated once.
  private let inputs: UnsafeMutablePointer<Int32>
  private let places: UnsafeMutablePointer<Int>
  private let bases: UnsafeMutablePointer<Int>
  private let checks: UnsafeMutablePointer<UInt32>
  /// The contexts of the token that is coded.
  private let contexts: UnsafeMutablePointer<UInt32>
  private var contextCount = 0

  // What the tokens before were, for each kind.
  private let lastClass: UnsafeMutablePointer<UInt32>
  private let lastValue: UnsafeMutablePointer<UInt32>

  private static let observationLimit = 250
  private static let emptySlot: UInt32 = 0x8000_0000

  /// A model with 2^`slotLog` slots of four bytes.
  package init(slotLog: Int) {
    self.slotLog = slotLog
    unsafe slots = Self.allocated(1 << slotLog, repeating: Self.emptySlot)
    unsafe weights = Self.allocated(Self.weightSets * (Self.contextLimit + 1), repeating: 22_000)
    unsafe stretch = Self.allocated(Logistic.stretchTable)
    unsafe squash = Self.allocated(Logistic.squashTable)
    unsafe rates = Self.allocated(Self.rateTable)
    unsafe trust = Self.allocated(Self.trustTable)
    unsafe shares = Self.allocated((0...Self.contextLimit).map { Int32(128 + 512 / ($0 + 1)) })
    unsafe inputs = Self.allocated(Self.contextLimit + 1, repeating: 0)
    unsafe places = Self.allocated(Self.contextLimit, repeating: 0)
    unsafe bases = Self.allocated(Self.contextLimit, repeating: 0)
    unsafe checks = Self.allocated(Self.contextLimit, repeating: 0)
    unsafe contexts = Self.allocated(Self.contextLimit, repeating: 0)
    let kinds = TokenKind.allCases.count
    unsafe lastClass = Self.allocated(kinds, repeating: 0)
    unsafe lastValue = Self.allocated(kinds, repeating: 0)
  }

  private static let rateTable: [Int32] = (0..<256).map { Int32(655_360 / ($0 * 10 + 16)) }
  private static let trustTable: [Int32] = (0..<256).map { $0 == 0 ? 0 : Int32(256 - 200 / ($0 + 1)) }

  /// Memory with a value in every place, at least one.
  ///
  /// What is there is doubled, which builds without optimisation do as fast as others: tests make thousands of models.
  private static func allocated<Value: BitwiseCopyable>(
    _ count: Int, repeating value: Value
  ) -> UnsafeMutablePointer<Value> {
    let byteCount = count * MemoryLayout<Value>.stride
    let memory =
      byteCount > 0 && byteCount % LargePages.byteCount == 0
      ? unsafe LargePages.allocate(byteCount: byteCount).bindMemory(to: Value.self, capacity: count)
      : UnsafeMutablePointer<Value>.allocate(capacity: count)
    unsafe memory.initialize(to: value)
    var filled = 1
    while filled < count {
      let more = min(filled, count - filled)
      unsafe (memory + filled).initialize(from: memory, count: more)
      filled += more
    }
    return unsafe memory
  }

  /// Memory with the values of a table, which is not empty.
  private static func allocated<Value: BitwiseCopyable>(_ table: [Value]) -> UnsafeMutablePointer<Value> {
    let memory = UnsafeMutablePointer<Value>.allocate(capacity: table.count)
    unsafe table.withUnsafeBufferPointer { values in
      if let start = values.baseAddress { unsafe memory.initialize(from: start, count: values.count) }
    }
    return unsafe memory
  }

  deinit {
    unsafe slots.deallocate()
    unsafe weights.deallocate()
    unsafe stretch.deallocate()
    unsafe squash.deallocate()
    unsafe rates.deallocate()
    unsafe trust.deallocate()
    unsafe shares.deallocate()
    unsafe inputs.deallocate()
    unsafe places.deallocate()
    unsafe bases.deallocate()
    unsafe checks.deallocate()
    unsafe contexts.deallocate()
    unsafe lastClass.deallocate()
    unsafe lastValue.deallocate()
  }

  // MARK: Tokens

  /// Codes a number below 2^63.
  ///
  /// `near` and `far` are what the caller knows about it: equal hints tell of equal numbers.
  package func number<Coder: BinaryCoder>(
    _ value: UInt64, _ kind: TokenKind, near: UInt32, far: UInt32, _ coder: inout Coder
  ) -> UInt64 {
    let index = Int(kind.rawValue)
    let seed = UInt32(kind.rawValue) &* 0x1000_193
    let (before, equal) = unsafe (lastClass[index], lastValue[index])
    contextCount = 5
    unsafe contexts[0] = seed &+ 1
    unsafe contexts[1] = Self.hash(seed &+ 2, before)
    unsafe contexts[2] = Self.hash(seed &+ 3, equal)
    unsafe contexts[3] = Self.hash(seed &+ 4, near)
    unsafe contexts[4] = Self.hash(seed &+ 5, far)
    // The number is 2^exponent − 1 and a rest of as many bits as the exponent says.
    let (shifted, exponent) = (value &+ 1, 63 - (value &+ 1).leadingZeroBitCount)
    let set = index * Self.phases
    let upper = nibble(exponent >> 4, 2, node: 1, set, &coder)
    let found = upper << 4 | nibble(exponent & 15, 4, node: UInt32(upper) &+ 2, set, &coder)
    var result: UInt64 = 1
    var left = found
    var node = UInt32(found) &+ 16
    while left > 0 {
      let count = min(4, left)
      left -= count
      let group = Int(truncatingIfNeeded: shifted >> UInt64(left)) & ((1 << count) - 1)
      let part = nibble(group, count, node: node, set + (node < 256 ? 1 : 2), &coder)
      result = result << UInt64(count) | UInt64(part)
      node = Self.hash(node, UInt32(part) &+ 256) | 256
    }
    unsafe lastClass[index] = before << 8 & 0xff00 | UInt32(found)
    unsafe lastValue[index] = UInt32(truncatingIfNeeded: result ^ result >> 32)
    return result &- 1
  }

  /// Codes a byte: `before` are the four bytes before it, the last lowest, `likely` is a hint of what it may be.
  package func byte<Coder: BinaryCoder>(
    _ value: UInt8, _ kind: TokenKind, before: UInt32, likely: UInt32, _ coder: inout Coder
  ) -> UInt8 {
    setContexts(kind, before: before, likely: likely)
    let set = Int(kind.rawValue) * Self.phases
    let upper = nibble(Int(value >> 4), 4, node: 1, set, &coder)
    let lower = nibble(Int(value & 15), 4, node: UInt32(upper) &+ 2, set + 1, &coder)
    return UInt8(truncatingIfNeeded: upper << 4 | lower)
  }

  /// Learns a byte without coding it: what follows in its contexts (all but that of the hint), not which of them to
  /// believe.
  package func learn(_ value: UInt8, _ kind: TokenKind, before: UInt32) {
    setContexts(kind, before: before, likely: 0)
    contextCount = 6
    unsafe contexts[5] = contexts[6]
    observe(Int(value >> 4), node: 1)
    observe(Int(value & 15), node: UInt32(value >> 4) &+ 2)
  }

  /// The contexts of a byte.
  @inline(__always)
  private func setContexts(_ kind: TokenKind, before: UInt32, likely: UInt32) {
    let seed = UInt32(kind.rawValue) &* 0x1000_193
    contextCount = 7
    unsafe contexts[0] = seed &+ 1
    unsafe contexts[1] = Self.hash(seed &+ 2, before & 0xff)
    unsafe contexts[2] = Self.hash(seed &+ 3, before & 0xffff)
    unsafe contexts[3] = Self.hash(seed &+ 4, before & 0xff_ffff)
    unsafe contexts[4] = Self.hash(seed &+ 5, before)
    unsafe contexts[5] = Self.hash(seed &+ 6, likely)
    unsafe contexts[6] = Self.hash(seed &+ 7, before & (kind == .extra ? 0xff_ff00 : 0xff00))
  }

  // MARK: Bits
  //
  // Plain loops and wrapping operators: this is where the time goes, in builds without optimisation too.

  @inline(__always)
  private static func hash(_ left: UInt32, _ right: UInt32) -> UInt32 {
    var mixed = (left &* 0x9e37_79b1) ^ (right &* 0x85eb_ca6b &+ 0x2774_2b3d)
    mixed ^= mixed >> 15
    mixed = mixed &* 0xc2b2_ae35
    return mixed ^ mixed >> 13
  }

  /// Codes up to four bits, highest first, at a node of the token's tree.
  private func nibble<Coder: BinaryCoder>(
    _ value: Int, _ count: Int, node: UInt32, _ set: Int, _ coder: inout Coder
  ) -> Int {
    let mask = (1 &<< slotLog) &- 16
    var index = 0
    while index < contextCount {
      let hash = unsafe Self.hash(contexts[index], node)
      unsafe bases[index] = Int(truncatingIfNeeded: hash) & mask
      unsafe checks[index] = (hash &>> 24) &<< 8
      index &+= 1
    }
    var partial = 1
    var shift = count &- 1
    while shift >= 0 {
      let probability = predict(partial, set)
      let bit = coder.code((value &>> shift) & 1, probability)
      update(bit, probability, set)
      partial = partial &<< 1 | bit
      shift &-= 1
    }
    return partial &- (1 &<< count)
  }

  /// Learns four bits, highest first, at a node of the token's tree.
  private func observe(_ value: Int, node: UInt32) {
    let mask = (1 &<< slotLog) &- 16
    var index = 0
    while index < contextCount {
      let hash = unsafe Self.hash(contexts[index], node)
      let check = (hash &>> 24) &<< 8
      let base = unsafe slots + Int(truncatingIfNeeded: hash) & mask
      // Where each bit's slot is depends on no other: the four are apart, so that none waits for another.
      unsafe observe(base, 1, value &>> 3, check)
      unsafe observe(base, 2 | value &>> 3, value &>> 2 & 1, check)
      unsafe observe(base, 4 | value &>> 2, value &>> 1 & 1, check)
      unsafe observe(base, 8 | value &>> 1, value & 1, check)
      index &+= 1
    }
  }

  /// Learns one bit.
  @inline(__always)
  private func observe(_ base: UnsafeMutablePointer<UInt32>, _ partial: Int, _ bit: Int, _ check: UInt32) {
    let slot = unsafe base[partial]
    let known = slot & 0xff00 == check ? slot : Self.emptySlot | check
    unsafe base[partial] = moved(known, Int32(truncatingIfNeeded: 0 &- bit) & 65_535)
  }

  /// A slot after one more observation.
  @inline(__always)
  private func moved(_ slot: UInt32, _ goal: Int32) -> UInt32 {
    let count = Int(truncatingIfNeeded: slot & 0xff)
    let old = Int32(truncatingIfNeeded: slot &>> 16)
    let step = unsafe (Int64(truncatingIfNeeded: goal &- old) &* Int64(truncatingIfNeeded: rates[count])) &>> 16
    let moved = UInt32(truncatingIfNeeded: old &+ Int32(truncatingIfNeeded: step))
    let next = count < Self.observationLimit ? count &+ 1 : count
    return moved &<< 16 | slot & 0xff00 | UInt32(truncatingIfNeeded: next)
  }

  /// The probability that the next bit is 1.
  @inline(__always)
  private func predict(_ partial: Int, _ set: Int) -> UInt32 {
    let weights = unsafe self.weights + set &* (Self.contextLimit &+ 1)
    var seen = 0
    var index = 0
    while index < contextCount {
      let place = unsafe bases[index] &+ partial
      unsafe places[index] = place
      var slot = unsafe slots[place]
      if unsafe slot & 0xff00 != checks[index] {
        slot = unsafe Self.emptySlot | checks[index]
        unsafe slots[place] = slot
      }
      let count = Int(truncatingIfNeeded: slot & 0xff)
      if count > 0 { seen &+= 1 }
      let logit = unsafe Int32(truncatingIfNeeded: stretch[Int(truncatingIfNeeded: slot &>> 20)])
      unsafe inputs[index] = (logit &* trust[count]) &>> 8
      index &+= 1
    }
    let share = unsafe shares[seen]
    var sum: Int64 = 0
    index = 0
    while index < contextCount {
      let input = unsafe (inputs[index] &* share) &>> 8
      unsafe inputs[index] = input
      sum &+= unsafe Int64(truncatingIfNeeded: input) &* Int64(truncatingIfNeeded: weights[index])
      index &+= 1
    }
    unsafe inputs[contextCount] = 256
    sum &+= unsafe 256 &* Int64(truncatingIfNeeded: weights[contextCount])
    let logit = min(max(sum &>> 16, -2_047), 2_047)
    return unsafe UInt32(truncatingIfNeeded: squash[Int(truncatingIfNeeded: logit) &+ 2_048])
  }

  /// Learns what the bit was.
  @inline(__always)
  private func update(_ bit: Int, _ probability: UInt32, _ set: Int) {
    let weights = unsafe self.weights + set &* (Self.contextLimit &+ 1)
    let error = (Int32(truncatingIfNeeded: bit &<< 16) &- Int32(truncatingIfNeeded: probability)) &>> 4
    let goal: Int32 = bit == 0 ? 0 : 65_535
    var index = 0
    while index < contextCount {
      unsafe weights[index] &+= (inputs[index] &* error &* 2 &+ 512) &>> 10
      let place = unsafe places[index]
      unsafe slots[place] = moved(slots[place], goal)
      index &+= 1
    }
    unsafe weights[contextCount] &+= (256 &* error &* 2 &+ 512) &>> 10
  }
}
