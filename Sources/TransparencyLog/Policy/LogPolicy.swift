/// Which logs are believed, and which witnesses must have seen what they say (tlog-policy).
///
/// A checkpoint is valid when one of the logs has signed it and witnesses have cosigned it that meet the quorum.
public struct LogPolicy: Sendable, Hashable {
  /// A log that is believed.
  public struct Log: Sendable, Hashable {
    /// The key with which it signs its checkpoints; the key's name is their origin.
    public let key: VerifierKey
    /// Where to find it, where the policy says.
    public let url: String?

    /// The origin of its checkpoints.
    public var origin: LogOrigin { LogOrigin(key.name) }
  }

  /// A witness whose cosignatures count.
  public struct Witness: Sendable, Hashable {
    /// What it is called within this policy.
    public let name: PolicyName
    /// The key with which it cosigns.
    public let key: VerifierKey
    /// Where to find it, where the policy says.
    public let url: String?

    /// Who operates it, as far as its key's name tells: ``KeyName/host``.
    public var operatorName: String { key.name.host }
  }

  /// Several witnesses or groups, of which some number must have witnessed.
  public struct Group: Sendable, Hashable {
    /// What it is called within this policy.
    public let name: PolicyName
    /// How many of its members must have witnessed, at least one.
    public let threshold: Int
    /// Witnesses and groups that are defined before this one.
    public let members: [PolicyName]
  }

  /// The logs, in their order; there may be none.
  public internal(set) var logs: [Log] = []
  /// The witnesses, in their order.
  public internal(set) var witnesses: [Witness] = []
  /// The groups, in their order: a group stands after its members.
  public internal(set) var groups: [Group] = []
  /// The witness or group that must have witnessed; nil for “none”.
  public internal(set) var quorum: PolicyName?

  init() {}

  /// Whether cosignatures of these witnesses meet the quorum.
  public func isMet(by cosigners: Set<PolicyName>) -> Bool {
    guard let quorum else { return true }
    var witnessed = cosigners.intersection(witnesses.map(\.name))
    for group in groups where group.members.count(where: witnessed.contains) >= group.threshold {
      witnessed.insert(group.name)
    }
    return witnessed.contains(quorum)
  }

  /// The operators that can meet the quorum each by itself, in the order of their first witness; all that there are where no
  /// witness is required.
  public var soleOperators: [String] {
    var operators: [String] = []
    for name in witnesses.map(\.operatorName) where !operators.contains(name) { operators.append(name) }
    return operators.filter { name in isMet(by: Set(witnesses.filter { $0.operatorName == name }.map(\.name))) }
  }

  /// How many operators must have cosigned for the quorum to be met: 0 where it is “none”, 1 where one of them can meet it by
  /// itself, and 2 where it takes two or more.
  ///
  /// Operators are told apart by the host in their witnesses' key names (``KeyName/host``): two witnesses of one host are one
  /// operator's. It is whoever writes the policy that answers for the names in it.
  public var operatorsNeeded: Int {
    if isMet(by: []) { return 0 }
    return soleOperators.isEmpty ? 2 : 1
  }
}

/// The name of a witness or group in a policy: bytes without white space, compared byte for byte.
public struct PolicyName: Sendable, Hashable, CustomStringConvertible {
  /// The name's bytes, which need not be UTF-8.
  public let bytes: [UInt8]

  /// Takes a name; nil where it is empty, or has white space or control characters.
  public init?(_ text: String) {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
    bytes = Array(text.utf8)
  }

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = Array(bytes)
  }

  /// The name as text; bytes that are not UTF-8 are replaced.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
