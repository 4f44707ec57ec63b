internal import Basics

extension LibArchive.Entry {
  var isDirectory: Bool { type == 0o040000 }
  var isRegular: Bool { type == 0o100000 && hardLinkTarget == nil }
  var isSymbolicLink: Bool { type == 0o120000 }
  var isRoot: Bool { isDirectory && (name == "./" || name == "." || name == "/" || name == "") }
}

extension DebReader {
  /// The data archive's members: every name once, none beneath anything but a directory, hard links to what came before.
  func readMembers(_ packed: [UInt8]) throws(DebianError) -> [RelativePath: DataMember] {
    var found: [RelativePath: DataMember] = [:]
    var total = 0
    var count = 0
    do throws(LibArchive.Failure) {
      var archive = try LibArchive.open(bytes: packed, format: .tar)
      while let entry = try archive.next() {
        func refused(_ reason: String) -> LibArchive.Failure {
          LibArchive.Failure(reason: "its member \"\(entry.name)\" \(reason)")
        }
        count += 1
        guard count <= limits.entries else { throw refused("is one more than \(limits.entries)") }
        guard let path = Self.path(entry.name, isDirectory: entry.isDirectory) else {
          if entry.isRoot { continue }
          throw refused("is not a path beneath the root")
        }
        if let parent = path.ancestors.first(where: { found[$0].map { $0.kind != .directory } ?? false }) {
          throw refused("lies beneath \(parent), which is not a directory")
        }
        let kind: DataMember.Kind
        var size = 0
        if let target = entry.hardLinkTarget {
          guard let linked = Self.path(target, isDirectory: false), let first = found[linked],
            case .file(let digest) = first.kind
          else { throw refused("is a hard link to \"\(target)\", which is no file that came before") }
          (kind, size) = (.hardLink(to: linked, digest), first.size)
        } else if entry.isRegular {
          let limit = min(limits.memberBytes, limits.totalBytes - total)
          let (digest, length) = try digest(of: &archive, limit: limit, refused: refused)
          guard entry.size == Int64(length) else {
            throw refused("has \(length) bytes, not the declared \(entry.size)")
          }
          total += length
          (kind, size) = (.file(digest), length)
        } else if entry.isSymbolicLink {
          guard let target = entry.symbolicLinkTarget, !target.isEmpty else { throw refused("is a link to nowhere") }
          kind = .symbolicLink(to: target)
        } else {
          kind = entry.isDirectory ? .directory : .other
        }
        let member = DataMember(
          path: path, kind: kind, mode: entry.permissions & 0o7777, userID: entry.userID, groupID: entry.groupID,
          size: size)
        // Merging /usr may bring the same directory twice; nothing else may stand twice.
        if let earlier = found[path], kind != .directory || earlier.kind != .directory {
          throw refused("stands there twice")
        }
        found[path] = member
      }
    } catch {
      throw .unreadable(file: file, reason: error.reason)
    }
    return found
  }

  private func digest(
    of archive: inout LibArchive, limit: Int, refused: (String) -> LibArchive.Failure
  ) throws(LibArchive.Failure) -> (Digest, Int) {
    var hasher = Digest.Hasher()
    var length = 0
    let whole = try archive.read(limit: limit) { chunk in
      hasher.update(chunk)
      length += chunk.byteCount
    }
    guard whole else { throw refused("makes it longer than \(limit) bytes") }
    return (hasher.finish(), length)
  }
}

extension RelativePath {
  /// The directories above the path, nearest first.
  fileprivate var ancestors: [RelativePath] {
    var found: [RelativePath] = []
    var next = parent
    while let path = next {
      found.append(path)
      next = path.parent
    }
    return found
  }
}
