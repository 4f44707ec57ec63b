internal import CanonicalJSON

/// What of a component's improvement is read by programs and not mapped, so that no kernel's table tells who has which content.
package struct ReadReport: Sendable, Hashable {
  /// How many of its files.
  package let files: Int
  /// The services that keep what they read, by its publisher's word; nil where it does not say, and who has which content is
  /// *unknown*.
  package let readers: [String]?

  /// Describes what is read.
  package init(files: Int, readers: [String]?) {
    self.files = files
    self.readers = readers
  }

  /// One clause for people.
  package var account: String {
    let count = files == 1 ? "1 file that is not mapped" : "\(files) files that are not mapped"
    guard let readers else { return "\(count); by which services is not declared" }
    return readers.isEmpty
      ? "\(count); no service keeps what it read" : "\(count), by \(readers.joined(separator: ", "))"
  }

  var json: JSON {
    ["files": .integer(Int64(files)), "readers": readers.map { .array($0.map { .string($0) }) } ?? .null]
  }

  init?(optional json: JSON?) throws(ManifestError) {
    guard let json, json != .null else { return nil }
    let fields = try JSONFields.reading(json, at: "read")
    let isTold = fields.optionalJSON("readers").map { $0 != .null } ?? false
    self.init(
      files: Int(try fields.number("files", in: 1...Int64(Manifest.fileLimit))),
      readers: isTold ? try fields.texts("readers", limit: Manifest.readerLimit) : nil)
  }
}
