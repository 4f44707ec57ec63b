/// A function of an image: a range of code that call frame information, or a symbol, says belongs together.
public struct ELFFunction: Sendable, Hashable {
  /// Its symbol, where the image has one; the first by its table, `.symtab` before `.dynsym`.
  public let name: String?
  /// Its address.
  public let address: UInt64
  /// Where its code lies in the file.
  public let fileRange: Range<Int>

  /// The name, or else the address in hexadecimal.
  public var label: String { name ?? "0x\(String(address, radix: 16))" }
}

extension ReferenceMap {
  /// The functions of an image in the order of their addresses, none meeting another.
  ///
  /// First those of call frame information, then those that only symbols name, with their sizes. `bytes` must be those
  /// that the map was built from.
  public func functions(of bytes: Span<UInt8>) -> [ELFFunction] {
    precondition(bytes.count == byteCount, "a map is asked about another file")
    return unsafe bytes.withUnsafeBytes { buffer in
      guard let bytes = unsafe BorrowedBytes(buffer) else { return [] }
      return FunctionTable(bytes, self).functions()
    }
  }
}

/// Puts functions together from what an image says about them.
struct FunctionTable {
  /// A symbol that stands for code.
  struct Symbol {
    let address: UInt64
    let size: UInt64
    let name: Range<Int>
  }

  let bytes: BorrowedBytes
  let map: ReferenceMap
  private let symbols: [Symbol]

  init(_ bytes: BorrowedBytes, _ map: ReferenceMap) {
    self.bytes = bytes
    self.map = map
    // .symtab is not loaded and comes after .dynsym in the file; it says more.
    let tables = map.regions.filter { $0.content == .symbols }.reversed()
    var found: [Symbol] = []
    for region in tables {
      let range = region.fileRange
      for entry in stride(from: range.lowerBound, through: range.upperBound - 24, by: 24) {
        let kind = bytes.number(entry + 4, as: UInt8.self) & 15
        let address: UInt64 = bytes.number(entry + 8)
        let isCode = [0, 2, 10].contains(kind) && map.index.codeSpan.contains(address)
        guard isCode, bytes.number(entry + 6) != 0 as UInt16, let name = Self.name(bytes, entry, region.link) else {
          continue
        }
        found.append(Symbol(address: address, size: bytes.number(entry + 16), name: name))
        if found.count == ELFImage.symbolLimit { break }
      }
    }
    let order = found.indices.sorted { (found[$0].address, $0) < (found[$1].address, $1) }
    symbols = order.map { found[$0] }
  }

  private static func name(_ bytes: BorrowedBytes, _ entry: Int, _ names: Range<Int>) -> Range<Int>? {
    let offset = Int(bytes.number(entry, as: UInt32.self))
    guard offset > 0, offset < names.count else { return nil }
    let start = names.lowerBound + offset
    let limit = min(names.upperBound, start + ELFImage.nameByteLimit)
    var end = start
    while end < limit, bytes.number(end, as: UInt8.self) != 0 { end += 1 }
    return end > start && end < limit ? start..<end : nil
  }

  func functions() -> [ELFFunction] {
    var extents: [(address: UInt64, size: UInt64)] = []
    var end: UInt64 = 0
    var next = 0
    func addSymbols(before limit: UInt64) {
      while next < symbols.count, symbols[next].address < limit {
        let symbol = symbols[next]
        next += 1
        guard symbol.address >= end, symbol.size > 0, symbol.size <= limit - symbol.address else { continue }
        extents.append((symbol.address, symbol.size))
        end = symbol.address + symbol.size
      }
    }
    for packed in map.index.functions {
      let address = map.index.codeSpan.lowerBound + packed >> 32
      let size = packed & 0xffff_ffff
      guard size > 0 else { continue }
      addSymbols(before: address)
      guard address >= end else { continue }
      extents.append((address, size))
      end = address + size
    }
    addSymbols(before: map.index.codeSpan.upperBound)
    return extents.compactMap { function($0.address, $0.size) }
  }

  /// Only what lies in a part of code whole.
  private func function(_ address: UInt64, _ size: UInt64) -> ELFFunction? {
    guard let place = map.space.offset(ofAddress: address) else { return nil }
    let number = map.firstRegion(reaching: Int(place))
    guard number < map.regions.count else { return nil }
    let region = map.regions[number]
    guard region.content == .code, region.fileRange.contains(Int(place)),
      size <= UInt64(region.fileRange.upperBound - Int(place))
    else { return nil }
    return ELFFunction(name: name(at: address), address: address, fileRange: Int(place)..<Int(place + size))
  }

  private func name(at address: UInt64) -> String? {
    var (low, high) = (0, symbols.count)
    while low < high {
      let middle = (low + high) / 2
      if symbols[middle].address < address { low = middle + 1 } else { high = middle }
    }
    guard low < symbols.count, symbols[low].address == address else { return nil }
    return String(decoding: symbols[low].name.map { bytes.number($0, as: UInt8.self) }, as: UTF8.self)
  }
}
