internal import Basics

/// The hashed bins of TAP 15: 2 to the power of `bitLength` roles that share keys; a target's digest says which is its.
struct SuccinctRoles: Sendable {
  let keys: RoleKeys
  let bitLength: Int
  let namePrefix: String

  init(keys: RoleKeys, bitLength: Int, namePrefix: String) {
    self.keys = keys
    self.bitLength = bitLength
    self.namePrefix = namePrefix
  }

  init(_ fields: MetadataFields, among listed: [KeyID: Key]) throws(Refusal) {
    namePrefix = try fields.string("name_prefix")
    keys = try RoleKeys(fields, role: FileName.remote(namePrefix), among: listed)
    // TAP 15: “BIT_LENGTH … must be an integer between 1 and 32, inclusive.”
    bitLength = Int(try fields.integer("bit_length", in: 1...32))
    guard Delegation.isRoleName(namePrefix), Delegation.isRoleName(name(of: 0)) else {
      throw .badRoleName(file: fields.file, name: namePrefix)
    }
  }

  var count: Int { 1 << bitLength }

  /// The name of a bin: `PREFIX-NUMBER`, the number in as many hexadecimal digits as the greatest needs.
  func name(of bin: Int) -> String {
    let digits = String(bin, radix: 16)
    let width = (bitLength + 3) / 4
    return namePrefix + "-" + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  /// The bin of a path: the first bits of its SHA-256 digest.
  func bin(of path: HashedPath) -> Delegation {
    let leading = path.digest.bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    return delegation(of: leading >> (32 - bitLength))
  }

  /// A bin as a delegation; every path has one bin and no other, so it is terminating.
  func delegation(of bin: Int) -> Delegation {
    Delegation(role: name(of: bin), keys: keys, paths: .hashPrefixes(prefixes(of: bin)), isTerminating: true)
  }

  /// The digits with which a bin's digests begin: one prefix, or several where the bits end within a digit.
  func prefixes(of bin: Int) -> [String] {
    let width = (bitLength + 3) / 4
    let spare = width * 4 - bitLength
    return (0..<(1 << spare)).map { rest in
      let digits = String(bin << spare | rest, radix: 16)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
  }

  /// The number of a bin's name; nil for what is none of them.
  func bin(named role: String) -> Int? {
    guard role.hasPrefix(namePrefix + "-"), let bin = Int(role.dropFirst(namePrefix.count + 1), radix: 16),
      (0..<count).contains(bin), name(of: bin) == role
    else { return nil }
    return bin
  }
}
