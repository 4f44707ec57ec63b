/// Reads Varlink's interface definition language.
struct VarlinkDescriptionParser {
  typealias ValueType = VarlinkDescription.ValueType
  typealias Member = VarlinkDescription.Member

  /// How deep types may nest in one another.
  static let depthLimit = 32

  private struct Token {
    let text: Substring
    let line: Int
  }

  private(set) var name = ""
  private(set) var types: [String: ValueType] = [:]
  private(set) var methods: [String: VarlinkDescription.Method] = [:]
  private(set) var errors: [String: [Member]] = [:]

  private let tokens: [Token]
  private var index = 0

  init(_ text: String) throws(VarlinkError) {
    tokens = try Self.tokens(of: text)
  }

  mutating func parse() throws(VarlinkError) {
    try expect("interface")
    name = try takeInterfaceName()
    while index < tokens.count {
      switch try take("type, method or error").text {
      case "type":
        let name = try takeDeclaredName()
        let type = try takeParenthesised(depth: 0)
        types[name] = type
      case "method":
        let name = try takeDeclaredName()
        let input = try takeMembers()
        try expect("->")
        methods[name] = VarlinkDescription.Method(input: input, output: try takeMembers())
      case "error":
        let name = try takeDeclaredName()
        errors[name] = try takeMembers()
      default:
        index -= 1
        throw wrong("type, method or error is due here")
      }
    }
  }

  // MARK: - Tokens

  private static func tokens(of text: String) throws(VarlinkError) -> [Token] {
    var tokens: [Token] = []
    var line = 1
    var rest = text[...]
    while let first = rest.first {
      if first == "#" {
        rest = rest.drop { !$0.isNewline }
      } else if first.isNewline {
        line += 1
        rest.removeFirst()
      } else if first == " " || first == "\t" {
        rest.removeFirst()
      } else if first.isASCII, first.isLetter {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
        tokens.append(Token(text: word, line: line))
        rest = rest[word.endIndex...]
      } else if let sign = ["->", "[string]", "[]", "(", ")", ",", ":", "?"].first(where: { rest.hasPrefix($0) }) {
        tokens.append(Token(text: rest.prefix(sign.count), line: line))
        rest = rest.dropFirst(sign.count)
      } else {
        throw .notADescription(line: line, reason: "\(first) has no meaning here")
      }
    }
    return tokens
  }

  private func wrong(_ reason: String) -> VarlinkError {
    .notADescription(line: tokens.isEmpty ? 1 : tokens[min(index, tokens.count - 1)].line, reason: reason)
  }

  private var peek: Substring? { index < tokens.count ? tokens[index].text : nil }

  private mutating func take(_ wanted: String) throws(VarlinkError) -> Token {
    guard index < tokens.count else { throw wrong("\(wanted) is due after the end") }
    index += 1
    return tokens[index - 1]
  }

  private mutating func expect(_ text: String) throws(VarlinkError) {
    guard peek == text[...] else { throw wrong("\(text) is due here") }
    index += 1
  }

  // MARK: - Names

  private mutating func takeInterfaceName() throws(VarlinkError) -> String {
    let parts = try take("the interface's name").text.split(separator: ".", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty && part.first != "-" && part.last != "-" && !part.contains("_")
    }
    guard parts.count >= 2, isName else {
      index -= 1
      throw wrong("an interface's name is due here, such as org.example.thing")
    }
    return parts.joined(separator: ".")
  }

  private mutating func takeDeclaredName() throws(VarlinkError) -> String {
    let name = try take("a name").text
    guard name.first?.isUppercase == true, name.allSatisfy({ $0.isLetter || $0.isNumber }) else {
      index -= 1
      throw wrong("\(name) is no name of a type, method or error: a capital, then letters and digits")
    }
    guard types[String(name)] == nil, methods[String(name)] == nil, errors[String(name)] == nil else {
      index -= 1
      throw wrong("\(name) is declared twice")
    }
    return String(name)
  }

  private mutating func takeMemberName() throws(VarlinkError) -> String {
    let name = try take("a member's name").text
    let isName =
      name.last != "_" && !name.contains("__") && name.first?.isLetter == true
      && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    guard isName else {
      index -= 1
      throw wrong("\(name) is no name of a member: letters and digits, single _ between them")
    }
    return String(name)
  }

  // MARK: - Types

  private mutating func takeMembers() throws(VarlinkError) -> [Member] {
    guard case .structure(let members) = try takeParenthesised(depth: 0) else {
      throw wrong("a list of members with types is due before this")
    }
    return members
  }

  /// `(name: type, …)` or `(word, …)`; `()` is an object without members.
  private mutating func takeParenthesised(depth: Int) throws(VarlinkError) -> ValueType {
    guard depth < Self.depthLimit else { throw wrong("types nest deeper than \(Self.depthLimit) levels") }
    try expect("(")
    var members: [Member] = []
    var words: [String] = []
    while peek != ")" {
      if !members.isEmpty || !words.isEmpty { try expect(",") }
      let name = try takeMemberName()
      guard !members.contains(where: { $0.name == name }), !words.contains(name) else {
        index -= 1
        throw wrong("\(name) is listed twice")
      }
      if peek == ":", words.isEmpty {
        index += 1
        members.append(Member(name: name, type: try takeType(depth: depth + 1)))
      } else if members.isEmpty {
        words.append(name)
      } else {
        throw wrong("the type of \(name) is due here")
      }
    }
    try expect(")")
    return words.isEmpty ? .structure(members) : .enumeration(words)
  }

  private mutating func takeType(depth: Int) throws(VarlinkError) -> ValueType {
    guard depth < Self.depthLimit else { throw wrong("types nest deeper than \(Self.depthLimit) levels") }
    guard let next = peek else { throw wrong("a type is due after the end") }
    if next == "(" { return try takeParenthesised(depth: depth) }
    index += 1
    switch next {
    case "?":
      guard peek != "?" else { throw wrong("a type is optional once") }
      return .optional(try takeType(depth: depth + 1))
    case "[]": return .array(try takeType(depth: depth + 1))
    case "[string]": return .dictionary(try takeType(depth: depth + 1))
    case "bool": return .bool
    case "int": return .int
    case "float": return .float
    case "string": return .string
    case "object": return .object
    case "any": return .any
    default:
      guard next.first?.isUppercase == true, next.allSatisfy({ $0.isLetter || $0.isNumber }) else {
        index -= 1
        throw wrong("\(next) is no type")
      }
      return .named(String(next))
    }
  }
}
