/// How much of a package is read before it is refused; the defaults take every package of Debian 12.
package struct DebLimits: Sendable, Hashable {
  /// Entries of the data archive.
  package var entries = 200_000
  /// Bytes of one member, unpacked.
  package var memberBytes = 1 << 30
  /// Bytes of all members together, unpacked.
  package var totalBytes = 4 << 30
  /// Entries of the control archive.
  package var controlEntries = 64
  /// Bytes of one control member, unpacked (the largest in Debian 12 is a list of checksums of 3 MB).
  package var controlBytes = 8 << 20
  /// Bytes of one compressed archive inside the package.
  package var compressedBytes = 1 << 30
  /// Bytes of a changelog, unpacked.
  package var changelogBytes = 16 << 20

  /// The limits as documented at each field.
  package static let standard = DebLimits()
}
