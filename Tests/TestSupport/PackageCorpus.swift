internal import Glibc
internal import Linux

/// Real packages in pairs of an old and a fixed build, where this machine has them.
///
/// `SUTURE_CORPUS` names the folder, else it is `../shared/corpus` beside the clone. Its `pairs.tsv` lists one ELF file of
/// a pair a row.
package struct PackageCorpus: Sendable {
  /// One pair of packages.
  package struct Pair: Sendable, Hashable, CustomStringConvertible {
    /// The package's name.
    package let package: String
    /// The old build.
    package let old: String
    /// The fixed build.
    package let new: String
    /// The old build's version.
    package let oldVersion: String
    /// The fixed build's version.
    package let newVersion: String

    /// The package's name.
    package var description: String { package }
  }

  /// The folder of the packages.
  package let folder: String
  /// Every package pair once, in the list's order.
  package let pairs: [Pair]

  /// The corpus of this machine; nil where there is none.
  package static let present = PackageCorpus()

  /// Why a test that needs the corpus cannot run.
  package static let absence = "no corpus of packages; name its folder in SUTURE_CORPUS"

  /// Whether a test may ask the Debian archive: this machine has apt, and `SUTURE_ARCHIVE=off` does not forbid it.
  ///
  /// Whether the archive answers shows only then.
  package static var hasApt: Bool {
    unsafe access("/usr/bin/apt-get", X_OK) == 0 && variable("SUTURE_ARCHIVE") != "off"
  }

  /// Why a test that needs apt cannot run.
  package static let aptAbsence = "no apt on this machine, or SUTURE_ARCHIVE=off"

  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).flatMap { unsafe String(validatingCString: $0) }
  }

  private init?() {
    let named = Self.variable("SUTURE_CORPUS")
    let folder = named ?? #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/../shared/corpus"
    guard let directory = try? Directory(path: folder), let list = try? path("pairs.tsv"),
      let bytes = try? directory.read(list, limit: 1 << 20)
    else { return nil }
    self.folder = folder
    var pairs: [Pair] = []
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
      let cells = line.split(separator: "\t").map(String.init)
      guard cells.count >= 4 else { continue }
      func file(_ version: String) -> String {
        "\(folder)/\(cells[1])_\(version.replacing(":", with: "%3a"))_amd64.deb"
      }
      let pair = Pair(
        package: cells[1], old: file(cells[2]), new: file(cells[3]), oldVersion: cells[2], newVersion: cells[3])
      if !pairs.contains(pair) { pairs.append(pair) }
    }
    self.pairs = pairs
  }

  /// The pair of one package.
  package func pair(_ package: String) -> Pair? { pairs.first { $0.package == package } }
}
