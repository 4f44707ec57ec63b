internal import Basics
internal import CanonicalJSON

// The domain's values out of JSON members, with the manifest's one kind of error.
extension JSONFields {
  static func reading(_ json: JSON, at path: String) throws(ManifestError) -> JSONFields {
    do { return try JSONFields(json, at: path) } catch { throw .malformed("\(error)") }
  }

  func text(_ name: String) throws(ManifestError) -> String {
    do { return try string(name) } catch { throw .malformed("\(error)") }
  }

  func number(_ name: String, in range: ClosedRange<Int64>) throws(ManifestError) -> Int64 {
    do { return try integer(name, in: range) } catch { throw .malformed("\(error)") }
  }

  func flag(_ name: String) throws(ManifestError) -> Bool {
    do { return try bool(name) } catch { throw .malformed("\(error)") }
  }

  func member(_ name: String) throws(ManifestError) -> JSONFields {
    do { return try object(name) } catch { throw .malformed("\(error)") }
  }

  func time(_ name: String) throws(ManifestError) -> UTCTime {
    let written = try text(name)
    guard let time = UTCTime(written) else {
      throw .malformed("\(name) is no time such as 2026-11-23T20:54:00Z: \(JSON.quoted(written))")
    }
    return time
  }

  func digest(_ name: String) throws(ManifestError) -> Digest {
    let written = try text(name)
    guard let digest = Digest(written) else {
      throw .malformed("\(name) is no digest of 64 lower-case digits: \(JSON.quoted(written))")
    }
    return digest
  }

  func path(_ name: String) throws(ManifestError) -> RelativePath {
    let written = try text(name)
    guard let path = RelativePath(written) else {
      throw .malformed("\(name) is no path that stays beneath its root: \(JSON.quoted(written))")
    }
    return path
  }

  func version(_ name: String) throws(ManifestError) -> PackageVersion {
    let written = try text(name)
    guard let version = PackageVersion(written) else {
      throw .malformed("\(name) is no package version: \(JSON.quoted(written))")
    }
    return version
  }

  /// The elements of an array member that may be absent.
  private func elements(_ name: String, limit: Int) throws(ManifestError) -> [JSON] {
    guard let json = optionalJSON(name) else { return [] }
    guard let elements = json.array, elements.count <= limit else {
      throw .malformed("\(name) is no list of at most \(limit) entries")
    }
    return elements
  }

  func members(_ name: String, limit: Int) throws(ManifestError) -> [JSONFields] {
    try elements(name, limit: limit).map { element throws(ManifestError) in
      try JSONFields.reading(element, at: name)
    }
  }

  func texts(_ name: String, limit: Int) throws(ManifestError) -> [String] {
    try elements(name, limit: limit).map { element throws(ManifestError) in
      guard let text = element.string else { throw .malformed("\(name) holds something that is no text") }
      return text
    }
  }
}

extension Array {
  /// `map` with an initialiser that throws, without losing the type of what it throws.
  func parsed<T>(by transform: (Element) throws(ManifestError) -> T) throws(ManifestError) -> [T] {
    try map { element throws(ManifestError) in try transform(element) }
  }
}
