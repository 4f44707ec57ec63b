import Publishing
import Terminal

/// An improvement that was staged, for people.
struct StagedView {
  let staged: Workspace.StagedImprovement

  /// The most files that are listed one by one.
  private static let listed = 8

  /// Where the second column begins, and how wide it is.
  private static let indent = 13
  private static let width = 100

  var lines: [String] {
    staged.summary.flatMap { row in
      let words = row.value.split(separator: " ").map(String.init)
      return Columns.filled(words, width: Self.width).enumerated().map { index, line in
        Columns.left(index == 0 ? row.name : "", Self.indent) + line
      }
    } + files
  }

  private var files: [String] {
    let largest = staged.files.sorted { ($1.payloadBytes, "\($0.path)") < ($0.payloadBytes, "\($1.path)") }
    var lines = largest.prefix(Self.listed).map { file in
      "  \(Columns.right(Figure.count(file.payloadBytes), 11)) of \(Columns.right(Figure.count(file.improvedBytes), 11))"
        + "  \(Columns.left(file.method, 6)) \(file.path)"
    }
    if largest.count > Self.listed { lines.append("  and \(largest.count - Self.listed) more files") }
    return lines
  }
}

extension Workspace.StagedImprovement {
  fileprivate var summary: [(name: String, value: String)] {
    let letters = baselineNames.joined(separator: ", ")
    var lines: [(name: String, value: String)] = [
      ("improvement", "\(stream), serial \(serial): \(letters)"),
      ("closes", advisoryNames.isEmpty ? "no advisory is named" : advisoryNames.joined(separator: ", ")),
      (
        "payloads",
        "\(Figure.count(payloadBytes)) bytes for \(files.count) files,"
          + " \(Figure.percent(payloadBytes, of: packageBytes)) of the .deb's \(Figure.count(packageBytes))"
      ),
      ("manifest", "SHA-256 \(manifestDigest)"),
    ]
    lines += signing.lines
    if let readAccount { lines.append(("read", readAccount)) }
    if omittedCount > 0 { lines.append(("left out", "\(omittedCount) changed files that no program loads")) }
    if !siblingNames.isEmpty { lines.append(("siblings", siblingNames.joined(separator: ", "))) }
    for version in droppedBaselines { lines.append(("no longer", "fits \(version), which the serial before did")) }
    if let note { lines.append(("note", note)) }
    return lines
  }
}
