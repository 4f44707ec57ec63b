/// A disk with a cache over it that loses, in a crash, what was not synced.
///
/// What is assumed of the disk, and nothing more:
///
/// - fsync and fdatasync of a file bring its bytes, its length and its permission bits to the disk, not its name.
/// - fsync of a directory brings its names to the disk, and that a name leads to a file, directory or link; not what is in
///   that file or directory. What a symbolic link says is there with its name.
/// - A rename within one directory is one change: after a crash it happened or it did not.
/// - A sector of 512 bytes is written whole or not at all.
///
/// Everything else may happen. Changes that were not synced reach the disk in any order, some and others not: a later one
/// without an earlier one, a name without the file's bytes, a new length with zeros where the bytes should be, some
/// sectors of a write and others not. What file systems such as ext4 promise beyond (an order of changes, a sync of one
/// file that brings others along) is not relied on.
struct SimulatedDisk: Sendable {
  /// How much of what was not synced is lost.
  enum Loss: Sendable, Hashable {
    /// Nothing: the program was killed, the machine was not.
    case nothing
    /// All of it.
    case everything
    /// All of it but one change: a name given or taken, or all that was done to a file.
    case allBut(Int)
    /// One change alone; all others reached the disk.
    case only(Int)
    /// Some of it, files in part as well, by the numbers that follow from a seed.
    case some(seed: UInt64)

    // Whether the change with this number is lost; nil where that is drawn.
    fileprivate func isLost(_ number: Int) -> Bool? {
      switch self {
      case .nothing: false
      case .everything: true
      case .allBut(let kept): number != kept
      case .only(let lost): number == lost
      case .some: nil
      }
    }
  }

  /// The size of what is written whole or not at all, in bytes.
  static let sector = 512

  private struct File {
    var durable: DiskImage.Content
    var durableMode: UInt32
    var bytes: [UInt8]
    var mode: UInt32
    /// The digest of `bytes`, once it was asked for.
    var content: DiskImage.Content?
    var isChanged = false
  }

  private enum NameChange {
    case set(String, Int)
    case remove(String)
    case move(String, to: String, Int)

    func apply(to names: inout [String: Int]) {
      switch self {
      case .set(let name, let number): names[name] = number
      case .remove(let name): names[name] = nil
      case .move(let from, let target, let number):
        names[from] = nil
        names[target] = number
      }
    }
  }

  private struct Folder {
    var durable: [String: Int] = [:]
    var names: [String: Int] = [:]
    var changes: [NameChange] = []
    var mode: UInt32
  }

  private enum Node {
    case file(File)
    case folder(Folder)
    case link(String)
  }

  private var nodes: [Node] = [.folder(Folder(mode: 0o755))]

  /// A disk on which all of an image is durable.
  init(_ image: DiskImage) throws {
    for (path, entry) in image.entries.sorted(by: { $0.key < $1.key }) {
      switch entry {
      case .directory(let mode): try perform(.makeDirectory(path, mode: mode))
      case .link(let target): try perform(.symbolicLink(path, target: target))
      case .file(let content, let mode):
        try perform(.create(path, mode: mode))
        try perform(.write(path, offset: 0, content.bytes))
        try perform(.synchronize(path))
      }
    }
    for index in nodes.indices {
      guard case .folder(var folder) = nodes[index] else { continue }
      Self.synchronize(&folder)
      nodes[index] = .folder(folder)
    }
  }

  // MARK: - Effects

