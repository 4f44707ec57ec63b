import Linux
import Values

/// What is to be done, as it comes from standard input: see README.md for the format.
struct Plan {
  /// The longest plan, in bytes.
  static let byteLimit = 1 << 20
  /// The most grafts of a plan.
  static let graftLimit = 4_096
  /// The first line.
  static let heading = "suture-graft 1"

  /// A stored file and the place where it is to stand.
  struct Graft {
    /// Which file the caller verified.
    let identity: FileIdentity
    /// Its name in the store.
    let name: RelativePath
    /// The baseline file that it covers.
    let path: RelativePath
  }

  /// The work.
  enum Job {
    /// Exactly these grafts are to stand.
    case establish([Graft])
    /// These grafts are not to stand any more, and all others as they are.
    case uncover(Set<RelativePath>)
    /// The file beneath the graft at a path is wanted.
    case open(RelativePath)
  }

  /// The root beneath which files are covered.
  let root: String
  /// The directory of stored files.
  let store: String
  /// The work.
  let job: Job

  /// Reads a plan; whatever is not in the one documented form is refused.
  init(parsing bytes: [UInt8]) throws(Refusal) {
    guard let text = String(validating: bytes, as: UTF8.self), text.utf8.last == UInt8(ascii: "\n") else {
      throw .plan(line: 0, "it is cut off or no text")
    }
    // By bytes: a carriage return and a line feed would be one character.
    let lines = text.utf8.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    guard lines.count >= 4, lines[0] == Self.heading else { throw .plan(line: 1, "it must begin with \(Self.heading)") }
    root = try Self.absolute(lines[1], after: "root ", line: 2)
    store = try Self.absolute(lines[2], after: "store ", line: 3)
    let last = lines[lines.count - 1]
    if last.hasPrefix("open "), lines.count == 4 {
      job = .open(try Self.path(last.dropFirst("open ".count), line: 4))
      return
    }
    guard last == "establish" || last == "uncover" else {
      throw .plan(line: lines.count, "it must end with establish, uncover, or open and a path")
    }
    guard lines.count - 4 <= Self.graftLimit else { throw .plan(line: 4, "it has more than \(Self.graftLimit) grafts") }
    if last == "uncover" {
      job = .uncover(try Self.places(lines))
      return
    }
    var grafts: [Graft] = []
    for (index, line) in lines.enumerated().dropFirst(3).dropLast() {
      grafts.append(try Self.graft(line, line: index + 1))
    }
    job = .establish(grafts)
  }

  // `place PATH`, each a line between the head and the last.
  private static func places(_ lines: [String]) throws(Refusal) -> Set<RelativePath> {
    var places: Set<RelativePath> = []
    for (index, line) in lines.enumerated().dropFirst(3).dropLast() {
      guard line.hasPrefix("place ") else { throw .plan(line: index + 1, "it is no place") }
      places.insert(try path(line.dropFirst("place ".count), line: index + 1))
    }
    return places
  }

  // `graft MAJOR:MINOR INODE NAME PATH`; the path may hold spaces.
  private static func graft(_ text: String, line: Int) throws(Refusal) -> Graft {
    let fields = text.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
    guard fields.count == 5, fields[0] == "graft" else { throw .plan(line: line, "it is no graft") }
    let device = fields[1].split(separator: ":", omittingEmptySubsequences: false)
    guard device.count == 2, let major = number(device[0], UInt32.self), let minor = number(device[1], UInt32.self),
      let inode = number(fields[2], UInt64.self)
    else { throw .plan(line: line, "device and inode are not three plain numbers") }
    let name = try path(fields[3], line: line)
    guard name.components.count == 1 else { throw .plan(line: line, "\(name) is no name in the store") }
    return Graft(
      identity: FileIdentity(major: major, minor: minor, inode: inode), name: name,
      path: try path(fields[4], line: line))
  }

  private static func number<Number: FixedWidthInteger>(_ text: Substring, _: Number.Type) -> Number? {
    // One spelling: no sign, no leading zero.
    guard let number = Number(text), String(number) == text else { return nil }
    return number
  }

  private static func path(_ text: Substring, line: Int) throws(Refusal) -> RelativePath {
    guard let path = RelativePath(text) else { throw .plan(line: line, "it has a path that is empty or not plain") }
    return path
  }

  private static func absolute(_ text: String, after word: String, line: Int) throws(Refusal) -> String {
    guard text.hasPrefix(word + "/") else { throw .plan(line: line, "it must be \(word)and an absolute path") }
    let rest = text.dropFirst(word.count + 1)
    return rest.isEmpty ? "/" : "/\(try path(rest, line: line))"
  }
}
