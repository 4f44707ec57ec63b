import CFuzzer

/// Changes inputs as libFuzzer does, and every other time one number or byte of a body in streams, which it writes down again
/// with lengths that are right: so that what comes after the lengths is reached.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutateDelta(
  _ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32
) -> Int {
  var dice = Dice(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1)
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard dice.roll(2) == 0, let place = bodyStart(input), var body = StreamBody(input[place...]) else {
    return unsafe LLVMFuzzerMutate(start, count, limit)
  }
  for _ in 0...dice.roll(3) { body.mutate(&dice) }
  var changed = Array(input[..<place])
  // The improved length, which stands right before the body, follows the blocks most of the time.
  if input[0] % 5 != 4, dice.roll(4) > 0 {
    changed[place - 2] = UInt8(truncatingIfNeeded: body.improvedLength >> 8)
    changed[place - 1] = UInt8(truncatingIfNeeded: body.improvedLength)
  }
  changed += body.bytes
  guard changed.count <= limit else { return unsafe LLVMFuzzerMutate(start, count, limit) }
  _ = unsafe UnsafeMutableBufferPointer(start: start, count: changed.count).update(from: changed)
  return changed.count
}

/// Where the body begins in an input that has one in streams.
private func bodyStart(_ input: [UInt8]) -> Int? {
  guard let choice = input.first else { return nil }
  let header: Int
  switch choice % 5 {
  case 1: header = 1
  case 3, 4:
    guard input.count >= 3 else { return nil }
    header = 3 + min(input.count - 3, Int(input[1]) << 8 + Int(input[2]))
  default: return nil
  }
  let place = header + (choice % 5 == 4 ? 6 : 3)
  guard place <= input.count, input[header] & 0x38 == 0 else { return nil }
  return place
}

/// Numbers that a seed repeats (xorshift).
struct Dice {
  var state: UInt64

  /// A number below `sides`.
  mutating func roll(_ sides: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % max(1, sides)
  }
}

/// A body whose streams are all as they are.
struct StreamBody {
  private enum Stream {
    case numbers([UInt64])
    case bytes([UInt8])
  }
  private var streams: [Stream] = []

  /// Differences and extra bytes; the others are numbers.
  private static let byteKinds: Set<Int> = [5, 8]

  init?(_ body: ArraySlice<UInt8>) {
    var rest = body
    var lengths: [Int] = []
    for _ in 0..<9 {
      guard let length = Self.number(&rest), length <= 1 << 20 else { return nil }
      if length > 0, rest.popFirst() != 0 { return nil }
      lengths.append(Int(length))
    }
    for (kind, length) in lengths.enumerated() {
      var part = rest.prefix(length)
      rest = rest.dropFirst(length)
      guard !Self.byteKinds.contains(kind) else {
        streams.append(.bytes(Array(part)))
        continue
      }
      var numbers: [UInt64] = []
      while !part.isEmpty {
        guard let number = Self.number(&part) else { break }
        numbers.append(number)
      }
      streams.append(.numbers(numbers))
    }
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }

  mutating func mutate(_ dice: inout Dice) {
    let kind = dice.roll(streams.count)
    switch streams[kind] {
    case .numbers(var numbers):
      Self.change(&numbers, &dice) { number, dice in
        switch dice.roll(7) {
        case 0: 0
        case 1: number &+ 1
        case 2: number == 0 ? 0 : number - 1
        case 3: number &* 2
        case 4: number / 2
        case 5: UInt64(1) << UInt64(dice.roll(62))
        default: UInt64(dice.roll(300))
        }
      }
      streams[kind] = .numbers(numbers)
    case .bytes(var bytes):
      Self.change(&bytes, &dice) { byte, dice in byte ^ UInt8(1 << dice.roll(8)) }
      streams[kind] = .bytes(bytes)
    }
  }

  /// Changes, repeats, takes out or adds one element.
  private static func change<Element: FixedWidthInteger>(
    _ list: inout [Element], _ dice: inout Dice, _ other: (Element, inout Dice) -> Element
  ) {
    guard !list.isEmpty else {
      list.append(Element(truncatingIfNeeded: dice.roll(64)))
      return
    }
    let index = dice.roll(list.count)
    switch dice.roll(5) {
    case 0: list.insert(list[index], at: index)
    case 1: list.remove(at: index)
    case 2: list.append(Element(truncatingIfNeeded: dice.roll(200)))
    default: list[index] = other(list[index], &dice)
    }
  }

  /// What the blocks make together.
  var improvedLength: Int {
    var length: UInt64 = 0
    for case .numbers(let numbers) in streams[1...2] { for number in numbers { length &+= number } }
    return Int(truncatingIfNeeded: length) & 0xffff
  }

  var bytes: [UInt8] {
    var table: [UInt8] = []
    var body: [UInt8] = []
    for stream in streams {
      let part: [UInt8] =
        switch stream {
        case .bytes(let bytes): bytes
        case .numbers(let numbers): numbers.flatMap { Self.spelled($0 & (1 << 63 - 1)) }
        }
      table += Self.spelled(UInt64(part.count)) + (part.isEmpty ? [] : [0])
      body += part
    }
    return table + body
  }

  private static func spelled(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
