package import Values

/// The mounts of a namespace, read from /proc/PID/mountinfo (proc_pid_mountinfo(5)).
package struct MountTable: Sendable, Hashable {
  /// One mount.
  package struct Entry: Sendable, Hashable {
    /// The mount's number, good while it lives.
    package let id: UInt64
    /// The number of the mount that it is attached to.
    package let parent: UInt64
    /// The file system's device, major and minor number.
    package let device: [UInt32]
    /// The path within the file system of what is mounted; ends in `//deleted` where that was removed.
    package let root: String
    /// Where it is attached, as the process sees it.
    package let point: String
    /// The mounts that receive what is attached to one another share a number; nil for a mount on its own.
    package let peerGroup: UInt64?
    /// The options of this mount, such as `ro` and `nosuid`.
    package let options: Set<String>
  }

  /// All mounts, in the kernel's order.
  package let entries: [Entry]
  private let covered: Set<UInt64>

  /// Reads a table; lines that are not in the documented form or not UTF-8 are passed over.
  package init(parsing bytes: [UInt8]) {
    entries = bytes.split(separator: UInt8(ascii: "\n")).compactMap(Self.entry)
    let points = Dictionary(entries.map { ($0.id, $0.point) }, uniquingKeysWith: { first, _ in first })
    covered = Set(entries.filter { points[$0.parent] == $0.point }.map(\.parent))
  }

  /// The mount with a number.
  package func entry(_ id: UInt64) -> Entry? { entries.first { $0.id == id } }

  /// Whether another mount stands on top of a mount, at the same place.
  package func isCovered(_ entry: Entry) -> Bool { covered.contains(entry.id) }

  /// A file of some directory that is mounted over another file.
  package struct FileMount: Sendable, Hashable {
    /// The mount.
    package let entry: Entry
    /// The file's name in its directory.
    package let name: String
    /// Whether the directory has the file no more.
    package let isRemoved: Bool
    /// Where it stands, beneath the root that was asked for.
    package let path: RelativePath
  }

  /// Which files of a directory are mounted over files beneath `root`, those that are covered left out; the shortest
  /// path first.
  ///
  /// Where a tree shows at several places, a mount in it appears once for each; such copies share a peer group.
  package func fileMounts(of directory: (device: [UInt32], path: String), beneath root: String) -> [FileMount] {
    let prefix = directory.path == "/" ? "/" : directory.path + "/"
    let beneath = root == "/" ? "/" : root + "/"
    let removed = "//deleted"
    let found = entries.compactMap { entry -> FileMount? in
      guard entry.device == directory.device, entry.root.hasPrefix(prefix), entry.point.hasPrefix(beneath),
        !isCovered(entry), let path = RelativePath(entry.point.dropFirst(beneath.count))
      else { return nil }
      let isRemoved = entry.root.hasSuffix(removed)
      let name = entry.root.dropFirst(prefix.count).dropLast(isRemoved ? removed.count : 0)
      guard RelativePath.isComponent(name) else { return nil }
      return FileMount(entry: entry, name: String(name), isRemoved: isRemoved, path: path)
    }
    return found.sorted { ($0.path.components.count, $0.path) < ($1.path.components.count, $1.path) }
  }

  // `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw`
  private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
    let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard fields.count >= 10, let id = number(fields[0]), let parent = number(fields[1]),
      let root = text(fields[3]), let point = text(fields[4]), let options = text(fields[5])
    else { return nil }
    let device = fields[2].split(separator: UInt8(ascii: ":")).compactMap {
      UInt32(String(decoding: $0, as: UTF8.self))
    }
    guard device.count == 2 else { return nil }
    let tags = fields[6...].prefix { $0 != [UInt8(ascii: "-")] }
    return Entry(
      id: id, parent: parent, device: device, root: root, point: point,
      peerGroup: tag("shared:", in: tags) ?? tag("master:", in: tags),
      options: Set(options.split(separator: ",").map(String.init)))
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? { UInt64(String(decoding: bytes, as: UTF8.self)) }

  private static func tag(_ name: String, in tags: ArraySlice<ArraySlice<UInt8>>) -> UInt64? {
    tags.first { $0.starts(with: name.utf8) }.flatMap { number($0.dropFirst(name.utf8.count)) }
  }

  // Space, tab, line feed and backslash stand as a backslash and three octal digits.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    var plain: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        plain.append(byte)
        continue
      }
      guard let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8), rest.count >= 3 else {
        return nil
      }
      plain.append(code)
      rest = rest.dropFirst(3)
    }
    return String(validating: plain, as: UTF8.self)
  }
}
