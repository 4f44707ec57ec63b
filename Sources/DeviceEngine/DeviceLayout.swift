internal import Basics
package import Linux

/// Where a device keeps what: the real machine's places, or the same beneath a folder.
package struct DeviceLayout: Sendable {
  /// The root of the file system whose files are improved; symbolic links are resolved within it.
  package let root: Directory
  /// `/etc/suture`.
  package let configuration: Directory
  /// `/var/lib/suture/metadata`.
  package let metadata: Directory
  /// `/var/lib/suture/store`.
  package let store: Directory
  /// `/var/lib/suture/farm`.
  package let farm: Directory
  /// `/var/lib/suture/spool`.
  package let spool: Directory
  /// `/var/lib/suture`, for the journal.
  package let state: Directory
  /// `/run/suture`.
  package let runtime: Directory
  /// `/var/log/suture`.
  package let logs: Directory

  /// Whether it is the machine's own device: over its own files, and at home in its own places.
  package var isOfMachine: Bool { root.path == "/" && runtime.path == "/run/suture" }

  /// The name of the control socket beneath the runtime directory.
  package static let socketName = "io.suture.Device"

  /// Opens the places of a device, creating those that it fills itself.
  ///
  /// - Parameters:
  ///   - path: the root of the file system whose files are improved, an absolute path.
  ///   - home: the folder beneath which the device's own places lie; the root where nil.
  package init(root path: String, home: String? = nil) throws {
    root = try Directory(path: path, links: .withinRoot)
    let home = home ?? path
    let prefix = home == "/" ? "" : home
    configuration = try Directory.creating(path: "\(prefix)/etc/suture")
    state = try Directory.creating(path: "\(prefix)/var/lib/suture", mode: 0o755)
    func place(_ name: String, mode: UInt32) throws -> Directory {
      try Directory.creating(path: "\(prefix)/var/lib/suture/\(name)", mode: mode)
    }
    metadata = try place("metadata", mode: 0o755)
    store = try place("store", mode: 0o755)
    farm = try place("farm", mode: 0o755)
    spool = try place("spool", mode: 0o700)
    runtime = try Directory.creating(path: "\(prefix)/run/suture")
    logs = try Directory.creating(path: "\(prefix)/var/log/suture")
  }

  /// Removes what writes that a crash cut off left in the places that the device itself fills.
  ///
  /// To be called once, by the one daemon, before anything is written.
  package func clearLeftovers() throws {
    for place in [state, metadata, store, farm, spool, runtime] { try place.clearLeftovers() }
    for name in try spool.names() {
      guard let folder = RelativePath(name), try spool.statusOfLink(folder)?.kind == .directory else { continue }
      try spool.directory(folder).clearLeftovers()
    }
    // Of the settings the device writes the owner's switch.
    guard let owner = RelativePath(Self.ownerFile)?.parent, try configuration.status(owner)?.kind == .directory else {
      return
    }
    try configuration.directory(owner).clearLeftovers()
  }

  /// The pinned root of trust.
  package func pinnedRoot() throws -> [UInt8] {
    guard let path = RelativePath("trust/root.json"),
      let bytes = try configuration.readIfPresent(path, limit: 1 << 19)
    else { throw DeviceError.noTrustedRoot("\(configuration.path)/trust/root.json") }
    return bytes
  }

  /// The names of configuration files with a suffix in a folder of the configuration, in order.
  package func names(in folder: String, suffix: String) throws -> [String] {
    guard let path = RelativePath(folder), try configuration.status(path) != nil else { return [] }
    return try configuration.names(in: path).filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
  }

  /// Reads one configuration file.
  package func file(_ name: String) throws -> ConfigurationFile {
    guard let path = RelativePath(name) else { throw DeviceError.badSetting("\(name) is no file name") }
    let bytes = try configuration.read(path, limit: ConfigurationFile.byteLimit)
    return try ConfigurationFile(parsing: bytes, name: name)
  }
}
