import Basics
import DebianArchive
import Improvements
import Linux
import Publishing
import TestSupport
import Testing

/// A workspace in a folder of its own, builds to import, and a time that tests set.
final class PublisherWorld {
  let folder: TemporaryDirectory
  let now: UTCTime
  private var opened: Workspace?

  var workspace: Workspace {
    guard let opened else { preconditionFailure("the workspace did not open again") }
    return opened
  }

  init() throws {
    folder = try TemporaryDirectory()
    now = try #require(UTCTime("2026-11-23T20:54:00Z"))
    opened = try Workspace.creating(
      at: folder.path + "/workspace",
      configuration: WorkspaceConfiguration(release: "debian-12", architecture: "amd64"),
      now: now)
  }

  /// Closes the workspace and opens it anew, with the key files that are there now.
  ///
  /// - Parameter keyFolder: where they are; the workspace's own where none is named.
  func reopen(keyFolder: String? = nil) throws {
    let path = workspace.directory.path
    opened = nil
    opened = try Workspace(opening: path, keyFolder: keyFolder)
  }

  var destination: String { folder.path + "/www" }

  func write(_ builder: DebBuilder, _ name: String) throws -> String {
    try folder.directory.write(builder.bytes, to: path(name))
    return "\(folder.path)/\(name)"
  }

  func build(_ version: String, library: String) throws -> String {
    try write(Builds.build(version, library: library), "demo-\(version).deb")
  }

  /// Imports a fix over baselines; the improvement that was staged.
  @discardableResult
  func importing(
    _ baselines: [(String, String)] = [("1.0-1+deb12u1", "old code")],
    fixed: (String, String) = ("1.0-1+deb12u2", "new code"), later: Duration = .zero,
    as hats: [Hat] = [.build, .review]
  ) async throws -> Workspace.StagedImprovement {
    let files = try baselines.map { try build($0.0, library: $0.1) }
    var request = Workspace.ImportRequest(baselines: files, improved: try build(fixed.0, library: fixed.1))
    request.hats = hats
    guard case .staged(let staged) = try await workspace.importing(request, now: now.advanced(by: later)) else {
      throw PublishingError.nothingToPublish
    }
    return staged
  }

  func publish(later: Duration = .zero) async throws -> Publication.Account {
    try await Publication(of: workspace, to: destination).publish(now: now.advanced(by: later))
  }

  func verify(later: Duration = .zero) async throws -> RepositoryCheck.Account {
    try await RepositoryCheck(directory: Directory(path: destination)).all(
      pinnedRoot: workspace.firstRoot(), now: now.advanced(by: later))
  }

  /// Every file of the published repository with its bytes.
  func published() throws -> [RelativePath: [UInt8]] {
    var found: [RelativePath: [UInt8]] = [:]
    func walk(_ directory: Directory, _ prefix: RelativePath?) throws {
      for name in try directory.names() {
        let here = try path(name)
        let whole = try prefix.map { try path("\($0)/\(name)") } ?? here
        if try directory.status(here)?.kind == .directory {
          try walk(directory.directory(here), whole)
        } else {
          found[whole] = try directory.read(here, limit: 1 << 20)
        }
      }
    }
    try walk(Directory(path: destination), nil)
    return found
  }
}
