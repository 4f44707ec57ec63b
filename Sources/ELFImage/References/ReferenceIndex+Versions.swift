extension ReferenceIndex {
  /// The names of version tables; distances are unsigned, so that a chain only goes forward.
  mutating func findVersions(_ bytes: BorrowedBytes, _ map: ReferenceMap) {
    for region in map.regions {
      switch region.content {
      case .versionDefinitions:
        eachEntry(bytes, region.fileRange, size: 20, next: 16) { entry in
          let first = entry + Int(bytes.number(entry + 12, as: UInt32.self))
          return (nil, first, size: 8, next: 4, name: 0)
        }
      case .versionNeeds:
        eachEntry(bytes, region.fileRange, size: 16, next: 12) { entry in
          let first = entry + Int(bytes.number(entry + 8, as: UInt32.self))
          return (entry + 4, first, size: 16, next: 12, name: 8)
        }
      default: break
      }
    }
    // Chains of a damaged table may cross.
    var end = 0
    versionNames = versionNames.sorted().filter { offset in
      guard Int(offset) >= end else { return false }
      end = Int(offset) + 4
      return true
    }
  }

  private typealias Nested = (own: Int?, first: Int, size: Int, next: Int, name: Int)

  private mutating func eachEntry(
    _ bytes: BorrowedBytes, _ range: Range<Int>, size: Int, next: Int, _ nested: (Int) -> Nested
  ) {
    var entry = range.lowerBound
    while entry <= range.upperBound - size, versionNames.count < ELFImage.versionLimit {
      let inner = nested(entry)
      if let own = inner.own { versionNames.append(UInt32(own)) }
      var place = inner.first
      while place <= range.upperBound - inner.size, versionNames.count < ELFImage.versionLimit {
        versionNames.append(UInt32(place + inner.name))
        let step: UInt32 = bytes.number(place + inner.next)
        if step == 0 { break }
        place += Int(step)
      }
      let step: UInt32 = bytes.number(entry + next)
      if step == 0 { break }
      entry += Int(step)
    }
  }
}
