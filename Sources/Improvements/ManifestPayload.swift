/// A payload of a baseline, and which files it rebuilds.
package struct ManifestPayload: Sendable, Hashable {
  /// What travels.
  package let payload: Manifest.Content
  /// Its parts, in the payload's order; copies of a file in several places are one part.
  package private(set) var parts: [Part]

  /// Files with the same baseline content and the same improved content.
  package struct Part: Sendable, Hashable {
    /// The content that the baseline ships.
    package let baseline: Manifest.Content
    /// The content that the improvement makes of it.
    package let improved: Manifest.Content
    /// The files, at least one.
    package fileprivate(set) var files: [Manifest.File]
  }

  /// How many bytes all parts make together.
  package var improvedLength: Int { parts.reduce(0) { $0 + $1.improved.length } }

  fileprivate init(_ payload: Manifest.Content) {
    self.payload = payload
    parts = []
  }

  fileprivate mutating func add(_ file: Manifest.File) {
    if let index = parts.firstIndex(where: { $0.baseline == file.baseline && $0.improved == file.improved }) {
      parts[index].files.append(file)
    } else {
      parts.append(Part(baseline: file.baseline, improved: file.improved, files: [file]))
    }
  }
}

extension Manifest.Baseline {
  /// The payloads, in the order in which the files name them first.
  package var payloads: [ManifestPayload] {
    var found: [ManifestPayload] = []
    var places: [Manifest.Content: Int] = [:]
    for file in files {
      let place = places[file.payload] ?? found.count
      if place == found.count { found.append(ManifestPayload(file.payload)) }
      places[file.payload] = place
      found[place].add(file)
    }
    return found
  }
}
