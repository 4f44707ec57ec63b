internal import Basics
package import Improvements

/// What is known of a component's files by content, so that a copy of one can be told wherever it lies.
package struct KnownBuilds: Sendable {
  /// The stream that they belong to.
  package let stream: Stream
  /// Contents that have the weakness: those of listed baselines.
  let vulnerable: Set<Manifest.Content>
  /// Contents that have the fix.
  let improved: Set<Manifest.Content>
  private let fileNames: Set<Substring>
  private let libraryNames: Set<Substring>

  /// Gathers what some improvements of one stream say.
  package init(stream: Stream, manifests: [Manifest]) {
    let files = manifests.flatMap(\.baselines).flatMap(\.files)
    self.stream = stream
    improved = Set(files.map(\.improved))
    // What one serial makes another may list as a baseline; the fix of the newest decides.
    let newest = manifests.max { $0.serial < $1.serial }
    let fixed = Set(newest?.baselines.flatMap(\.files).map(\.improved) ?? [])
    vulnerable = Set(files.map(\.baseline)).subtracting(fixed)
    let names = files.compactMap { $0.path.description.split(separator: "/").last }
    fileNames = Set(names)
    libraryNames = Set(names.compactMap(Self.libraryName))
  }

  /// Whether a file may be a copy by its name: the same, or that of another build of the same shared library.
  func mayHaveCopy(named path: String) -> Bool {
    guard let name = path.split(separator: "/").last else { return false }
    return fileNames.contains(name) || Self.libraryName(name).map(libraryNames.contains) ?? false
  }

  /// Of the name of a shared library's file, what it is loaded by: `libexpat.so.1` of `libexpat.so.1.8.10`.
  ///
  /// The convention of ldconfig(8), and of Debian's policy, section 8.1.
  static func libraryName(_ name: Substring) -> Substring? {
    let mark: [Character] = [".", "s", "o", "."]
    var index = name.startIndex
    while index < name.endIndex {
      let rest = name[index...]
      if rest.starts(with: mark) {
        let version = rest.dropFirst(mark.count)
        guard version.first?.isASCII == true, version.first?.isNumber == true else { return nil }
        return name[..<(version.firstIndex(of: ".") ?? name.endIndex)]
      }
      index = name.index(after: index)
    }
    return nil
  }
}
