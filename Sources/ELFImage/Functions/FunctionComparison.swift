/// Which functions differ between two builds of an image, once everything is set aside that differs only because
/// something moved.
///
/// A function is the same if there is one in the other image whose bytes are equal outside references, and whose
/// references lead to what corresponds. It says what to look at, in a review; it does not say that two images behave the
/// same: data is compared only as far as references lead to text.
public struct FunctionComparison: Sendable {
  /// What became of a function.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Its code differs.
    case changed
    /// Its code is the same, and something that it refers to is another thing now.
    case redirected
    /// The old image has nothing like it.
    case appeared
    /// The new image has nothing like it.
    case vanished
    /// Code that belongs to no function, as the old image has it nowhere.
    case outside
  }

  /// A function that differs.
  public struct Change: Sendable, Hashable {
    /// What became of it.
    public let kind: Kind
    /// The function in the old image; nil if it has none.
    public let old: ELFFunction?
    /// The function in the new image; nil if it has none.
    public let new: ELFFunction?
    /// For `changed`, where the code differs.
    public let edit: Edit?
    /// For `redirected`, the references that lead elsewhere.
    public let redirections: [Redirection]

    init(
      _ kind: Kind, old: ELFFunction? = nil, new: ELFFunction? = nil, edit: Edit? = nil,
      redirections: [Redirection] = []
    ) {
      self.kind = kind
      self.old = old
      self.new = new
      self.edit = edit
      self.redirections = redirections
    }
  }

  /// Where the code of a function differs: from its first byte that does to its last, references set aside.
  public struct Edit: Sendable, Hashable {
    /// How many bytes before it are the same.
    public let offset: Int
    /// How many bytes it has in the old image.
    public let oldLength: Int
    /// How many bytes it has in the new image.
    public let newLength: Int
  }

  /// A reference that leads elsewhere than its counterpart.
  public struct Redirection: Sendable, Hashable {
    /// Where the field begins in the function, in bytes.
    public let offset: Int
    /// What it refers to in the old image.
    public let oldTarget: UInt64
    /// What it refers to in the new image.
    public let newTarget: UInt64
    /// What stands there in the old image.
    public let oldMeaning: Meaning
    /// What stands there in the new image.
    public let newMeaning: Meaning
  }

  /// What stands where a reference leads, for people.
  public enum Meaning: Sendable, Hashable, CustomStringConvertible {
    /// Code: a function, and how many bytes from its beginning.
    case function(ELFFunction, offset: UInt64)
    /// A symbol of another image, by its name.
    case symbol(String)
    /// A text, or its beginning.
    case text(String)
    /// Other data, by its address.
    case data(UInt64)

    /// A name, a name with a distance, a text in quotes, or an address.
    public var description: String {
      switch self {
      case .function(let function, offset: 0): function.label
      case .function(let function, let offset): "\(function.label)+0x\(String(offset, radix: 16))"
      case .symbol(let name): name
      case .text(let text): "\"\(text)\""
      case .data(let address): "data at 0x\(String(address, radix: 16))"
      }
    }
  }

  /// The functions of the old image, by address.
  public let oldFunctions: [ELFFunction]
  /// The functions of the new image, by address.
  public let newFunctions: [ELFFunction]
  /// For each function of the new image the index of its counterpart; nil for those that appeared.
  public let counterparts: [Int?]
  /// The functions that differ: those of the new image by address, then those that vanished.
  public let changes: [Change]

  /// Compares two images.
  public init(old: Span<UInt8>, new: Span<UInt8>) throws(ELFError) {
    let before = try FunctionSide(old)
    let after = try FunctionSide(new)
    guard before.map.machine == after.map.machine else {
      throw .unsupported("it is for \(after.map.machine), and the one it is compared with for \(before.map.machine)")
    }
    let pairing = FunctionPairing(before, after)
    let judge = RedirectionJudge(before, after, pairing, old, new)
    var changes: [Change] = []
    for (index, partner) in pairing.partners.enumerated() {
      let function = after.functions[index]
      guard let partner else {
        changes.append(Change(.appeared, new: function))
        continue
      }
      let counterpart = before.functions[partner]
      if before.masked[partner] != after.masked[index] {
        let edit = Edit(before.code(partner), after.code(index))
        changes.append(Change(.changed, old: counterpart, new: function, edit: edit))
      } else {
        let redirections = judge.redirections(partner, index)
        if redirections.isEmpty { continue }
        changes.append(Change(.redirected, old: counterpart, new: function, redirections: redirections))
      }
    }
    let known = Set(before.gaps.map(\.masked))
    for gap in after.gaps where !known.contains(gap.masked) {
      changes.append(Change(.outside, new: gap.function))
    }
    changes.sort { ($0.new?.address ?? 0) < ($1.new?.address ?? 0) }
    let kept = Set(pairing.partners.compactMap(\.self))
    for (index, function) in before.functions.enumerated() where !kept.contains(index) {
      changes.append(Change(.vanished, old: function))
    }
    self.changes = changes
    oldFunctions = before.functions
    newFunctions = after.functions
    counterparts = pairing.partners
  }
}

extension FunctionComparison.Edit {
  /// What lies between the bytes that two functions begin with alike and those that they end in alike.
  init(_ old: ArraySlice<UInt8>, _ new: ArraySlice<UInt8>) {
    let start = zip(old, new).prefix { $0 == $1 }.count
    let end = zip(old.dropFirst(start).reversed(), new.dropFirst(start).reversed()).prefix { $0 == $1 }.count
    self.init(offset: start, oldLength: old.count - start - end, newLength: new.count - start - end)
  }
}
