package import Basics
package import Linux

/// Which files belong to which installed package: dpkg's own lists, which decide what it will replace.
package struct PackageFiles: Sendable {
  /// The longest list, in bytes.
  package static let byteLimit = 1 << 26
  private static let ending = ".list"
  /// How long dpkg-deb may take for one archive.
  private static let archiveLimit = Duration.seconds(10)

  private let root: Directory
  private let lists: Directory

  /// The lists of a root.
  package init(root: Directory) throws {
    self.root = root
    guard let place = RelativePath("var/lib/dpkg/info") else { throw PackageError.malformedRun }
    lists = try root.directory(place)
  }

  /// The lists of the packages whose files such changes concern, by name.
  ///
  /// What a package may take over from others, because it says that it replaces them, is theirs: they are among them.
  package func lists(concerning changes: AptChanges) throws -> [String] {
    var names: [String: Set<String>] = [:]
    var archives: Set<String> = []
    for change in changes.changes {
      names[change.name, default: []].formUnion(change.architectures)
      if let archive = change.archive { archives.insert(archive) }
    }
    var owners: Set<String> = []
    for (name, architectures) in names { owners.formUnion([name] + architectures.map { "\(name):\($0)" }) }
    let replaced = try Set(archives.sorted().flatMap(Self.replaces)).subtracting(names.keys)
    return try lists.names().filter { list in
      guard list.hasSuffix(Self.ending) else { return false }
      let owner = String(list.dropLast(Self.ending.count))
      return owners.contains(owner) || replaced.contains(String(owner.prefix { $0 != ":" }))
    }
  }

  /// Hands over every path of a list, beneath the root.
  package func forEachPath(in list: String, _ body: (RelativePath) throws -> Void) throws {
    guard let place = RelativePath(list) else { return }
    let bytes: [UInt8]
    do { bytes = try lists.read(place, limit: Self.byteLimit) } catch {
      // Removed in this moment.
      if error.isAbsent { return }
      throw PackageError.listUnreadable(list, reason: "\(error)")
    }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      // `/.` stands for the root, and a name that no manifest can hold stands for nothing that is covered.
      guard line.first == UInt8(ascii: "/"), let text = String(validating: line.dropFirst(), as: UTF8.self),
        let path = RelativePath(text)
      else { continue }
      try body(path)
    }
  }

  /// The packages whose files an archive's may take over.
  static func replaces(_ archive: String) throws -> [String] {
    let result: (end: ProcessEnd, output: String, error: String, file: FileDescriptor?)
    do {
      result = try ProcessLauncher.run(
        "/usr/bin/dpkg-deb", arguments: ["--field", archive, "Replaces"], environment: ["PATH": "/usr/bin:/bin"],
        limit: archiveLimit)
    } catch { throw PackageError.archiveUnreadable(archive, reason: "\(error)") }
    guard result.end == .exited(0) else {
      throw PackageError.archiveUnreadable(archive, reason: String(result.error.prefix { $0 != "\n" }))
    }
    return names(inReplaces: result.output)
  }

  // `name (<< 1.2), other:any`
  static func names(inReplaces field: String) -> [String] {
    field.split(separator: ",").compactMap { part in
      let name = part.drop(while: \.isWhitespace).prefix { !$0.isWhitespace && $0 != ":" && $0 != "(" }
      return isName(String(name)) ? String(name) : nil
    }
  }

  /// Whether it can be a package's name or an architecture's: nothing that leads out of a directory.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetterOrDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || "+-._".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
