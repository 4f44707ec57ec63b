internal import Basics

/// A patch of trees: from one tree of files to another (format 1, docs/formats/tree.md).
///
/// The listing says which paths stay, go, change and come; the contents of files come from payloads. Everything in it is
/// taken for hostile: a listing is checked whole before anything is done.
public struct TreePatch: Sendable, Hashable {
  /// The format number.
  public static let format: UInt8 = 1
  /// The longest listing that is read, in bytes.
  public static let listingByteLimit = 64 << 20
  /// The most payloads in a patch.
  public static let payloadLimit = 1 << 16

  static let magic: [UInt8] = [0x53, 0x55, 0x54, 0x54]

  /// Where the listing is.
  public enum Listing: Sendable, Hashable {
    /// These bytes.
    case plain([UInt8])
    /// What the payload at these bytes of the patch rebuilds without a baseline.
    case packed(Range<Int>)
  }

  /// The mark of the tree that it applies to.
  public let oldMark: [UInt8]
  /// The mark of the tree that it makes.
  public let newMark: [UInt8]
  /// The listing.
  public let listing: Listing
  /// Where in the patch each payload is.
  public let payloads: [Range<Int>]
  /// Which files each payload after the first rebuilds.
  private let later: [[Int]]

  /// Whether bytes begin as a patch of trees does.
  public static func looksLikeTreePatch(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: magic) }

  /// A mark as people compare it.
  public static func text(_ mark: [UInt8]) -> String { Hex.encode(mark) }

  // MARK: Reading

  /// Reads how a patch is put together.
  public init(parsing patch: [UInt8]) throws(TreeError) {
    guard patch.starts(with: Self.magic) else { throw .notTreePatch }
    var rest = patch[Self.magic.count...]
    guard let number = rest.popFirst() else { throw .truncated("format number") }
    guard number == Self.format else { throw .unknownFormat(number) }
    oldMark = try Self.take(Tree.markByteCount, &rest, "marks")
    newMark = try Self.take(Tree.markByteCount, &rest, "marks")
    let length = try Number.take(from: &rest, "listing")
    guard length >> 1 <= Self.listingByteLimit else {
      throw .listingTooLong(length: length >> 1, limit: Self.listingByteLimit)
    }
    let start = rest.startIndex
    let bytes = try Self.take(length >> 1, &rest, "listing")
    listing = length & 1 == 0 ? .plain(bytes) : .packed(start..<start + bytes.count)
    let count = try Number.take(from: &rest, "number of payloads")
    guard count <= Self.payloadLimit else { throw .tooManyPayloads(limit: Self.payloadLimit) }
    var lengths: [Int] = []
    for _ in 0..<max(0, count - 1) { lengths.append(try Number.take(from: &rest, "length of a payload")) }
    later = try Self.numbers(of: count - 1, &rest)
    var payloads: [Range<Int>] = []
    for length in lengths {
      let start = rest.startIndex
      guard length <= rest.count else { throw .truncated("payloads") }
      payloads.append(start..<start + length)
      rest = rest.dropFirst(length)
    }
    if count > 0 { payloads.append(rest.startIndex..<rest.endIndex) } else if !rest.isEmpty { throw .patchLeftOver }
    self.payloads = payloads
  }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>, _ part: String) throws(TreeError) -> [UInt8] {
    guard count <= rest.count else { throw .truncated(part) }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  /// The files of the payloads after the first: for each how many, and each as the distance from the one before.
  private static func numbers(of count: Int, _ rest: inout ArraySlice<UInt8>) throws(TreeError) -> [[Int]] {
    var all: [[Int]] = []
    for _ in 0..<max(0, count) {
      let files = try Number.take(from: &rest, "files of a payload")
      guard files <= rest.count else { throw .truncated("files of a payload") }
      var numbers: [Int] = []
      var next = 0
      for _ in 0..<files {
        let step = try Number.take(from: &rest, "files of a payload")
        guard step < Tree.entryLimit, next < Tree.entryLimit else { throw .malformedNumber("files of a payload") }
        numbers.append(next + step)
        next += step + 1
      }
      all.append(numbers)
    }
    return all
  }

  /// Which of so many files each payload rebuilds, in its order; each file is in one.
  public func files(of count: Int) throws(TreeError) -> [[Int]] {
    var isFree = [Bool](repeating: true, count: count)
    for number in later.joined() {
      guard number < count, isFree[number] else { throw .filesDisagree(count) }
      isFree[number] = false
    }
    let first = isFree.indices.filter { isFree[$0] }
    guard !payloads.isEmpty else {
      guard first.isEmpty else { throw .filesDisagree(count) }
      return []
    }
    return [first] + later
  }

  // MARK: Writing

  /// A payload, and which files it rebuilds, in its order, which is theirs.
  public struct Part: Sendable, Hashable {
    /// The payload.
    public let payload: [UInt8]
    /// The numbers of the files.
    public let files: [Int]

    /// A payload for files.
    public init(payload: [UInt8], files: [Int]) {
      self.payload = payload
      self.files = files
    }
  }

  /// The bytes of a patch.
  ///
  /// - Parameters:
  ///   - old: the tree that it applies to.
  ///   - new: the tree that it makes.
  ///   - listing: the steps between them.
  ///   - packed: a payload that rebuilds the listing without a baseline; it is taken where that is shorter.
  ///   - parts: the payloads, which together have each file once.
  public static func bytes(
    from old: Tree, to new: Tree, listing: [UInt8], packed: [UInt8], parts: [Part]
  ) -> [UInt8] {
    var bytes = magic + [format] + old.mark + new.mark
    let isPacked = packed.count < listing.count
    Number.append((isPacked ? packed.count << 1 | 1 : listing.count << 1), to: &bytes)
    bytes += isPacked ? packed : listing
    // The one with most files needs to name none.
    var order = Array(parts.indices)
    if let most = order.max(by: { parts[$0].files.count < parts[$1].files.count }) {
      order.removeAll { $0 == most }
      order.insert(most, at: 0)
    }
    Number.append(order.count, to: &bytes)
    for index in order.dropLast() { Number.append(parts[index].payload.count, to: &bytes) }
    for index in order.dropFirst() {
      Number.append(parts[index].files.count, to: &bytes)
      var next = 0
      for number in parts[index].files {
        Number.append(number - next, to: &bytes)
        next = number + 1
      }
    }
    for index in order { bytes += parts[index].payload }
    return bytes
  }
}
