internal import Basics
internal import CanonicalJSON
package import Improvements
package import Linux

/// Keeps the device id, and makes it anew for another machine (docs/formats/rollout.md, "The device id").
package struct DeviceIdentity: Sendable {
  private static let format: Int64 = 1
  /// The longest file of either kind, in bytes.
  private static let byteLimit = 4_096

  private let state: Directory
  private let root: Directory

  /// Keeps a device id in one place for the machine of another.
  ///
  /// - Parameters:
  ///   - state: where the id is kept.
  ///   - root: the root of the file system whose machine it is for.
  package init(state: Directory, root: Directory) {
    self.state = state
    self.root = root
  }

  /// The device id, which is on the disk when this returns.
  ///
  /// Made anew where there is none, where it cannot be read, and where it was made for another machine: an image that is
  /// cloned brings the id of the machine that it was taken from.
  package func id() throws -> DeviceID {
    let machine = try machine()
    if let kept = try kept(), kept.machine == machine { return kept.id }
    var random = SystemRandomNumberGenerator()
    let id = DeviceID(using: &random)
    var members: [String: JSON] = ["format": .integer(Self.format), "id": .string(id.description)]
    members["machine"] = machine.map { .string($0.hex) }
    try state.write(Array((JSON.object(members).compactText + "\n").utf8), to: try Self.file("device-id"), mode: 0o600)
    return id
  }

  private func kept() throws -> (id: DeviceID, machine: Digest?)? {
    guard let bytes = try read("device-id", in: state),
      let json = try? JSON(parsing: bytes), json["format"] == .integer(Self.format),
      let id = json["id"]?.string.flatMap({ DeviceID($0) })
    else { return nil }
    guard let machine = json["machine"] else { return (id, nil) }
    guard let digest = machine.string.flatMap({ Digest($0) }) else { return nil }
    return (id, digest)
  }

  // machine-id(5) is not to be shown: what is kept is a digest of it for this one purpose.
  private func machine() throws -> Digest? {
    guard let bytes = try read("etc/machine-id", in: root) else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    guard !line.isEmpty, !line.elementsEqual("uninitialized".utf8) else { return nil }
    return Digest(of: Array("suture device id".utf8) + [0] + line)
  }

  // Something else than a short file is as good as none.
  private func read(_ name: String, in directory: Directory) throws -> [UInt8]? {
    let path = try Self.file(name)
    guard let status = try directory.status(path), status.kind == .file, status.size <= Self.byteLimit else {
      return nil
    }
    return try directory.readIfPresent(path, limit: Self.byteLimit)
  }

  private static func file(_ name: String) throws -> RelativePath {
    guard let path = RelativePath(name) else { throw DeviceError.badSetting("\(name) is no path") }
    return path
  }
}
