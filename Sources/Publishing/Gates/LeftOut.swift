internal import Basics

/// What an improvement leaves out: files that no program loads and whose age harms nobody.
enum LeftOut {
  /// The folders, with what their files are.
  static let folders: [(folder: [String], what: String)] = [
    (["usr", "share", "doc"], "documentation"), (["usr", "share", "doc-base"], "documentation"),
    (["usr", "share", "info"], "documentation"), (["usr", "share", "man"], "manual page"),
    (["usr", "share", "locale"], "translation"), (["usr", "share", "lintian"], "packaging note"),
    (["usr", "share", "bug"], "packaging note"),
  ]

  /// Why a path is left out; nil where it is not.
  static func reason(_ path: RelativePath) -> String? {
    folders.first { path.components.starts(with: $0.folder) }?.what
  }
}
