/// Where the fields of x86-64 code stand, kept from the one look over it, so that they are found again without decoding.
///
/// A field takes a byte, seldom more. What comes after the limit is not kept: whoever wants that decodes.
struct CodeTrail: Sendable {
  /// A field of an instruction.
  struct Field {
    enum Kind: UInt8 {
      /// One byte: the distance of a jump.
      case shortJump = 0
      /// Four bytes: the distance of a jump or call.
      case jump = 1
      /// Four bytes: the distance of data.
      case data = 2
      /// The same with an immediate after it; or, where the reach is 0, which relocation a lazy stub pushes.
      case other = 3
    }

    let place: Int
    let kind: Kind
    /// How far it is from the field's start to where its distance counts from.
    let reach: UInt8
  }

  /// A part of the file whose fields are kept, from its start on.
  struct Part {
    let start: Int
    /// Where what is kept ends.
    var end: Int
    /// The number of its first page.
    let firstPage: Int
  }

  /// Fields are found from the start of a page of so many bytes on; no page needs more.
  private static let pageByteCount = 1 << 10
  /// The distance that says that there is no field yet; those of fields are smaller.
  private static let longStep = 63

  private let byteLimit: Int
  private var parts: [Int: Part] = [:]
  /// Where each page's steps begin; after each part's last page where those end.
  private var pages: [UInt32] = []
  /// For each field the distance from the end of the one before it, or from the page's start, and its kind above that.
  private var steps: [UInt8] = []

  // What is kept now: the part's start, the next page's, and where the next distance counts from.
  private var start = 0
  private var nextPage = 0
  private var place = 0
  private var isFull = true

  /// Keeps nothing.
  init() { byteLimit = 0 }

  /// Keeps at most so many bytes of what is found in `codeByteCount` bytes of code.
  init(byteLimit: Int, codeByteCount: Int) {
    self.byteLimit = byteLimit
    isFull = false
    // Memory that nothing is written to is none.
    steps.reserveCapacity(min(byteLimit, codeByteCount))
  }

  /// Begins a part of the file, whose fields follow in order.
  mutating func begin(_ range: Range<Int>) {
    guard !isFull else { return }
    parts[range.lowerBound] = Part(start: range.lowerBound, end: range.upperBound, firstPage: pages.count)
    (start, nextPage) = (range.lowerBound, range.lowerBound)
  }

  /// Keeps the part's next field.
  @inline(__always)
  mutating func append(_ field: Field) {
    guard !isFull, field.place < nextPage || open(before: field.place + 1) else { return }
    var distance = field.place &- place
    while distance >= Self.longStep {
      steps.append(UInt8(Self.longStep))
      distance &-= Self.longStep
    }
    steps.append(field.kind.rawValue << 6 | UInt8(truncatingIfNeeded: distance))
    if field.kind == .other { steps.append(field.reach) }
    place = field.place &+ (field.kind == .shortJump ? 1 : 4)
  }

  /// Ends the part.
  mutating func finish() {
    guard !isFull, let end = parts[start]?.end, open(before: end) else { return }
    pages.append(UInt32(steps.count))
  }

  /// Begins every page that begins before an offset; false if there may be no room for one.
  private mutating func open(before end: Int) -> Bool {
    while nextPage < end {
      pages.append(UInt32(steps.count))
      guard steps.count + 4 * pages.count <= byteLimit - Self.pageByteCount else {
        parts[start]?.end = nextPage
        isFull = true
        return false
      }
      place = nextPage
      nextPage += Self.pageByteCount
    }
    return true
  }

  /// What is kept of the part that begins at an offset.
  func part(at start: Int) -> Part? { parts[start] }

  /// Hands each field that begins in a range of what is kept of a part to `body`, in order.
  @inline(__always)
  func each(in range: Range<Int>, of part: Part, _ body: (Field) -> Void) {
    var page = (range.lowerBound - part.start) / Self.pageByteCount
    while part.start + page * Self.pageByteCount < range.upperBound {
      var place = part.start + page * Self.pageByteCount
      var at = Int(pages[part.firstPage + page])
      let end = Int(pages[part.firstPage + page + 1])
      while at < end {
        let step = Int(steps[at])
        at &+= 1
        place &+= step & Self.longStep
        guard step & Self.longStep != Self.longStep else { continue }
        let kind = Field.Kind(rawValue: UInt8(step >> 6)) ?? .other
        var reach: UInt8 = kind == .shortJump ? 1 : 4
        if kind == .other {
          reach = steps[at]
          at &+= 1
        }
        if range.contains(place) { body(Field(place: place, kind: kind, reach: reach)) }
        place &+= kind == .shortJump ? 1 : 4
      }
      page += 1
    }
  }
}
