import Foundation

/// The table of Package.swift, read from its text.
struct PackageTable {
  struct Module {
    let name: String
    let kind: String
    let row: Int
    let position: Int
    let uses: [String]
  }

  /// The rows' names, lowest first, as the comments of the table give them: the text before its first `:` or `.`.
  private(set) var rows: [String] = []
  private(set) var modules: [Module] = []
  /// The libraries that Package.swift offers to others.
  private(set) var offered: [String] = []

  init(_ text: String) {
    guard let start = text.range(of: "let table: [Module] = ["),
      let end = text.range(of: "\n]\n", range: start.upperBound..<text.endIndex)
    else { return }
    read(text[start.upperBound..<end.lowerBound])
    if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("let offered = [") }) {
      offered = Self.quoted(line)
    }
  }

  private mutating func read(_ table: Substring) {
    var entry = ""
    for line in table.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
      if line.hasPrefix("// ") {
        let name = line.dropFirst(3).prefix { $0 != ":" && $0 != "." }
        // A row's comment starts with a capital; the lines that continue it are not rows.
        if name.first?.isUppercase == true { rows.append(String(name)) }
        continue
      }
      entry += line
      guard entry.hasSuffix("),") else { continue }
      add(entry)
      entry = ""
    }
  }

  private mutating func add(_ entry: String) {
    let parts = entry.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = Self.quoted(parts[0]).first, parts.count == 2 else { return }
    let rest = parts[1].trimmingCharacters(in: .whitespaces)
    let kind = rest.drop { $0 == "." }.prefix { $0.isLetter }
    let list = rest.firstIndex(of: "[").map { rest[$0...] } ?? ""
    modules.append(
      Module(
        name: name, kind: String(kind), row: rows.count - 1, position: modules.count, uses: Self.quoted(list).sorted()))
  }

  private static func quoted(_ text: some StringProtocol) -> [String] {
    text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().compactMap { index, part in
      index % 2 == 1 ? String(part) : nil
    }
  }

  static let own = PackageTable(Repository.text("Package.swift") ?? "")

  func module(_ name: String) -> Module? { modules.first { $0.name == name } }

  /// The modules that stand in Sources.
  var products: [Module] { modules.filter { $0.kind != "tests" && $0.kind != "support" } }

  /// A module and everything of ours that stands below it.
  func closure(of name: String) -> Set<String> {
    var seen: Set<String> = []
    var waiting = [name]
    while let next = waiting.popLast() {
      guard let module = module(next), seen.insert(next).inserted else { continue }
      waiting += module.uses
    }
    return seen
  }
}
