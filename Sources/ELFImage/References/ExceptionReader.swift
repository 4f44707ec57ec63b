/// The data of exceptions (.gcc_except_table), as the Itanium C++ ABI's runtimes read it: a header, call sites, actions,
/// and a table of types that is counted backwards from its end.
///
/// Call sites count from the function's start and do not change when it moves; types are distances from their own place.
struct ExceptionReader {
  /// How many actions of one call site are followed.
  static let chainLimit = 16
  /// The most types of one function.
  static let typeLimit = 4_096

  let bytes: BorrowedBytes

  /// Where the types of one function's data lie, each four bytes; empty if there are none that are read.
  func types(_ data: Range<Int>) -> Range<Int> {
    var at = data.lowerBound
    // The start of landing pads is the function's in all that compilers write.
    guard let landing = byte(&at, data), landing == 0xff, let encoding = byte(&at, data), encoding != 0xff,
      encoding & 0x7f == FrameReader.nearPointer, let distance = number(&at, data), distance <= UInt64(data.count),
      at + Int(distance) <= data.upperBound
    else { return 0..<0 }
    let end = at + Int(distance)
    // Numbers in LEB128, as all compilers write them.
    guard let sites = byte(&at, data), sites == 1, let length = number(&at, data), length <= UInt64(end - min(at, end))
    else { return 0..<0 }
    let actions = at + Int(length)
    var count: UInt64 = 0
    while at < actions {
      var action: UInt64?
      for _ in 0..<4 { action = number(&at, data.lowerBound..<actions) }
      guard let action else { return 0..<0 }
      if action > 0 { count = max(count, highestType(actions, Int(min(action, 1 << 32)) - 1, end)) }
    }
    guard count <= UInt64(Self.typeLimit), end - 4 * Int(count) >= actions else { return 0..<0 }
    return end - 4 * Int(count)..<end
  }

  /// The highest type that a chain of actions names.
  private func highestType(_ actions: Int, _ first: Int, _ end: Int) -> UInt64 {
    var highest: Int64 = 0
    var at = actions + first
    for _ in 0..<Self.chainLimit {
      guard at >= actions, let filter = signedNumber(&at, actions..<end) else { break }
      highest = max(highest, filter)
      let base = at
      guard let next = signedNumber(&at, actions..<end), next != 0, abs(next) < 1 << 32 else { break }
      at = base + Int(next)
    }
    return UInt64(highest)
  }

  private func byte(_ at: inout Int, _ part: Range<Int>) -> UInt8? {
    guard part.contains(at) else { return nil }
    at += 1
    return bytes.number(at - 1)
  }

  private func number(_ at: inout Int, _ part: Range<Int>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let next = byte(&at, part) else { return nil }
      value |= UInt64(next & 0x7f) << shift
      if next & 0x80 == 0 { return value }
    }
    return nil
  }

  private func signedNumber(_ at: inout Int, _ part: Range<Int>) -> Int64? {
    let start = at
    guard let value = number(&at, part) else { return nil }
    let shift = 64 - 7 * UInt64(at - start)
    return Int64(bitPattern: value << shift) >> Int64(shift)
  }
}

extension ReferenceIndex {
  /// Where the types lie of the data that begin at `starts`, which are in order.
  mutating func findTypes(_ bytes: BorrowedBytes, _ map: ReferenceMap, _ starts: [UInt32]) {
    let reader = ExceptionReader(bytes: bytes)
    for (index, start) in starts.enumerated() where index == 0 || starts[index - 1] != start {
      let number = map.firstRegion(reaching: Int(start))
      guard number < map.regions.count, map.regions[number].content == .exceptions else { continue }
      let region = map.regions[number].fileRange
      guard region.contains(Int(start)) else { continue }
      let next = starts[index...].first { $0 > start }
      let types = reader.types(Int(start)..<min(next.map(Int.init) ?? .max, region.upperBound))
      if !types.isEmpty { self.types.append(UInt64(types.lowerBound) << 32 | UInt64(types.upperBound)) }
    }
  }
}

extension RegionReader {
  /// The types that functions catch, as distances from their own places; 0 is none.
  func exceptions(_ fields: inout [Reference]) {
    let types = map.index.types
    var (low, high) = (0, types.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(types[middle] & 0xffff_ffff) <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    while low < types.count, Int(types[low] >> 32) < range.upperBound {
      let (start, end) = (Int(types[low] >> 32), Int(types[low] & 0xffff_ffff))
      low += 1
      let first = max(0, range.lowerBound - start + 3) / 4
      for place in stride(from: start + 4 * first, to: min(end, range.upperBound), by: 4) where half(place) != 0 {
        let address = region.address &+ UInt64(place - region.fileRange.lowerBound)
        let distance = UInt64(bitPattern: Int64(Int32(bitPattern: half(place))))
        add(&fields, .relative32, at: place, target: address &+ distance)
      }
    }
  }
}
