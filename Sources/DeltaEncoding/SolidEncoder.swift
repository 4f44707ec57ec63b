internal import Basics
public import BinaryDelta

/// A file as it is and as it is to become.
public struct FilePair: Sendable, Hashable {
  /// The file as it is.
  public let baseline: [UInt8]
  /// The file as it is to become.
  public let improved: [UInt8]

  /// A pair of files.
  public init(baseline: [UInt8], improved: [UInt8]) {
    self.baseline = baseline
    self.improved = improved
  }
}

/// A payload, and which files it rebuilds.
public struct PayloadBundle: Sendable, Hashable {
  /// The payload.
  public let payload: [UInt8]
  /// Which of the pairs that were given it rebuilds, in its order, which is theirs.
  public let files: [Int]
  /// How each is carried.
  public let methods: [PayloadMethod]
  /// How many of the payload's bytes are each file's; the first one's include the header.
  public let shares: [Int]
}

extension PayloadEncoder {
  /// Makes the fewest bytes that rebuild all files of a component: payloads of one file each, or one of several, in which
  /// each learns from those before it.
  ///
  /// Every payload is applied once before it is given out; they are in the order of their first files.
  ///
  /// - Parameters:
  ///   - pairs: the files, at most 4,096.
  ///   - concurrency: how many are matched at the same time; memory is about 12 times those files.
  ///   - progress: is told the index of each pair once it is matched, in any order.
  public static func encode(
    _ pairs: [FilePair], concurrency: Int = 2, progress: @Sendable @escaping (Int) -> Void = { _ in }
  ) async throws -> [PayloadBundle] {
    guard pairs.count <= PayloadHeader.partLimit else {
      throw PayloadError.tooManyParts(limit: PayloadHeader.partLimit)
    }
    let alone = try await withThrowingTaskGroup(of: (Int, Encoding).self) { group in
      var found: [Int: Encoding] = [:]
      var waiting = pairs.indices
      func start() {
        guard let index = waiting.popFirst() else { return }
        let pair = pairs[index]
        group.addTask { (index, try smallest(baseline: pair.baseline, improved: pair.improved)) }
      }
      for _ in 0..<max(1, concurrency) { start() }
      while let (index, encoding) = try await group.next() {
        found[index] = encoding
        progress(index)
        start()
      }
      return found
    }
    let single = try pairs.indices.compactMap { index in
      try alone[index].map { encoding in
        PayloadBundle(
          payload: encoding.payload, files: [index],
          methods: try PayloadHeader(parsing: encoding.payload).parts.map(\.method),
          shares: [encoding.payload.count])
      }
    }
    let bundles = solid(pairs, single, alone.compactMapValues(\.tokens))
    for bundle in bundles {
      let files = bundle.files.map { pairs[$0] }
      try check(bundle.payload, baselines: files.map(\.baseline), improved: files.map(\.improved))
    }
    return bundles
  }

  /// Puts those files into one payload that are smaller there, if any.
  private static func solid(
    _ pairs: [FilePair], _ single: [PayloadBundle], _ tokens: [Int: FileTokens]
  ) -> [PayloadBundle] {
    // As many as mixed coding may have, the small ones first, which have most to learn.
    var (chosen, count): ([Int], Int) = ([], 0)
    let order = tokens.keys.sorted {
      (tokens[$0]?.tokens.mixedCount ?? 0, $0) < (tokens[$1]?.tokens.mixedCount ?? 0, $1)
    }
    for index in order {
      count += tokens[index]?.tokens.mixedCount ?? 0
      if count <= PayloadFormat.mixedTokenLimit { chosen.append(index) }
    }
    chosen.sort()
    // Once more without those that are smaller alone: their tokens are of another kind.
    var best: (bundle: PayloadBundle, saved: Int)?
    for _ in 0..<2 where chosen.count > 1 {
      guard let (bundle, bodies) = solid(pairs, chosen, tokens) else { break }
      let saved = bundle.files.reduce(0) { $0 + single[$1].payload.count } - bundle.payload.count
      if saved > best?.saved ?? 0 { best = (bundle, saved) }
      // The header is all files' alike, so that it says nothing against the first of them.
      let larger = zip(bundle.files, bodies).filter { $1 >= single[$0].payload.count }.map(\.0)
      guard !larger.isEmpty else { break }
      chosen.removeAll { larger.contains($0) }
    }
    guard let bundle = best?.bundle else { return single }
    let others = single.filter { !bundle.files.contains($0.files[0]) }
    return (others + [bundle]).sorted { $0.files[0] < $1.files[0] }
  }

  /// One payload of some files, and how many bytes of its body are each one's.
  private static func solid(
    _ pairs: [FilePair], _ chosen: [Int], _ tokens: [Int: FileTokens]
  ) -> (bundle: PayloadBundle, bodies: [Int])? {
    let files = chosen.compactMap { index in tokens[index].map { (index, pairs[index], $0) } }
    let body = TokenBody(files: files.map { ($2.tokens, $1.baseline) })
    guard let mixed = body.mixed() else { return nil }
    func mark(_ contents: [[UInt8]]) -> PayloadMark {
      PayloadMark(of: contents.map { unsafe PayloadFile(of: $0.span.bytes).digest })
    }
    let header = PayloadHeader.bytes(
      coding: mixed.coding,
      parts: files.map {
        PayloadPart(method: $2.method, baselineLength: $1.baseline.count, improvedLength: $1.improved.count)
      },
      baselineMark: mark(files.map(\.1.baseline)), improvedMark: mark(files.map(\.1.improved)))
    let bodies = zip(mixed.ends, [0] + mixed.ends).map { $0 - $1 }
    var shares = bodies
    shares[0] += header.count
    let bundle = PayloadBundle(
      payload: header + mixed.body, files: files.map(\.0), methods: files.map(\.2.method), shares: shares)
    return (bundle, bodies)
  }
}
