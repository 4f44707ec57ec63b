internal import Basics

/// One component on one operating-system release and architecture, written `debian-12/amd64/libexpat1`.
package struct Stream: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The longest part, in bytes.
  package static let partByteLimit = 128

  /// Operating system and release, such as `debian-12`.
  package let release: String
  /// The architecture by the distribution's name, such as `amd64`.
  package let architecture: String
  /// The component, such as `libexpat1`.
  package let component: String

  /// Takes three parts, each of lower-case letters, digits, `+`, `-`, `.` and `_`, beginning with a letter or digit.
  package init?(release: String, architecture: String, component: String) {
    guard [release, architecture, component].allSatisfy(Self.isPart) else { return nil }
    self.release = release
    self.architecture = architecture
    self.component = component
  }

  /// Parses `release/architecture/component`.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { return nil }
    self.init(release: parts[0], architecture: parts[1], component: parts[2])
  }

  /// The stream and serial that a manifest's target path names: `debian-12/amd64/libexpat1/3.json`.
  package static func named(byManifestPath path: String) -> (stream: Stream, serial: Serial)? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[3].hasSuffix(".json"),
      let stream = Stream(release: parts[0], architecture: parts[1], component: parts[2]),
      let serial = Serial(String(parts[3].dropLast(5)))
    else { return nil }
    return (stream, serial)
  }

  /// The target path of the manifest of one of this stream's improvements.
  package func manifestPath(_ serial: Serial) -> String { "\(self)/\(serial).json" }

  /// The three parts joined by slashes.
  package var description: String { "\(release)/\(architecture)/\(component)" }

  /// Orders streams by release, architecture, component.
  package static func < (left: Stream, right: Stream) -> Bool {
    (left.release, left.architecture, left.component) < (right.release, right.architecture, right.component)
  }

  private static func isPart(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    guard let first = text.utf8.first, isPlain(first), text.utf8.count <= partByteLimit else { return false }
    return text.utf8.allSatisfy { isPlain($0) || "+-._".utf8.contains($0) }
  }
}
