import Basics
import Linux
import TestSupport

/// What stands beneath a folder at one moment.
struct DiskImage: Sendable, Hashable {
  /// Bytes with their digest, by which they are compared.
  struct Content: Sendable, Hashable {
    let bytes: [UInt8]
    let digest: Digest

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      digest = Digest(of: bytes)
    }

    static func == (left: Content, right: Content) -> Bool { left.digest == right.digest }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
  }

  enum Entry: Sendable, Hashable {
    case directory(mode: UInt32)
    case file(Content, mode: UInt32)
    case link(target: String)
  }

  /// By path beneath the folder.
  var entries: [String: Entry]

  /// The entries beneath a folder of the image, by their paths beneath it.
  func beneath(_ folder: String) -> DiskImage {
    var found: [String: Entry] = [:]
    for (path, entry) in entries where path.hasPrefix(folder + "/") {
      found[String(path.dropFirst(folder.count + 1))] = entry
    }
    return DiskImage(entries: found)
  }

  /// The bytes of a file; nil where there is none.
  func bytes(_ path: String) -> [UInt8]? {
    guard case .file(let content, _) = entries[path] else { return nil }
    return content.bytes
  }
}

extension DiskImage {
  /// The image without what is not on the disk: `/run` and SQLite's shared memory live in memory only, and the services'
  /// own outputs are not the device's.
  static func isOnDisk(_ path: String) -> Bool {
    !(path == "run" || path.hasPrefix("run/") || path == "var/log" || path.hasPrefix("var/log/")
      || path.hasSuffix("-shm"))
  }

  /// Reads what stands beneath a folder.
  init(of folder: Directory) throws {
    var entries: [String: Entry] = [:]
    func collect(_ prefix: String) throws {
      for name in try folder.names(in: prefix.isEmpty ? nil : path(prefix)) {
        let place = prefix.isEmpty ? name : "\(prefix)/\(name)"
        guard Self.isOnDisk(place), let status = try folder.statusOfLink(path(place)) else { continue }
        switch status.kind {
        case .directory:
          entries[place] = .directory(mode: status.mode)
          try collect(place)
        case .file: entries[place] = .file(Content(try folder.read(path(place), limit: 1 << 26)), mode: status.mode)
        case .symbolicLink: entries[place] = .link(target: try folder.linkTarget(path(place)))
        case .other: continue
        }
      }
    }
    try collect("")
    self.init(entries: entries)
  }

  /// Makes a folder hold exactly this.
  func materialise(in folder: Directory) throws {
    for name in try folder.names() { try folder.removeTree(path(name)) }
    for (place, entry) in entries.sorted(by: { $0.key < $1.key }) {
      switch entry {
      case .directory(let mode): _ = try folder.creatingDirectory(path(place), mode: mode)
      case .file(let content, let mode): try folder.write(content.bytes, to: path(place), mode: mode)
      case .link(let target): try folder.link(to: target, at: path(place))
      }
    }
  }
}
