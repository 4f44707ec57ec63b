package import ELFImage

/// Predicts what references say in the improved file, and learns from every one that was predicted wrongly
/// (docs/formats/payload.md, "Predicting references").
package struct Predictor {
  /// How many targets and how many neighbours are remembered; what comes later is not learned.
  package static let memoryLimit = 1 << 16
  /// How far a neighbour's shift holds, in bytes.
  private static let neighbourReach: UInt64 = 1 << 16
  private static let pageLog: UInt64 = 12
  /// The largest shift that a neighbour passes on.
  private static let shiftLimit: Int64 = 1 << 24

  /// What was learned of one target.
  struct Lesson {
    var address: UInt64
    /// How much it is trusted: only above 0 it holds.
    var trust: Int8
  }

  /// What was predicted for one field, to be handed back with the truth.
  package struct Prediction {
    package let value: UInt64
    let place: UInt64
    let base: UInt64
    let mapped: UInt64
    let isExact: Bool
    let target: UInt64
  }

  /// Targets lie in few places: so many of them are kept as it was found that they moved.
  private static let stretchCount = 2_048
  private static let stretchLog: UInt64 = 15

  private let map: AddressMap
  /// By the targets' page of 2^`stretchLog` bytes, where another was asked for.
  private var stretches = [AddressMap.Stretch](repeating: AddressMap.Stretch(), count: Self.stretchCount)
  /// The segment in which the last field stands: the next one mostly stands there too.
  private var lastSegment = AddressSpace.Segment(offset: 0, address: 0, fileSize: 0, memorySize: 0)
  private var lessons: [UInt64: Lesson] = [:]
  /// A bit for each slot of a hash of the keys in `lessons`, so that most targets need no look into it.
  private var taught = [UInt64](repeating: 0, count: 1 << 10)
  /// For targets that no block copies: how far each moved, by page, sorted by target.
  private var neighbours: [UInt64: [(target: UInt64, shift: UInt64)]] = [:]
  private var neighbourCount = 0
  /// A bit for each page of `neighbours`, and for others whose numbers end alike.
  private var neighbourPages = [UInt64](repeating: 0, count: 1 << 10)

  package init(_ map: AddressMap) {
    self.map = map
  }

  /// The key under which a field's target is remembered: offsets and addresses are apart.
  @inline(__always)
  private static func key(_ field: Reference) -> UInt64 {
    field.kind == .fileOffset64 ? field.target ^ 1 << 63 : field.target
  }

  /// What a field says that is as predicted, if it stands at `offset` of the improved file; learns from that.
  @inline(__always)
  package mutating func predicted(_ field: Reference, at offset: Int) -> UInt64 {
    // Where it is known exactly where everything went, and nothing else was learned, nothing is to be learned.
    if field.kind != .fileOffset64, let target = moved(field.target) {
      if field.base == 0 { return field.encoded(place: place(of: UInt64(offset)), target: target, base: 0) }
      if let base = moved(field.base) {
        return field.encoded(place: place(of: UInt64(offset)), target: target, base: base)
      }
    }
    let prediction = prediction(for: field, at: offset)
    learn(field, prediction, value: prediction.value)
    return prediction.value
  }

  /// Where an address went, if that is known exactly and nothing else was learned of it.
  @inline(__always)
  private mutating func moved(_ address: UInt64) -> UInt64? {
    let index = Int(truncatingIfNeeded: address >> Self.stretchLog) & (Self.stretchCount - 1)
    if address &- stretches[index].first >= stretches[index].count {
      guard let stretch = map.stretch(around: address) else { return nil }
      stretches[index] = stretch
    }
    return isTaught(address) ? nil : address &+ stretches[index].shift
  }

  /// What the field says if it stands at `offset` of the improved file.
  @inline(__always)
  package mutating func prediction(for field: Reference, at offset: Int) -> Prediction {
    let place = place(of: UInt64(offset))
    let base = field.base == 0 ? 0 : address(field.base).found
    if field.kind == .fileOffset64 {
      let (moved, isExact) = map.offset(Int(truncatingIfNeeded: field.target & 0xff_ffff_ffff))
      let mapped = UInt64(bitPattern: Int64(moved))
      let target = corrected(Self.key(field), mapped)
      return Prediction(
        value: field.encoded(place: place, target: target, base: base), place: place, base: base, mapped: mapped,
        isExact: isExact, target: target)
    }
    let (target, mapped, isExact) = address(field.target)
    return Prediction(
      value: field.encoded(place: place, target: target, base: base), place: place, base: base, mapped: mapped,
      isExact: isExact, target: target)
  }

  @inline(__always)
  private mutating func place(of offset: UInt64) -> UInt64 {
    if offset &- lastSegment.offset >= lastSegment.fileSize {
      guard let segment = map.new.segment(ofOffset: offset) else { return 0 }
      lastSegment = segment
    }
    return lastSegment.address &+ (offset &- lastSegment.offset)
  }

  @inline(__always)
  private static func slot(_ key: UInt64) -> (word: Int, bit: UInt64) {
    let hash = (key &* 0x9e37_79b9_7f4a_7c15) >> 48
    return (Int(hash >> 6), 1 << (hash & 63))
  }

  @inline(__always)
  private static func pageSlot(_ page: UInt64) -> (word: Int, bit: UInt64) {
    (Int(page >> 6 & 0x3ff), 1 << (page & 63))
  }

  /// Whether anything may be remembered of a target.
  @inline(__always)
  private func isTaught(_ key: UInt64) -> Bool {
    let (word, bit) = Self.slot(key)
    return taught[word] & bit != 0
  }

  @inline(__always)
  private func corrected(_ key: UInt64, _ mapped: UInt64) -> UInt64 {
    guard isTaught(key), let lesson = lessons[key], lesson.trust > 0 else { return mapped }
    return lesson.address
  }

  @inline(__always)
  private func address(_ target: UInt64) -> (found: UInt64, mapped: UInt64, isExact: Bool) {
    var (mapped, isExact) = map.address(target)
    if !isExact, neighbourCount > 0, let shift = neighbour(of: target) { mapped = target &+ shift }
    return (corrected(target, mapped), mapped, isExact)
  }

  /// The shift of the nearest target below that was learned, on the same side of the file's end.
  private func neighbour(of target: UInt64) -> UInt64? {
    let page = target >> Self.pageLog
    let isInFile = map.old.offset(ofAddress: target) != nil
    for back in 0...(Self.neighbourReach >> Self.pageLog) where back <= page {
      let (word, bit) = Self.pageSlot(page - back)
      guard neighbourPages[word] & bit != 0, let known = neighbours[page - back] else { continue }
      var (low, high) = (0, known.count)
      while low < high {
        let middle = (low + high) / 2
        if known[middle].target <= target { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { continue }
      let nearest = known[low - 1]
      guard target - nearest.target < Self.neighbourReach,
        (map.old.offset(ofAddress: nearest.target) != nil) == isInFile
      else { return nil }
      return nearest.shift
    }
    return nil
  }

  /// Takes the truth about a prediction: `value` is what the field says.
  @inline(__always)
  package mutating func learn(_ field: Reference, _ prediction: Prediction, value: UInt64) {
    // Where nothing deviates there is nothing to remember.
    if value == prediction.value, prediction.isExact, !isTaught(Self.key(field)) { return }
    relearn(field, prediction, value)
  }

  /// Why a prediction was wrong where the field says `value`.
  func cause(_ field: Reference, _ prediction: Prediction, _ value: UInt64) -> PayloadAccount.Cause {
    if value == field.encoded(place: prediction.place, target: prediction.mapped, base: prediction.base) {
      return .misled
    }
    if prediction.isExact { return .leadsElsewhere }
    let isInFile = field.kind == .fileOffset64 || map.old.offset(ofAddress: field.target) != nil
    return isInFile ? .targetNotCopied : .targetNotInFile
  }

  private mutating func relearn(_ field: Reference, _ prediction: Prediction, _ value: UInt64) {
    let truth =
      value == prediction.value
      ? prediction.target
      : field.target(of: value, place: prediction.place, base: prediction.base, predicted: prediction.target)
    if !prediction.isExact, field.kind != .fileOffset64 { addNeighbour(field.target, truth &- field.target) }
    let key = Self.key(field)
    guard var lesson = lessons[key] else {
      if truth != prediction.mapped, lessons.count < Self.memoryLimit {
        lessons[key] = Lesson(address: truth, trust: 1)
        let (word, bit) = Self.slot(key)
        taught[word] |= bit
      }
      return
    }
    if truth == prediction.mapped {
      lesson.trust = max(lesson.trust - 1, -3)
    } else if lesson.address == truth {
      lesson.trust = min(lesson.trust + 1, 3)
    } else {
      lesson = Lesson(address: truth, trust: 1)
    }
    lessons[key] = lesson
  }

  private mutating func addNeighbour(_ target: UInt64, _ shift: UInt64) {
    let distance = Int64(bitPattern: shift)
    guard distance < Self.shiftLimit, distance > -Self.shiftLimit else { return }
    let page = target >> Self.pageLog
    var known = neighbours.removeValue(forKey: page) ?? []
    var (low, high) = (0, known.count)
    while low < high {
      let middle = (low + high) / 2
      if known[middle].target < target { low = middle + 1 } else { high = middle }
    }
    let (word, bit) = Self.pageSlot(page)
    neighbourPages[word] |= bit
    if low < known.count, known[low].target == target {
      known[low].shift = shift
    } else if neighbourCount < Self.memoryLimit {
      known.insert((target, shift), at: low)
      neighbourCount += 1
    }
    neighbours[page] = known
  }
}
