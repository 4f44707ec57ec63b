/// Whether two functions of equal code refer to what corresponds.
///
/// In code, by the pairs of functions; symbols of other images by name; text by what it says; other data by where the same
/// data went in all other functions.
struct RedirectionJudge {
  /// How much of a text is compared, in bytes.
  static let textLimit = 256

  private let old: FunctionSide
  private let new: FunctionSide
  private let partners: [Int?]
  private let oldBytes: [UInt8]
  private let newBytes: [UInt8]
  /// Where most references to some data of the old image lead in the new one.
  private var moved: [UInt64: UInt64] = [:]

  init(
    _ old: FunctionSide, _ new: FunctionSide, _ pairing: FunctionPairing, _ oldBytes: Span<UInt8>,
    _ newBytes: Span<UInt8>
  ) {
    self.old = old
    self.new = new
    partners = pairing.partners
    self.oldBytes = oldBytes.indices.map { oldBytes[$0] }
    self.newBytes = newBytes.indices.map { newBytes[$0] }
    var counts: [UInt64: [UInt64: Int]] = [:]
    for (index, partner) in partners.enumerated() {
      guard let partner, old.masked[partner] == new.masked[index] else { continue }
      for (before, after) in zip(old.references[partner], new.references[index]) {
        counts[before.target, default: [:]][after.target, default: 0] += 1
      }
    }
    moved = counts.mapValues { $0.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0 }
  }

  func redirections(_ partner: Int, _ index: Int) -> [FunctionComparison.Redirection] {
    let start = new.functions[index].fileRange.lowerBound
    // Equal code has its fields at the same places.
    return zip(old.references[partner], new.references[index]).compactMap { before, after in
      guard !isSame(before, after) else { return nil }
      return FunctionComparison.Redirection(
        offset: after.offset - start, oldTarget: before.target, newTarget: after.target,
        oldMeaning: meaning(of: before, old, oldBytes), newMeaning: meaning(of: after, new, newBytes))
    }
  }

  private func isSame(_ before: Reference, _ after: Reference) -> Bool {
    if before.symbol != 0 || after.symbol != 0 { return name(before.symbol, oldBytes) == name(after.symbol, newBytes) }
    if let place = inside(after.target, new.functions), let origin = inside(before.target, old.functions) {
      guard let partner = partners[place.index] else { return false }
      // Within a function that changed, places move as they like.
      let isChanged = old.masked[partner] != new.masked[place.index]
      return partner == origin.index && (isChanged || place.offset == origin.offset)
        || old.masked[origin.index] == new.masked[place.index] && place.offset == origin.offset
    }
    if let text = text(before.target, old.map, oldBytes) { return text == self.text(after.target, new.map, newBytes) }
    return moved[before.target] == after.target
  }

  private func meaning(of field: Reference, _ side: FunctionSide, _ bytes: [UInt8]) -> FunctionComparison.Meaning {
    if field.symbol != 0 { return .symbol(String(decoding: name(field.symbol, bytes), as: UTF8.self)) }
    if let place = inside(field.target, side.functions) {
      return .function(side.functions[place.index], offset: place.offset)
    }
    return text(field.target, side.map, bytes).map { .text(String(decoding: $0, as: UTF8.self)) } ?? .data(field.target)
  }

  private func inside(_ address: UInt64, _ functions: [ELFFunction]) -> (index: Int, offset: UInt64)? {
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address - functions[low - 1].address < UInt64(functions[low - 1].fileRange.count) else { return nil }
    return (low - 1, address - functions[low - 1].address)
  }

  private func name(_ start: UInt32, _ bytes: [UInt8]) -> ArraySlice<UInt8> {
    start == 0 ? [] : bytes[Int(start)...].prefix(Self.textLimit).prefix { $0 != 0 }
  }

  /// The text at an address of constants: printable up to its NUL; nil for other data.
  private func text(_ address: UInt64, _ map: ReferenceMap, _ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    guard let place = map.space.offset(ofAddress: address) else { return nil }
    let number = map.firstRegion(reaching: Int(place))
    guard number < map.regions.count, map.regions[number].content == .constants,
      map.regions[number].fileRange.contains(Int(place))
    else { return nil }
    let text = bytes[Int(place)...].prefix(Self.textLimit).prefix { 0x20...0x7e ~= $0 || 9...13 ~= $0 }
    guard text.count >= 4, text.endIndex < bytes.endIndex, bytes[text.endIndex] == 0 || text.count == Self.textLimit
    else { return nil }
    return text
  }
}
