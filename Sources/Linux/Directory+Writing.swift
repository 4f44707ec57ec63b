internal import CLinux
internal import Glibc
package import Values

extension Directory {
  /// Puts a file in place so that, whatever happens, either the old content is there or the new one.
  ///
  /// Written beside, synced, renamed, directory synced.
  package func write(_ bytes: [UInt8], to at: RelativePath, mode: UInt32 = 0o644) throws(LinuxError) {
    let file = try pendingFile(for: at, mode: mode)
    try file.write(bytes)
    try file.commit()
  }

  /// Opens a new file beside the place where it is to stand.
  package func pendingFile(for at: RelativePath, mode: UInt32 = 0o644) throws(LinuxError) -> PendingFile {
    try withParent(of: at) { parent, name throws(LinuxError) in
      for _ in 0..<100 {
        let beside = Self.beside(name)
        let number = unsafe openat(parent, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        if number >= 0 {
          let file = FileDescriptor(owning: number, name: self.name(at))
          // The process's umask must not decide what others may read of what we install.
          let directory = fchmod(number, mode_t(mode)) == 0 ? fcntl(parent, F_DUPFD_CLOEXEC, 0) : -1
          guard directory >= 0 else {
            let error = LinuxError.last("create", self.name(at))
            _ = unsafe unlinkat(parent, beside, 0)
            throw error
          }
          return PendingFile(
            file: file, directory: FileDescriptor(owning: directory, name: self.path), temporary: beside, final: name)
        }
        guard errno == EEXIST else { throw .last("create", self.name(at)) }
      }
      throw LinuxError("create", self.name(at), code: EEXIST)
    }
  }

  /// Removes what writes that a crash cut off left here: files and links that stand beside their place.
  ///
  /// Only for a directory in which nobody writes meanwhile; what was begun would be removed too.
  ///
  /// - Parameter name: the one place beside which they stand; all of them where nil.
  package func clearLeftovers(of name: String? = nil) throws(LinuxError) {
    let beginning = name.map { ".\($0.prefix(Self.besideLimit))." } ?? "."
    for name in try names() where Self.isBeside(name) && name.hasPrefix(beginning) {
      guard let place = RelativePath(name), let kind = try statusOfLink(place)?.kind else { continue }
      if kind == .file || kind == .symbolicLink { try remove(place) }
    }
  }

  // How many digits the number has in a name beside a place: a shorter one could be an ending that a person gave, such
  // as `conf`, `bak` or `swp`.
  private static let besideDigits = 16
  // How much of the place's own name is in it.
  private static let besideLimit = 200

  // `.NAME.NUMBER`, a name that nobody gives but the functions of this module.
  static func beside(_ name: String) -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return ".\(name.prefix(besideLimit)).\(String(repeating: "0", count: besideDigits - digits.utf8.count))\(digits)"
  }

  private static func isBeside(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, parts[0].isEmpty, !parts[1].isEmpty, let number = parts.last else { return false }
    return number.utf8.count == besideDigits && number.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }

  /// Creates a file that must not exist, readable from the first moment by nobody but whom `mode` names.
  package func create(_ bytes: [UInt8], at: RelativePath, mode: UInt32) throws(LinuxError) {
    try withParent(of: at) { parent, name throws(LinuxError) in
      let number = unsafe openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
      guard number >= 0 else { throw .last("create", self.name(at)) }
      let file = FileDescriptor(owning: number, name: self.name(at))
      do throws(LinuxError) {
        try file.write(bytes)
        try file.synchronize()
        guard fsync(parent) == 0 else { throw LinuxError.last("sync", self.path) }
      } catch {
        // A part of it would be in the way of the next attempt.
        _ = unsafe unlinkat(parent, name, 0)
        throw error
      }
    }
  }

  /// Opens a file for locking, creating it where it is missing.
  package func lockFile(_ at: RelativePath) throws(LinuxError) -> FileDescriptor {
    try open(at, flags: O_RDWR | O_CREAT, mode: 0o600)
  }

  /// Opens a file to which a service's output is appended.
  package func appendingFile(_ at: RelativePath, mode: UInt32 = 0o644) throws(LinuxError) -> FileDescriptor {
    try open(at, flags: O_WRONLY | O_CREAT | O_APPEND, mode: mode)
  }

  /// Makes a symbolic link at a new place.
  package func link(to target: String, at: RelativePath) throws(LinuxError) {
    try withParent(of: at) { parent, name throws(LinuxError) in
      guard unsafe symlinkat(target, parent, name) == 0 else { throw .last("link", self.name(at)) }
    }
  }

  /// Makes a symbolic link, replacing what stands there in one step, and syncs the directory.
  package func replaceLink(to target: String, at: RelativePath) throws(LinuxError) {
    try withParent(of: at) { parent, name throws(LinuxError) in
      let beside = Self.beside(name)
      guard unsafe symlinkat(target, parent, beside) == 0 else { throw .last("link", self.name(at)) }
      guard unsafe renameat(parent, beside, parent, name) == 0 else {
        let error = LinuxError.last("replace", self.name(at))
        _ = unsafe unlinkat(parent, beside, 0)
        throw error
      }
      guard fsync(parent) == 0 else { throw .last("sync", self.path) }
    }
  }

  /// Removes a file or symbolic link; nothing there is no error.
  package func remove(_ at: RelativePath) throws(LinuxError) {
    do {
      try withParent(of: at) { parent, name throws(LinuxError) in
        guard unsafe unlinkat(parent, name, 0) == 0 else { throw .last("remove", self.name(at)) }
      }
    } catch { guard error.isAbsent else { throw error } }
  }

  /// Removes a directory and everything in it, following no symbolic link; nothing there is no error.
  package func removeTree(_ at: RelativePath) throws(LinuxError) {
    guard let status = try statusOfLink(at) else { return }
    guard status.kind == .directory else { return try remove(at) }
    for name in try names(in: at) {
      guard let child = at.appending(name) else { throw LinuxError("remove", self.name(at), code: EINVAL) }
      try removeTree(child)
    }
    try withParent(of: at) { parent, name throws(LinuxError) in
      guard unsafe unlinkat(parent, name, AT_REMOVEDIR) == 0 else { throw .last("remove", self.name(at)) }
    }
  }
}

/// A new file that stands beside its place until it is committed, and is removed where it never is.
package final class PendingFile: Sendable {
  private let file: FileDescriptor
  private let directory: FileDescriptor
  private let temporary: String
  private let final: String

  init(file: FileDescriptor, directory: FileDescriptor, temporary: String, final: String) {
    self.file = file
    self.directory = directory
    self.temporary = temporary
    self.final = final
  }

  // After a commit the name is gone and this does nothing.
  deinit { _ = unsafe unlinkat(directory.number, temporary, 0) }

  /// Appends bytes.
  package func write(_ bytes: RawSpan) throws(LinuxError) { try file.write(bytes) }

  /// Appends bytes.
  package func write(_ bytes: [UInt8]) throws(LinuxError) { try file.write(bytes) }

  /// Syncs the file, gives it its name, and syncs the directory.
  package func commit() throws(LinuxError) {
    try file.synchronize()
    guard unsafe renameat(directory.number, temporary, directory.number, final) == 0 else {
      throw .last("put in place", final)
    }
    try directory.synchronize()
  }
}
