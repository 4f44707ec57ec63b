/// The package lists of an archive (`Packages`): tens of megabytes, so only what is asked for is looked at.
enum PackageList {
  /// The sizes of the packages of a section (`libs`, also as `contrib/libs`), by name; the largest version's size.
  static func sizes(in text: String, section: String) -> [String: Int] {
    var found: [String: Int] = [:]
    var name: Substring?
    var isInSection = false
    var size: Int?
    func finish() {
      if let name, isInSection, let size { found[String(name)] = max(size, found[String(name)] ?? 0) }
    }
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      switch line.first {
      case nil:
        finish()
        (name, isInSection, size) = (nil, false, nil)
      case UInt8(ascii: "P"), UInt8(ascii: "S"):
        let line = Substring(line)
        if line.hasPrefix("Package: ") {
          name = line.dropFirst("Package: ".count)
        } else if line.hasPrefix("Section: ") {
          isInSection = line.dropFirst("Section: ".count).split(separator: "/").last.map { $0 == section } ?? false
        } else if line.hasPrefix("Size: ") {
          size = Int(line.dropFirst("Size: ".count))
        }
      default: continue
      }
    }
    finish()
    return found
  }
}