  /// Carries an effect out in the cache; a sync brings it to the disk.
  mutating func perform(_ effect: Effect) throws {
    switch effect {
    case .makeDirectory(let path, let mode): try add(.folder(Folder(mode: mode)), at: path)
    case .create(let path, let mode):
      let empty = DiskImage.Content([])
      try add(.file(File(durable: empty, durableMode: mode, bytes: [], mode: mode, content: empty)), at: path)
    case .symbolicLink(let path, let target): try add(.link(target), at: path)
    case .write(let path, let offset, let bytes):
      try change(path) { file in
        if file.bytes.count < offset + bytes.count {
          file.bytes += [UInt8](repeating: 0, count: offset + bytes.count - file.bytes.count)
        }
        file.bytes.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
      }
    case .truncate(let path, let length):
      try change(path) { file in
        if file.bytes.count > length { file.bytes.removeLast(file.bytes.count - length) }
        file.bytes += [UInt8](repeating: 0, count: length - file.bytes.count)
      }
    case .setMode(let path, let mode): try change(path) { $0.mode = mode }
    case .rename(let from, let target): try rename(from, to: target)
    case .remove(let path):
      try changeFolder(of: path) { folder, name in
        guard folder.names.removeValue(forKey: name) != nil else {
          throw Impossible(description: "no \(path) to remove")
        }
        folder.changes.append(.remove(name))
      }
    case .synchronize(let path): try synchronize(path)
    case .tell: return
    }
  }

  private mutating func add(_ node: Node, at path: String) throws {
    let number = nodes.count
    nodes.append(node)
    try changeFolder(of: path) { folder, name in
      guard folder.names.updateValue(number, forKey: name) == nil else {
        throw Impossible(description: "\(path) is there already")
      }
      folder.changes.append(.set(name, number))
    }
  }

  private mutating func rename(_ from: String, to target: String) throws {
    let number = try node(at: from)
    guard Self.parent(of: from).folder == Self.parent(of: target).folder else {
      throw Impossible(description: "\(from) became \(target): a rename between directories is not simulated")
    }
    try changeFolder(of: from) { folder, name in
      let final = Self.parent(of: target).name
      folder.names[name] = nil
      folder.names[final] = number
      folder.changes.append(.move(name, to: final, number))
    }
  }

  private mutating func synchronize(_ path: String) throws {
    let number = try node(at: path)
    switch nodes[number] {
    case .file(var file):
      let content = file.content ?? DiskImage.Content(file.bytes)
      file.content = content
      file.durable = content
      file.durableMode = file.mode
      file.isChanged = false
      nodes[number] = .file(file)
    case .folder(var folder):
      Self.synchronize(&folder)
      nodes[number] = .folder(folder)
    case .link: throw Impossible(description: "\(path) is a link and was synced")
    }
  }

  private static func synchronize(_ folder: inout Folder) {
    folder.durable = folder.names
    folder.changes = []
  }

  private mutating func change(_ path: String, _ body: (inout File) -> Void) throws {
    let number = try node(at: path)
    guard case .file(var file) = nodes[number] else { throw Impossible(description: "\(path) is no file") }
    // The only reference now, so that writing copies nothing.
    nodes[number] = .link("")
    body(&file)
    file.content = nil
    file.isChanged = true
    nodes[number] = .file(file)
  }

  private mutating func changeFolder(of path: String, _ body: (inout Folder, String) throws -> Void) throws {
    let (parent, name) = Self.parent(of: path)
    let number = try node(at: parent)
    guard case .folder(var folder) = nodes[number] else { throw Impossible(description: "\(parent) is no directory") }
    try body(&folder, name)
    nodes[number] = .folder(folder)
  }

