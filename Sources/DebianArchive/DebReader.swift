internal import Basics

/// Reads the parts of a `.deb` (deb(5)): `debian-binary`, `control.tar.*`, `data.tar.*`, in that order.
struct DebReader {
  let file: String
  let limits: DebLimits

  struct Parts {
    var control: [String: [UInt8]]
    var members: [RelativePath: DataMember]
  }

  private static let suffixes = ["", ".gz", ".xz", ".zst", ".bz2", ".lzma"]

  /// The whole package: control members with their bytes, data members by digest.
  func read() throws(DebianError) -> Parts {
    let (control, data) = try archives()
    return Parts(control: try readControl(control), members: try readMembers(data))
  }

  /// The bytes of regular files; names that are not in the package are left out.
  func contents(of wanted: Set<RelativePath>) throws(DebianError) -> [RelativePath: [UInt8]] {
    let (_, data) = try archives()
    do throws(LibArchive.Failure) {
      var archive = try LibArchive.open(bytes: data, format: .tar)
      var found: [RelativePath: [UInt8]] = [:]
      var total = 0
      while let entry = try archive.next() {
        guard entry.hardLinkTarget == nil, let path = Self.path(entry.name, isDirectory: false), wanted.contains(path)
        else { continue }
        let limit = min(limits.memberBytes, limits.totalBytes - total)
        guard let bytes = try archive.bytes(limit: limit) else {
          throw LibArchive.Failure(reason: "its member \(path) is longer than \(limit) bytes")
        }
        total += bytes.count
        found[path] = bytes
      }
      return found
    } catch {
      throw .unreadable(file: file, reason: error.reason)
    }
  }

  /// The two inner archives, still compressed.
  private func archives() throws(DebianError) -> (control: [UInt8], data: [UInt8]) {
    var parts: [(name: String, bytes: [UInt8])] = []
    do throws(LibArchive.Failure) {
      var archive = try LibArchive.open(file: file, format: .ar)
      while parts.count < 3, let entry = try archive.next() {
        // deb(5): members whose names start with an underscore are left alone, after the first.
        if entry.name.hasPrefix("_"), !parts.isEmpty { continue }
        guard let bytes = try archive.bytes(limit: limits.compressedBytes) else {
          throw LibArchive.Failure(reason: "its part \(entry.name) is longer than \(limits.compressedBytes) bytes")
        }
        parts.append((entry.name, bytes))
      }
    } catch {
      throw .unreadable(file: file, reason: error.reason)
    }
    func refused(_ reason: String) -> DebianError { .notAPackage(file: file, reason: reason) }
    guard parts.count == 3 else { throw refused("it does not have the three parts of one") }
    guard parts[0].name == "debian-binary", parts[0].bytes.starts(with: "2.".utf8) else {
      throw refused("its first part is not debian-binary of format 2")
    }
    guard Self.suffixes.contains(where: { parts[1].name == "control.tar\($0)" }) else {
      throw refused("its second part is \"\(parts[1].name)\", not control.tar")
    }
    guard Self.suffixes.contains(where: { parts[2].name == "data.tar\($0)" }) else {
      throw refused("its third part is \"\(parts[2].name)\", not data.tar")
    }
    return (parts[1].bytes, parts[2].bytes)
  }

  private func readControl(_ packed: [UInt8]) throws(DebianError) -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    do throws(LibArchive.Failure) {
      var archive = try LibArchive.open(bytes: packed, format: .tar)
      var count = 0
      while let entry = try archive.next() {
        func refused(_ reason: String) -> LibArchive.Failure {
          LibArchive.Failure(reason: "its control member \"\(entry.name)\" \(reason)")
        }
        count += 1
        guard count <= limits.controlEntries else { throw refused("is one more than \(limits.controlEntries)") }
        guard let path = Self.path(entry.name, isDirectory: entry.isDirectory) else {
          if entry.isRoot { continue }
          throw refused("is not a path beneath the root")
        }
        guard entry.isRegular, path.components.count == 1 else { throw refused("is not a plain file") }
        guard let bytes = try archive.bytes(limit: limits.controlBytes) else {
          throw refused("is longer than \(limits.controlBytes) bytes")
        }
        guard found.updateValue(bytes, forKey: path.name) == nil else { throw refused("stands there twice") }
      }
    } catch {
      throw .unreadable(file: file, reason: error.reason)
    }
    return found
  }

  /// The installed path of an entry's name: `./` and a directory's final slash taken off, usr-merge applied; nil for the
  /// root itself and for what is no path beneath it.
  static func path(_ name: String, isDirectory: Bool) -> RelativePath? {
    var text = name[...]
    if text.hasPrefix("./") { text = text.dropFirst(2) }
    if isDirectory, text.hasSuffix("/") { text = text.dropLast() }
    return RelativePath(text).map { path in
      // A link at the root (`lib` → `usr/lib`, as base-files ships them) is the alias itself.
      isDirectory || path.components.count > 1 ? UsrMerge.apply(to: path) : path
    }
  }
}
