internal import Basics

extension DebPackage {
  /// The changelog that the package carries; nil where it carries none (its documentation is a link to another package's).
  package func changelog() throws(DebianError) -> Changelog? {
    let folder = ["usr", "share", "doc", name]
    for leaf in ["changelog.Debian.gz", "changelog.gz"] {
      guard let path = RelativePath((folder + [leaf]).joined(separator: "/")), membersByPath[path]?.digest != nil
      else { continue }
      let packed = try content(of: path)
      return try Changelog(parsing: try Self.gunzip(packed, file: file, limit: limits.changelogBytes))
    }
    return nil
  }

  private static func gunzip(_ packed: [UInt8], file: String, limit: Int) throws(DebianError) -> [UInt8] {
    do throws(LibArchive.Failure) {
      var archive = try LibArchive.open(bytes: packed, format: .gzip)
      guard try archive.next() != nil else { return [] }
      guard let bytes = try archive.bytes(limit: limit) else {
        throw LibArchive.Failure(reason: "it is longer than \(limit) bytes")
      }
      return bytes
    } catch {
      throw .badChangelog(reason: error.reason)
    }
  }
}
