internal import Basics
internal import CanonicalJSON
package import Improvements

/// What a workspace publishes for, kept in `suture-publish.json`.
package struct WorkspaceConfiguration: Sendable, Hashable {
  /// Operating system and release, such as `debian-12`.
  package let release: String
  /// The architecture, such as `amd64`.
  package let architecture: String

  static let format: Int64 = 1

  /// A configuration whose parts can stand in the name of a stream.
  package init(release: String, architecture: String) throws(PublishingError) {
    for part in [release, architecture]
    where Stream(release: part, architecture: "any", component: "any") == nil || part.contains("*") {
      throw .badStreamPart(part)
    }
    self.release = release
    self.architecture = architecture
  }

  /// The stream of a component.
  package func stream(of component: String) throws(PublishingError) -> Stream {
    guard let stream = Stream(release: release, architecture: architecture, component: component) else {
      throw .badStreamPart(component)
    }
    return stream
  }

  init(parsing bytes: [UInt8], folder: String) throws(PublishingError) {
    let release: String
    let architecture: String
    do throws(JSONError) {
      let fields = try JSONFields(try JSON(parsing: bytes), at: "suture-publish.json")
      _ = try fields.integer("format", in: Self.format...Self.format)
      release = try fields.string("os")
      architecture = try fields.string("architecture")
    } catch {
      throw .badConfiguration(folder: folder, reason: "\(error)")
    }
    try self.init(release: release, architecture: architecture)
  }

  var bytes: [UInt8] {
    let json: JSON = [
      "format": .integer(Self.format), "os": .string(release), "architecture": .string(architecture),
    ]
    return Array((json.compactText + "\n").utf8)
  }
}
