import Basics
import BinaryDelta
import DeltaEncoding
import ELFImage
import TreeDelta

/// Makes a patch from one tree to another.
struct TreeMaking {
  /// What came out.
  struct Made {
    let patch: [UInt8]
    /// For each file that travels: its path, its length, how it is carried, and its share of the patch in bytes.
    let files: [(path: RelativePath, length: Int, method: PayloadMethod, share: Int)]
    /// The files that stay as they are because only their identity changed.
    let leftOut: [RelativePath]
  }

  let old: any TreeSource
  let new: any TreeSource
  let jobs: Int
  let progress: Progress
  /// Files of one payload, at most: all of them are in memory while it is made.
  private static let groupByteLimit = 1 << 30

  /// Compares the trees, and packs what has to travel.
  func make(leavingOutIdentity: Bool) async throws -> Made {
    var target = new.tree
    var leftOut: [RelativePath] = []
    if leavingOutIdentity { (target, leftOut) = try withoutIdentity(TreeDifference(from: old.tree, to: new.tree)) }
    let difference = TreeDifference(from: old.tree, to: target)
    try old.prepare(Set(difference.files.compactMap(\.old)))
    try new.prepare(Set(difference.files.map(\.new)))
    var parts: [TreePatch.Part] = []
    var told: [Int: (method: PayloadMethod, share: Int)] = [:]
    for group in groups(difference.files) {
      for bundle in try await bundles(group.map { difference.files[$0] }) {
        parts.append(TreePatch.Part(payload: bundle.payload, files: bundle.files.map { group[$0] }))
        for (place, file) in bundle.files.enumerated() {
          told[group[file]] = (bundle.methods[place], bundle.shares[place])
        }
      }
    }
    progress.say("putting the patch together")
    let listing = TreeListing.bytes(of: difference.steps, from: old.tree)
    let patch = TreePatch.bytes(
      from: old.tree, to: target, listing: listing,
      packed: try PayloadEncoder.encode(baseline: nil, improved: listing), parts: parts)
    return Made(
      patch: patch,
      files: difference.files.enumerated().compactMap { number, file in
        told[number].map { told in
          let entry = target.entries[file.new]
          return (entry.path, entry.file?.length ?? 0, told.method, told.share)
        }
      }, leftOut: leftOut)
  }

  /// The new tree with those images as the old tree has them of which only the build ID and the debug link changed.
  private func withoutIdentity(_ difference: TreeDifference) throws -> (tree: Tree, leftOut: [RelativePath]) {
    try old.prepare(Set(difference.files.compactMap(\.old)))
    try new.prepare(Set(difference.files.map(\.new)))
    var entries = new.tree.entries
    var leftOut: [RelativePath] = []
    for file in difference.files {
      guard let index = file.old, old.tree.entries[index].path == entries[file.new].path else { continue }
      let (before, after) = (try old.read(index), try new.read(file.new))
      guard ELFImage.looksLikeImage(before), ELFImage.looksLikeImage(after), let left = try? ELFImage(parsing: before),
        let right = try? ELFImage(parsing: after), ELFImage.change(from: left, to: right) == .identityOnly
      else { continue }
      let entry = entries[file.new]
      leftOut.append(entry.path)
      entries[file.new] = TreeEntry(path: entry.path, mode: entry.mode, content: old.tree.entries[index].content)
    }
    return (try Tree(entries), leftOut)
  }

  /// Files that go into payloads together: as many as a payload may have, and no more than fit memory.
  private func groups(_ files: [TreeDifference.File]) -> [[Int]] {
    var groups: [[Int]] = []
    var bytes = 0
    for (number, file) in files.enumerated() {
      let length =
        (new.tree.entries[file.new].file?.length ?? 0) + (file.old.flatMap { old.tree.entries[$0].file?.length } ?? 0)
      bytes += length
      if let last = groups.last, last.count < PayloadHeader.partLimit, bytes <= Self.groupByteLimit {
        groups[groups.count - 1].append(number)
      } else {
        groups.append([number])
        bytes = length
      }
    }
    return groups
  }

  private func bundles(_ files: [TreeDifference.File]) async throws -> [PayloadBundle] {
    let pairs = try files.map { file in
      FilePair(baseline: try file.old.map { try old.read($0) } ?? [], improved: try new.read(file.new))
    }
    let tally = Tally(lengths: pairs.map(\.improved.count), progress)
    tally.begin()
    return try await PayloadEncoder.encode(pairs, concurrency: jobs) { tally.finish($0) }
  }
}
