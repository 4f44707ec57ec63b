extension JSON {
  /// A foreign text made fit for one sentence on a terminal or in a log: quoted, escaped, and not longer than a line.
  ///
  /// Whatever does not show, or moves what does (control and format characters, line separators, what has no meaning
  /// yet), stands as its number; after `limit` scalars, however they combine, stands an ellipsis.
  public static func quoted(_ text: String, limit: Int = 80) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(limit) {
      switch scalar {
      case "\"", "\\":
        shown += "\\"
        shown.unicodeScalars.append(scalar)
      case _ where isHidden(scalar):
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      default:
        shown.unicodeScalars.append(scalar)
      }
    }
    return "\"" + shown + (text.unicodeScalars.count > limit ? "…" : "") + "\""
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
    default: false
    }
  }
}
