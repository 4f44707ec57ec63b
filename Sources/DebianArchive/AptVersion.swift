/// One version of a package that apt can fetch, and from where.
package struct AptVersion: Sendable, Equatable {
  /// The package.
  package let package: String
  /// The version.
  package let version: DebianVersion
  /// Where it lies, as apt tells it: `http://deb.debian.org/debian-security bookworm-security/main amd64`.
  package let origins: [String]

  /// Parses what `apt-cache madison` prints: `package | version | where Packages`, newest version first by package.
  ///
  /// Lines of sources, and lines of a version that cannot be read, are passed over.
  static func parse(madison text: String) -> [String: [AptVersion]] {
    var found: [String: [(DebianVersion, [String])]] = [:]
    for line in text.split(separator: "\n") {
      let cells = line.split(separator: "|").map { cell in
        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      guard cells.count == 3, PackageName.isValid(cells[0]), cells[2].hasSuffix(" Packages"),
        let version = try? DebianVersion(cells[1])
      else { continue }
      let origin = String(cells[2].dropLast(" Packages".count))
      var versions = found[cells[0]] ?? []
      if let index = versions.firstIndex(where: { $0.0.text == version.text }) {
        versions[index].1.append(origin)
      } else {
        versions.append((version, [origin]))
      }
      found[cells[0]] = versions
    }
    return found.reduce(into: [:]) { result, entry in
      result[entry.key] = entry.value.map { AptVersion(package: entry.key, version: $0.0, origins: $0.1) }
        .sorted { $0.version > $1.version }
    }
  }
}

/// A package that apt offers in two versions: a fix, and what it fixes.
package struct AptPair: Sendable, Equatable {
  /// The version to start from.
  package let from: AptVersion
  /// The newest version.
  package let to: AptVersion
  /// Bytes of the newer package's file.
  package let size: Int

  /// The package.
  package var package: String { to.package }
}
