/// Why a manifest was refused.
package enum ManifestError: Error, Hashable, CustomStringConvertible {
  /// The text is no manifest that this form of Suture understands.
  case malformed(String)
  /// The manifest's format number is not one that this form of Suture reads.
  case unknownFormat(Int64)

  /// One sentence.
  package var description: String {
    switch self {
    case .malformed(let what): "the manifest is refused: \(what)"
    case .unknownFormat(let number):
      "the manifest has format \(number), and this version of Suture reads format \(Manifest.format); update Suture"
    }
  }
}
