import Foundation
import Testing

/// The files of this clone, as the rules read them.
enum Repository {
  /// The folder that holds Package.swift.
  static let root: URL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Folders that hold no work of ours, wherever they stand: what builds leave behind, and what tools keep.
  private static func isForeign(_ name: String) -> Bool {
    name == ".git" || name == ".swiftpm" || name == "__pycache__" || name.hasPrefix(".build")
  }

  /// Every file beneath a folder of the clone, as paths relative to the root, sorted.
  static func files(under folder: String = "") -> [String] {
    var found: [String] = []
    var waiting = [folder]
    while let folder = waiting.popLast() {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
      for name in names where !isForeign(name) {
        let path = folder.isEmpty ? name : "\(folder)/\(name)"
        if isFolder(path) { waiting.append(path) } else { found.append(path) }
      }
    }
    return found.sorted()
  }

  /// Whether a path names a folder that is not a link to one.
  static func isFolder(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: root.appending(path: path).path)
    return attributes?[.type] as? FileAttributeType == .typeDirectory
  }

  /// The folders that stand directly in one.
  static func folders(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
    return names.filter { !isForeign($0) && isFolder("\(folder)/\($0)") }.sorted()
  }

  /// Whether anything stands at a path.
  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// A file's text; nil where it is not text.
  static func text(_ path: String) -> String? {
    guard let data = try? Data(contentsOf: root.appending(path: path)) else { return nil }
    return String(data: data, encoding: .utf8)
  }

  /// The text files beneath a folder whose names end in one of the endings (all of them where none is given).
  static func texts(under folder: String = "", endings: [String] = []) -> [TextFile] {
    files(under: folder).compactMap { path in
      guard endings.isEmpty || endings.contains(where: path.hasSuffix), let text = text(path) else { return nil }
      return TextFile(path: path, text: text)
    }
  }
}

/// A file of text and where it stands.
struct TextFile: Sendable {
  let path: String
  let text: String

  /// The lines, without their ends.
  var lines: [Substring] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
  }

  /// The module that the file belongs to: the folder below Sources.
  var module: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : ""
  }

  /// The file's own name.
  var name: String { String(path.split(separator: "/").last ?? "") }
}

/// One breach of one rule, in words that say what to do instead.
struct Finding: CustomStringConvertible, Equatable {
  let path: String
  let line: Int?
  let sentence: String

  init(_ path: String, line: Int? = nil, _ sentence: String) {
    self.path = path
    self.line = line
    self.sentence = sentence
  }

  var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(sentence)" }
}

/// Fails the test that calls it where there are findings, with all of them, one a line.
func expectNone(_ findings: [Finding], at place: SourceLocation = #_sourceLocation) {
  guard !findings.isEmpty else { return }
  Issue.record("\(findings.map(\.description).joined(separator: "\n"))", sourceLocation: place)
}
