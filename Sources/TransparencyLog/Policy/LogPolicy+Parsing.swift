extension LogPolicy {
  private static let none = Array("none".utf8)

  /// Reads a policy file (tlog-policy, policy file syntax and structure).
  ///
  /// Its last line ends with a newline too, so that a file which was cut off within a line is not taken for a whole one.
  public init(parsing bytes: [UInt8]) throws(LogRefusal) {
    self.init()
    guard bytes.count <= LogLimits.policyByteCount else {
      throw .tooMuch(what: "the log policy", count: bytes.count, limit: LogLimits.policyByteCount, of: "bytes")
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.last?.isEmpty == true else {
      throw .badPolicyLine(number: lines.count, reason: "it does not end with a newline")
    }
    var reader = PolicyReader(policy: self)
    for (index, line) in lines.dropLast().enumerated() {
      reader.number = index + 1
      try reader.read(line)
    }
    guard reader.hasQuorum else { throw .noQuorum }
    self = reader.policy
  }
}

/// Reads a policy line by line.
private struct PolicyReader {
  var policy: LogPolicy
  var number = 0
  var hasQuorum = false
  private var names: Set<PolicyName> = []
  private var members: Set<PolicyName> = []
  private let none = PolicyName(Array("none".utf8)[...])

  init(policy: LogPolicy) {
    self.policy = policy
  }

  private func refused(_ reason: String) -> LogRefusal { .badPolicyLine(number: number, reason: reason) }

  mutating func read(_ line: ArraySlice<UInt8>) throws(LogRefusal) {
    let tab = UInt8(ascii: "\t")
    guard line.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || $0 == tab }) else {
      throw refused("it has a control character")
    }
    let items = line.split { $0 == UInt8(ascii: " ") || $0 == tab }
    guard let keyword = items.first, keyword.first != UInt8(ascii: "#") else { return }
    let rest = Array(items.dropFirst())
    switch String(decoding: keyword, as: UTF8.self) {
    case "log": try readLog(rest)
    case "witness": try readWitness(rest)
    case "group": try readGroup(rest)
    case "quorum": try readQuorum(rest)
    case let other: throw refused("\(shown(other)) is not log, witness, group or quorum")
    }
  }

  private func key(_ text: ArraySlice<UInt8>, _ type: SignatureType) throws(LogRefusal) -> VerifierKey {
    guard let text = String(validating: text, as: UTF8.self) else { throw refused("its key is not UTF-8") }
    let key: VerifierKey
    do {
      key = try VerifierKey(parsing: text)
    } catch {
      throw refused(error.description)
    }
    guard key.type == type else {
      let wanted = type == .ed25519 ? "a log's key signs notes" : "a witness's key makes cosignatures"
      throw refused("its key has signature type \(key.type.rawValue), and \(wanted) (type \(type.rawValue))")
    }
    return key
  }

  private func room(_ count: Int, _ what: String) throws(LogRefusal) {
    guard count < LogLimits.policyItems else {
      throw .tooMuch(what: "the log policy", count: count + 1, limit: LogLimits.policyItems, of: what)
    }
  }

  private func url(_ items: ArraySlice<ArraySlice<UInt8>>) -> String? {
    items.first.map { String(decoding: $0, as: UTF8.self) }
  }

  private mutating func readLog(_ items: [ArraySlice<UInt8>]) throws(LogRefusal) {
    guard (1...2).contains(items.count) else { throw refused("a log line is “log VKEY [URL]”") }
    try room(policy.logs.count, "logs")
    let key = try key(items[0], .ed25519)
    guard !policy.logs.contains(where: { $0.key.publicKey == key.publicKey }) else {
      throw refused("the log's key stands in the policy already")
    }
    policy.logs.append(LogPolicy.Log(key: key, url: url(items.dropFirst())))
  }

  private mutating func readWitness(_ items: [ArraySlice<UInt8>]) throws(LogRefusal) {
    guard (2...3).contains(items.count) else { throw refused("a witness line is “witness NAME VKEY [URL]”") }
    try room(policy.witnesses.count, "witnesses")
    let name = try define(items[0])
    let key = try key(items[1], .cosignature)
    guard !policy.witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
      throw refused("the witness's key stands in the policy already")
    }
    policy.witnesses.append(LogPolicy.Witness(name: name, key: key, url: url(items.dropFirst(2))))
  }

  private mutating func define(_ bytes: ArraySlice<UInt8>) throws(LogRefusal) -> PolicyName {
    let name = PolicyName(bytes)
    guard name != none else { throw refused("the name “none” cannot be given") }
    guard names.insert(name).inserted else { throw refused("the name \(shown(name.description)) is given twice") }
    return name
  }

  private mutating func readGroup(_ items: [ArraySlice<UInt8>]) throws(LogRefusal) {
    guard items.count >= 3 else { throw refused("a group line is “group NAME all|any|K NAME…”") }
    try room(policy.groups.count, "groups")
    let listed = items.dropFirst(2).map { PolicyName($0) }
    for member in listed {
      guard names.contains(member) else {
        throw refused("the member \(shown(member.description)) is not defined on a line before")
      }
      guard members.insert(member).inserted else {
        throw refused("\(shown(member.description)) is a member already, and may be one only once")
      }
    }
    let threshold: Int
    switch String(decoding: items[1], as: UTF8.self) {
    case "all": threshold = listed.count
    case "any": threshold = 1
    default:
      guard let value = try? decimal(items[1], of: ""), value >= 1, value <= UInt64(listed.count) else {
        throw refused("the group needs all, any, or a number from 1 to \(listed.count) of its members")
      }
      threshold = Int(value)
    }
    // Last, so that a group is not a member of itself.
    let name = try define(items[0])
    policy.groups.append(LogPolicy.Group(name: name, threshold: threshold, members: listed))
  }

  private mutating func readQuorum(_ items: [ArraySlice<UInt8>]) throws(LogRefusal) {
    guard items.count == 1 else { throw refused("a quorum line is “quorum NAME”") }
    guard !hasQuorum else { throw refused("there is a second quorum line") }
    let name = PolicyName(items[0])
    guard name == none || names.contains(name) else {
      throw refused("\(shown(name.description)) is not defined on a line before")
    }
    policy.quorum = name == none ? nil : name
    hasQuorum = true
  }
}