  private static func parent(of path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  private func node(at path: String) throws -> Int {
    var number = 0
    for name in path.split(separator: "/") {
      guard case .folder(let folder) = nodes[number], let next = folder.names[String(name)] else {
        throw Impossible(description: "there is no \(path)")
      }
      number = next
    }
    return number
  }

  /// Whether there is something at a path now.
  func exists(_ path: String) -> Bool { (try? node(at: path)) != nil }

  // MARK: - Crashes

  /// How many changes were not synced: each name that was given or taken, and each file that was changed.
  var pendingCount: Int {
    nodes.reduce(0) { count, node in
      switch node {
      case .file(let file): count + (file.isChanged ? 1 : 0)
      case .folder(let folder): count + folder.changes.count
      case .link: count
      }
    }
  }

  /// What is found after a crash now.
  mutating func image(after loss: Loss) -> DiskImage {
    let seed: UInt64 = if case .some(let seed) = loss { seed } else { 0 }
    var numbers = Numbers(seed: seed)
    // Each name by itself: one quarter, one half, three quarters or all of them are there.
    let share = numbers.next(below: 4)
    var folders: [Int: [String: Int]] = [:]
    var contents: [Int: (DiskImage.Content, UInt32)] = [:]
    var number = 0
    for index in nodes.indices {
      switch nodes[index] {
      case .link: continue
      case .folder(let folder):
        var names = folder.durable
        for change in folder.changes {
          if !(loss.isLost(number) ?? (numbers.next(below: 4) > share)) { change.apply(to: &names) }
          number += 1
        }
        folders[index] = names
      case .file(var file):
        guard file.isChanged else {
          contents[index] = (file.durable, file.durableMode)
          continue
        }
        let cached = file.content ?? DiskImage.Content(file.bytes)
        file.content = cached
        nodes[index] = .file(file)
        switch loss.isLost(number) {
        case true: contents[index] = (file.durable, file.durableMode)
        case false: contents[index] = (cached, file.mode)
        case nil: contents[index] = Self.some(of: file, cached, &numbers)
        }
        number += 1
      }
    }
    var entries: [String: DiskImage.Entry] = [:]
    collect(0, "", folders, contents, into: &entries)
    return DiskImage(entries: entries)
  }

  private func collect(
    _ number: Int, _ prefix: String, _ folders: [Int: [String: Int]], _ contents: [Int: (DiskImage.Content, UInt32)],
    into entries: inout [String: DiskImage.Entry]
  ) {
    for (name, child) in folders[number] ?? [:] {
      let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
      switch nodes[child] {
      case .link(let target): entries[path] = .link(target: target)
      case .file: if let (content, mode) = contents[child] { entries[path] = .file(content, mode: mode) }
      case .folder(let folder):
        entries[path] = .directory(mode: folder.mode)
        collect(child, path, folders, contents, into: &entries)
      }
    }
  }

  private static func some(
    of file: File, _ cached: DiskImage.Content, _ drawn: inout Numbers
  ) -> (DiskImage.Content, UInt32) {
    let mode = drawn.next(below: 2) == 0 ? file.durableMode : file.mode
    let old = file.durable.bytes
    let new = cached.bytes
    switch drawn.next(below: 5) {
    case 0: return (file.durable, mode)
    case 1: return (cached, mode)
    case 2:
      // Cut short, but never shorter than it was on the disk.
      let least = min(old.count, new.count)
      let sectors = (new.count - least) / sector
      let end = min(new.count, least + drawn.next(below: sectors + 1) * sector)
      return (DiskImage.Content(Array(new[..<end])), mode)
    case 3:
      // The new length, and zeros where the bytes did not come.
      let zeros = [UInt8](repeating: 0, count: max(0, new.count - old.count))
      return (DiskImage.Content(Array(old.prefix(new.count)) + zeros), mode)
    default: return (DiskImage.Content(torn(old, new, &drawn)), mode)
    }
  }

  // Sector by sector the new bytes or what was there before, which is zeros beyond the old end.
  private static func torn(_ old: [UInt8], _ new: [UInt8], _ numbers: inout Numbers) -> [UInt8] {
    var bytes = new
    for start in stride(from: 0, to: new.count, by: sector) where numbers.next(below: 2) == 0 {
      for index in start..<min(start + sector, new.count) { bytes[index] = index < old.count ? old[index] : 0 }
    }
    return bytes
  }
}

/// Numbers that follow from a seed: SplitMix64.
struct Numbers: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(below bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    return Int(mixed % UInt64(max(1, bound)))
  }
}
