/// Why a manifest was refused.
package enum ManifestError: Error, Hashable, CustomStringConvertible {
  /// The text is no manifest that this form of Suture understands.
  case malformed(String)
  /// The manifest's format number is not one that this form of Suture reads.
  case unknownFormat(Int64)

  /// One sentence.
  package var description: String {
    switch self {
    // What it says is repeated on terminals and in the history: no control characters of its own.
    case .malformed(let what):
      "the manifest is refused: "
        + String(what.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "?" : $0 })
    case .unknownFormat(let number):
      "the manifest has format \(number), and this version of Suture reads format \(Manifest.format); update Suture"
    }
  }
}
