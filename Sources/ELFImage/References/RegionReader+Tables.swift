/// Tables that the dynamic linker reads.
extension RegionReader {
  /// r_offset, the symbol's index in r_info, and r_addend where it is an address.
  func relocations(_ fields: inout [Reference]) {
    for entry in entries(of: 24) {
      add(&fields, .absolute64, at: entry, target: word(entry))
      let (type, number) = (half(entry + 8), half(entry + 12))
      if number != 0, region.linkAddress != 0 {
        add(
          &fields, .index32, at: entry + 12, target: region.linkAddress &+ 24 &* UInt64(number),
          base: region.linkAddress, parameter: 24, symbol: hasSymbols ? map.symbolName(number, of: region, bytes) : 0)
      }
      if RelocationType(type, map.machine)?.isRelative == true, word(entry + 16) != 0 {
        add(&fields, .absolute64, at: entry + 16, target: word(entry + 16))
      }
    }
  }

  /// RELR: entries with an even number are addresses, others are bits that say which words follow.
  func packedRelocations(_ fields: inout [Reference]) {
    for entry in entries(of: 8) where word(entry) & 1 == 0 {
      add(&fields, .absolute64, at: entry, target: word(entry))
    }
  }

  /// st_name, counted from the names' address, and st_value where it is an address.
  func symbols(_ fields: inout [Reference]) {
    for entry in entries(of: 24) {
      let name = half(entry)
      if name != 0, region.linkAddress != 0 {
        add(
          &fields, .based32, at: entry, target: region.linkAddress &+ UInt64(name), base: region.linkAddress,
          symbol: hasSymbols ? map.nameOffset(name, in: region.link) : 0)
      }
      let kind = bytes.number(entry + 4, as: UInt8.self) & 15
      let section: UInt16 = bytes.number(entry + 6)
      // What is thread-local counts from its template, and what is absolute (SHN_ABS) is no address.
      if word(entry + 8) != 0, kind != ELFSymbol.Kind.threadLocal.rawValue, section != 0xfff1 {
        add(&fields, .absolute64, at: entry + 8, target: word(entry + 8))
      }
    }
  }

  /// Names by their place in the string table, and whatever else has an address.
  func dynamic(_ fields: inout [Reference]) {
    for entry in entries(of: 16) {
      let value = word(entry + 8)
      switch word(entry) {
      case 1, 14, 15, 29:
        if region.linkAddress != 0 {
          add(&fields, .based64, at: entry + 8, target: region.linkAddress &+ value, base: region.linkAddress)
        }
      case 3...7, 12, 13, 17, 23, 25, 26, 32, 36, 0x6fff_fef5...0x6fff_fef7, 0x6fff_fff0, 0x6fff_fffc, 0x6fff_fffe:
        add(&fields, .absolute64, at: entry + 8, target: value)
      default: break
      }
    }
  }

  /// The first symbol that is hashed, and each bucket's first symbol; the filter and the hashes refer to nothing.
  func gnuHash(_ fields: inout [Reference]) {
    let start = region.fileRange.lowerBound
    guard region.fileRange.count >= 16, region.linkAddress != 0 else { return }
    let (buckets, filter) = (Int(half(start)), Int(half(start + 8)))
    symbolIndex(&fields, at: start + 4)
    let first = start + 16 + 8 * filter
    symbolIndices(&fields, first..<first + 4 * buckets)
  }

  /// Every bucket and every chain of the System V hash table.
  func hash(_ fields: inout [Reference]) {
    guard region.linkAddress != 0, region.fileRange.count >= 8 else { return }
    symbolIndices(&fields, region.fileRange.lowerBound + 8..<region.fileRange.upperBound)
  }

  private func symbolIndices(_ fields: inout [Reference], _ table: Range<Int>) {
    let end = min(table.upperBound, range.upperBound, region.fileRange.upperBound - 3)
    let first = max(0, range.lowerBound - table.lowerBound + 3) / 4
    for offset in stride(from: table.lowerBound + first * 4, to: end, by: 4) { symbolIndex(&fields, at: offset) }
  }

  private func symbolIndex(_ fields: inout [Reference], at offset: Int) {
    let number = half(offset)
    guard number != 0 else { return }
    add(
      &fields, .index32, at: offset, target: region.linkAddress &+ 24 &* UInt64(number), base: region.linkAddress,
      parameter: 24)
  }

  /// vda_name, vn_file and vna_name.
  func versions(_ fields: inout [Reference]) {
    guard region.linkAddress != 0 else { return }
    let names = map.index.versionNames
    var next = names.firstIndex(notBelow: range.lowerBound)
    while next < names.count, Int(names[next]) < range.upperBound {
      let offset = Int(names[next])
      add(&fields, .based32, at: offset, target: region.linkAddress &+ UInt64(half(offset)), base: region.linkAddress)
      next += 1
    }
  }
}

extension ReferenceMap {
  /// Where the name of a linked symbol begins in the file; 0 if it has none.
  func symbolName(_ number: UInt32, of region: Region, _ bytes: BorrowedBytes) -> UInt32 {
    let start = region.link.lowerBound + 24 * Int(number)
    guard start <= region.link.upperBound - 24 else { return 0 }
    return nameOffset(bytes.number(start), in: region.names)
  }

  func nameOffset(_ name: UInt32, in names: Range<Int>) -> UInt32 {
    name != 0 && Int(name) < names.count ? UInt32(names.lowerBound + Int(name)) : 0
  }
}

/// What a dynamic relocation does, as far as it concerns references (psABI of x86-64, ELF for the Arm 64-bit
/// Architecture).
enum RelocationType {
  /// The image's base and the addend.
  case relative
  /// The same, and what the function there answers.
  case indirect
  /// A symbol and the addend.
  case symbol
  /// A slot of the global offset table, for data.
  case slot
  /// A slot for a function, bound when it is called first.
  case jumpSlot

  init?(_ number: UInt32, _ machine: ELFMachine) {
    switch (machine, number) {
    case (.x86_64, 8), (.aarch64, 1027): self = .relative
    case (.x86_64, 37), (.aarch64, 1032): self = .indirect
    case (.x86_64, 1), (.aarch64, 257): self = .symbol
    case (.x86_64, 6), (.aarch64, 1025): self = .slot
    case (.x86_64, 7), (.aarch64, 1026): self = .jumpSlot
    default: return nil
    }
  }

  var isRelative: Bool { self == .relative || self == .indirect }
}
