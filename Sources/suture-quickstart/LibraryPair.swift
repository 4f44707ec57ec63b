import Basics
import DebianArchive
import Linux

/// Debian's vulnerable and fixed build of one library, fetched and read.
struct LibraryPair {
  let old: DebPackage
  let new: DebPackage
  /// Where the fixed build comes from, as apt names it.
  let origin: String
  /// The library's file.
  let file: RelativePath
  /// The name by which programs ask for it.
  let soname: String
  /// The size of the fixed build's .deb, in bytes.
  let debBytes: Int

  /// Reads both packages and finds a library that changed; nil where there is none.
  init?(old: DebPackage, new: DebPackage, origin: String) throws {
    let changed = old.members.filter { member in
      member.path.name.contains(".so.") && member.digest != nil
        && new.membersByPath[member.path]?.digest.map { $0 != member.digest } == true
    }
    for member in changed {
      // The name that programs link to is the symbolic link that ldconfig made of the soname, else the file's own.
      let link = old.members.first { other in
        guard case .symbolicLink(let target) = other.kind else { return false }
        return target == member.path.name && other.path.parent == member.path.parent
      }
      self.file = member.path
      self.soname = link?.path.name ?? member.path.name
      self.old = old
      self.new = new
      self.origin = origin
      guard let slash = new.file.lastIndex(of: "/") else { return nil }
      let folder = try Directory(path: String(new.file[..<slash]))
      let name = try Stage.checked(String(new.file[new.file.index(after: slash)...]))
      debBytes = try folder.status(name)?.size ?? 0
      return
    }
    return nil
  }

  /// What of the vulnerable build is laid out: its files and links beneath `usr/lib`.
  var laid: [DataMember] {
    old.members.filter { member in
      guard member.path.components.starts(with: ["usr", "lib"]) else { return false }
      if case .symbolicLink = member.kind { return true }
      return member.digest != nil
    }
  }

  /// Writes the vulnerable build's files beneath a root, as dpkg would.
  func layOut(beneath root: Directory) throws {
    let contents = try old.contents(of: Set(laid.filter { $0.digest != nil }.map(\.path)))
    for member in laid {
      if let parent = member.path.parent { _ = try root.creatingDirectory(parent) }
      if case .symbolicLink(let target) = member.kind { try root.link(to: target, at: member.path) }
      if let bytes = contents[member.path] { try root.write(bytes, to: member.path, mode: member.mode) }
    }
  }

  /// Fetches the named package's pair, or the first that works out: libexpat1, then others that apt offers in two versions.
  static func fetch(
    _ archive: AptArchive, wanted: String?, _ timeline: Timeline, accept: (LibraryPair) async throws -> Bool
  ) async throws -> LibraryPair {
    do { try await archive.update() } catch { throw QuickstartError.archive("\(error)") }
    if let pair = try await pair(wanted ?? "libexpat1", archive), try await accept(pair) { return pair }
    guard wanted == nil else {
      throw QuickstartError.noPair("apt offers no pair of \(wanted ?? "") from which an improvement can be made")
    }
    timeline.progress("apt offers no usable pair of libexpat1; looking for another library")
    for other in try await archive.packagesWithPairs() {
      if let pair = try await pair(other.package, archive), try await accept(pair) { return pair }
    }
    throw QuickstartError.noPair("apt offers no library in two versions from which an improvement can be made")
  }

  // Of `http://deb.debian.org/debian-security bookworm-security/main amd64 Packages`, the suite.
  private static func suite(_ origin: String?) -> String {
    let words = origin?.split(separator: " ") ?? []
    return words.count > 1 ? words[1].split(separator: "/").first.map(String.init) ?? "the archive" : "the archive"
  }

  private static func pair(_ package: String, _ archive: AptArchive) async throws -> LibraryPair? {
    let offered = try? await archive.versions(of: package)
    // What was not answered because of an interrupt is no answer.
    try Task.checkCancellation()
    guard let versions = offered, versions.count > 1 else { return nil }
    let new = try await DebPackage(file: archive.download(package, version: versions[0].version.text))
    let old = try await DebPackage(file: archive.download(package, version: versions[1].version.text))
    return try LibraryPair(old: old, new: new, origin: suite(versions[0].origins.first))
  }
}
