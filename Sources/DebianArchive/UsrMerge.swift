package import Basics

/// The merged /usr that Debian 12 has everywhere: what packages still ship beneath `/lib` is installed beneath `/usr/lib`.
package enum UsrMerge {
  /// The folders at the root that are links into `usr`.
  package static let aliases: Set<String> = ["bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"]

  /// The path where the file really lies.
  package static func apply(to path: RelativePath) -> RelativePath {
    guard let first = path.components.first, aliases.contains(first) else { return path }
    return RelativePath("usr/\(path)") ?? path
  }
}
