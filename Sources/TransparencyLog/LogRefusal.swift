/// Why something about a log was refused: one sentence each.
public enum LogRefusal: Error, Hashable, CustomStringConvertible {
  // MARK: Reading

  /// A text or file is not of its form.
  case malformed(what: String, reason: String)
  /// Something is longer, or has more parts, than is read of it.
  case tooMuch(what: String, count: Int, limit: Int, of: String)
  /// A number is greater than any tree or time.
  case tooGreat(what: String)

  // MARK: Keys and signatures

  /// A key's id is not the one that its name and bytes give.
  case wrongKeyID(name: String, found: String, computed: String)
  /// A key is of a signature type that is not read here.
  case unknownKeyType(name: String, type: UInt8)
  /// An Ed25519 key is a point under which anybody can sign, or no point in its only form.
  case weakKey(name: String)
  /// Two known keys have one name and one id.
  case ambiguousKey(name: String, id: String)
  /// A signature of a known key does not verify.
  case badSignature(name: String, id: String)
  /// No signature is by a known key.
  case unsigned(what: String)
  /// A key of one kind was to do another kind's work.
  case wrongKeyUse(name: String, wanted: String)

  // MARK: Trees

  /// A proof does not have as many hashes as its tree asks for.
  case proofLength(what: String, found: Int, wanted: Int)
  /// A proof's root is not the tree's.
  case proofMismatch(what: String)
  /// An index lies outside the tree.
  case outsideTree(index: UInt64, size: UInt64)
  /// A newer tree is smaller than an older one.
  case shrunk(size: UInt64, former: UInt64)
  /// Two trees of one size have different roots.
  case forked(size: UInt64)
  /// A hash that is needed was not given.
  case missingHash(TreeNode)
  /// A tile has another number of hashes or entries than its name says.
  case tileLength(path: String, found: Int, wanted: Int)

  // MARK: Policies

  /// A line of a policy is not one.
  case badPolicyLine(number: Int, reason: String)
  /// A policy has no quorum line.
  case noQuorum
  /// A checkpoint is of a log that the policy does not list.
  case unknownLog(origin: String)
  /// Too few of the policy's witnesses have cosigned.
  case quorumNotMet(witnesses: [String], quorum: String)

  /// One sentence: what was refused and why, with the values.
  public var description: String {
    readingSentence ?? keySentence ?? treeSentence ?? policySentence ?? "something about a log was refused"
  }

  private var readingSentence: String? {
    switch self {
    case .malformed(let what, let reason): "\(what) cannot be read: \(reason)"
    case .tooMuch(let what, let count, let limit, let unit):
      "\(what) has \(count) \(unit), and at most \(limit) are read"
    case .tooGreat(let what): "\(what) is greater than 2^63 − 1"
    default: nil
    }
  }

  private var keySentence: String? {
    switch self {
    case .wrongKeyID(let name, let found, let computed):
      "the key \(shown(name)) says that its id is \(shown(found)), and its name and bytes give \(computed)"
    case .unknownKeyType(let name, let type):
      "the key \(shown(name)) has signature type \(type), and only Ed25519 (1) and Ed25519 cosignatures (4) are read"
    case .weakKey(let name):
      "the key \(shown(name)) is not an Ed25519 key in its only form, or one under which anybody can sign"
    case .ambiguousKey(let name, let id): "two known keys have the name \(shown(name)) and the id \(id)"
    case .badSignature(let name, let id):
      "the signature by the key \(shown(name)) with the id \(id) is not this key's over this text"
    case .unsigned(let what): "\(what) carries no signature by a known key"
    case .wrongKeyUse(let name, let wanted): "the key \(shown(name)) cannot \(wanted)"
    default: nil
    }
  }

  private var treeSentence: String? {
    switch self {
    case .proofLength(let what, let found, let wanted): "\(what) has \(found) hashes, and its tree asks for \(wanted)"
    case .proofMismatch(let what): "\(what) does not lead to the tree's root"
    case .outsideTree(let index, let size): "there is no entry \(index) in a tree of \(size)"
    case .shrunk(let size, let former):
      "the log has shrunk: its tree has \(size) entries, and one of \(former) was seen before"
    case .forked(let size): "the log has forked: two different trees of \(size) entries were seen"
    case .missingHash(let node): "the hash of \(node) is needed and was not given"
    case .tileLength(let path, let found, let wanted):
      "the tile \(path) holds \(found) items, and its name says \(wanted)"
    default: nil
    }
  }

  private var policySentence: String? {
    switch self {
    case .badPolicyLine(let number, let reason): "line \(number) of the log policy is refused: \(reason)"
    case .noQuorum: "the log policy has no quorum line; “quorum none” says that no witness is required"
    case .unknownLog(let origin): "the log \(shown(origin)) is not in the policy"
    case .quorumNotMet(let witnesses, let quorum):
      "the checkpoint is cosigned by \(witnesses.isEmpty ? "no known witness" : witnesses.map(shown).joined(separator: ", "))"
        + ", which does not meet the quorum \(shown(quorum))"
    default: nil
    }
  }
}

/// A text from elsewhere between quotation marks: visible ASCII as it is, anything else as its number, long ones cut.
func shown(_ text: String) -> String {
  var result = "“"
  for scalar in text.unicodeScalars.prefix(80) {
    if scalar.value >= 0x20, scalar.value < 0x7f {
      result.unicodeScalars.append(scalar)
    } else {
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }
  return result + (text.unicodeScalars.count > 80 ? "…”" : "”")
}
