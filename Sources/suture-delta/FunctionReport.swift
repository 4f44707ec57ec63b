import CanonicalJSON
import ELFImage
import Terminal

/// The functions that differ between two builds of an image, for reviewers and for programs.
struct FunctionReport {
  let name: String
  let comparison: FunctionComparison

  /// Compares two builds of an image.
  init(name: String, old: [UInt8], new: [UInt8]) throws(ELFError) {
    self.name = name
    comparison = try FunctionComparison(old: old.span, new: new.span)
  }

  private func changes(_ kind: FunctionComparison.Kind) -> [FunctionComparison.Change] {
    comparison.changes.filter { $0.kind == kind }
  }

  // MARK: For people

  private static let headings: [FunctionComparison.Kind: String] = [
    .changed: "changed: the code differs",
    .redirected: "redirected: the code is the same and uses something else",
    .appeared: "appeared: the old image has nothing like it",
    .vanished: "vanished: the new image has nothing like it",
    .outside: "outside: code of no function that the old image has nowhere",
  ]
  /// How many redirections of one function are told of.
  private static let redirectionLimit = 8
  /// The widest column of names.
  private static let nameWidth = 48

  func show(limit: Int, _ console: Console) {
    let (before, after) = (comparison.oldFunctions.count, comparison.newFunctions.count)
    console.line(console.styled(name, .bold))
    let counts = FunctionComparison.Kind.allCases.compactMap { kind -> String? in
      let count = changes(kind).count
      return count > 0 ? "\(Figure.count(count)) \(kind == .outside ? "outside any function" : kind.rawValue)" : nil
    }
    console.line(
      "  \(Figure.count(after)) functions, before \(Figure.count(before)): "
        + (counts.isEmpty ? "all the same" : counts.joined(separator: ", ")))
    for kind in FunctionComparison.Kind.allCases {
      let changes = changes(kind)
      guard !changes.isEmpty else { continue }
      console.line()
      console.line("  " + console.styled(Self.headings[kind] ?? kind.rawValue, .bold))
      let shown = changes.prefix(limit)
      let width = min(Self.nameWidth, shown.map { Self.label($0).count }.max() ?? 0)
      for change in shown { show(change, width, console) }
      if changes.count > limit {
        console.line("    and \(Figure.count(changes.count - limit)) more; --limit shows more, --json all")
      }
    }
    console.line()
  }

  private static func label(_ change: FunctionComparison.Change) -> String {
    (change.new ?? change.old)?.label ?? "?"
  }

  private func show(_ change: FunctionComparison.Change, _ width: Int, _ console: Console) {
    let label = Columns.left(Self.label(change), width)
    let size = Columns.right(Self.size(change), 24)
    console.line("    \(label)  \(size)\(Self.edit(change.edit).map { "  \($0)" } ?? "")")
    for redirection in change.redirections.prefix(Self.redirectionLimit) {
      console.line(
        console.styled(
          "      +0x\(String(redirection.offset, radix: 16)): \(redirection.oldMeaning) -> \(redirection.newMeaning)",
          .dim))
    }
    let more = change.redirections.count - Self.redirectionLimit
    if more > 0 { console.line(console.styled("      and \(Figure.count(more)) more", .dim)) }
  }

  private static func size(_ change: FunctionComparison.Change) -> String {
    guard let old = change.old?.fileRange.count, let new = change.new?.fileRange.count, old != new else {
      return "\(Figure.count((change.new ?? change.old)?.fileRange.count ?? 0)) bytes"
    }
    return "\(Figure.count(old)) -> \(Figure.count(new)) bytes"
  }

  private static func edit(_ edit: FunctionComparison.Edit?) -> String? {
    guard let edit else { return nil }
    let place = "at +0x\(String(edit.offset, radix: 16))"
    switch (edit.oldLength, edit.newLength) {
    case (0, 0): return "the same bytes, other references among them"
    case (0, let new): return "\(Figure.count(new)) inserted \(place)"
    case (let old, 0): return "\(Figure.count(old)) taken out \(place)"
    case (let old, let new) where old == new: return "within \(Figure.count(new)) \(place)"
    case (let old, let new): return "\(Figure.count(old)) became \(Figure.count(new)) \(place)"
    }
  }

  // MARK: For programs

  var json: JSON {
    let counts = FunctionComparison.Kind.allCases.map { ($0.rawValue, JSON.integer(Int64(changes($0).count))) }
    return [
      "image": .string(name), "oldFunctions": .integer(Int64(comparison.oldFunctions.count)),
      "newFunctions": .integer(Int64(comparison.newFunctions.count)),
      "counts": .object(Dictionary(uniqueKeysWithValues: counts)),
      "changes": .array(comparison.changes.map(Self.json)),
    ]
  }

  private static func json(_ change: FunctionComparison.Change) -> JSON {
    var members: [String: JSON] = ["kind": .string(change.kind.rawValue)]
    members["old"] = change.old.map(json)
    members["new"] = change.new.map(json)
    members["edit"] = change.edit.map { edit in
      [
        "offset": .integer(Int64(edit.offset)), "oldLength": .integer(Int64(edit.oldLength)),
        "newLength": .integer(Int64(edit.newLength)),
      ]
    }
    if !change.redirections.isEmpty {
      members["redirections"] = .array(
        change.redirections.map { redirection in
          [
            "offset": .integer(Int64(redirection.offset)), "oldTarget": address(redirection.oldTarget),
            "newTarget": address(redirection.newTarget), "old": .string(redirection.oldMeaning.description),
            "new": .string(redirection.newMeaning.description),
          ]
        })
    }
    return .object(members)
  }

  private static func json(_ function: ELFFunction) -> JSON {
    var members: [String: JSON] = [
      "address": address(function.address), "fileOffset": .integer(Int64(function.fileRange.lowerBound)),
      "size": .integer(Int64(function.fileRange.count)),
    ]
    members["name"] = function.name.map(JSON.string)
    return .object(members)
  }

  // An address above 2^63 is none of a program; it would not fit.
  private static func address(_ address: UInt64) -> JSON { .integer(Int64(clamping: address)) }
}
