import Basics
import Linux
import TreeDelta

/// Lays out two sides for peers: files as they are and alone in folders, trees as folders and as files of tar.
struct SideFiles {
  private let work: WorkFolder

  init(_ work: WorkFolder) {
    self.work = work
  }

  func input(oldFile old: String, newFile new: String) throws -> (PeerInput, Int) {
    let (before, after) = (try Files.read(old), try Files.read(new))
    for (name, bytes) in [("old", before), ("new", after)] {
      guard let file = RelativePath("file") else { continue }
      try work.folder(name).write(bytes, to: file)
    }
    // By whole names: a peer may run in another folder.
    let input = PeerInput(
      old: work.path("old/file"), new: work.path("new/file"), byteCount: max(before.count, after.count),
      oldFolder: work.path("old"), newFolder: work.path("new"))
    return (input, after.count)
  }

  func input(oldTree old: any TreeSource, newTree new: any TreeSource) throws -> (PeerInput, Int) {
    var lengths: [Int] = []
    for (name, tree) in [("old", old), ("new", new)] {
      guard let place = RelativePath(name), let archive = RelativePath("\(name).tar") else { continue }
      let pending = try work.directory.pendingTree(for: place)
      try TreeWriter(pending).copy(tree)
      try pending.commit()
      lengths.append(try pack(name, archive))
    }
    let input = PeerInput(
      old: work.path("old.tar"), new: work.path("new.tar"), byteCount: lengths.max() ?? 0,
      oldFolder: work.path("old"), newFolder: work.path("new"))
    return (input, lengths.last ?? 0)
  }

  /// A tar file of a folder, the same bytes whenever and by whomever it is made; gives its length.
  private func pack(_ name: String, _ archive: RelativePath) throws -> Int {
    let run = PeerRun(work.directory, limit: .seconds(600))
    try run.run(
      "tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu", "-C",
      work.path(name), "-cf", work.path(archive.description), ".")
    return try run.length(of: [archive.description])
  }
}
