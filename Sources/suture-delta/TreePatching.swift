import Basics
import BinaryDelta
import Linux
import TreeDelta

/// Applies a patch to a tree: the new one appears whole, or not at all.
struct TreePatching {
  let patch: [UInt8]
  let old: any TreeSource
  /// The most bytes that the files of the new tree may have together.
  let limit: Int
  /// Whether files may run as their owner or group where the old tree has none such.
  let allowsSetID: Bool
  let progress: Progress

  /// Rebuilds the new tree at a path, at which nothing may stand but an empty folder.
  func apply(at place: String) throws {
    let (container, plan) = try planned()
    let files = try container.files(of: plan.baselines.count)
    try check(plan, container, files)
    try old.prepare(wanted(plan))
    do {
      let (folder, name) = try Files.split(place)
      let pending = try folder.pendingTree(for: name)
      let writer = TreeWriter(pending)
      try write(plan, writer, container, files)
      let made = try writer.finish()
      guard made.mark == container.newMark else {
        throw TreeError.wrongNewTree(
          expected: TreePatch.text(container.newMark), found: TreePatch.text(made.mark))
      }
      try pending.commit()
    } catch let error as LinuxError { throw Failure.unwritten(place, error) }
  }

  private func planned() throws -> (container: TreePatch, plan: TreePlan) {
    let container = try TreePatch(parsing: patch)
    guard container.oldMark == old.tree.mark else {
      throw TreeError.wrongOldTree(
        expected: TreePatch.text(container.oldMark), found: TreePatch.text(old.tree.mark))
    }
    return (container, try TreePlan(TreeListing.steps(in: listing(container), from: old.tree), from: old.tree))
  }

  /// What each payload says of itself, and what its bytes are for; nothing is made.
  func reports() throws -> [PayloadReport] {
    let (container, plan) = try planned()
    let files = try container.files(of: plan.baselines.count)
    try check(plan, container, files)
    try old.prepare(Set(plan.baselines.compactMap(\.self)))
    let travelling = travelling(plan)
    return try zip(container.payloads, files).map { range, numbers in
      try PayloadReport(
        Array(patch[range]), names: numbers.map { travelling[$0]?.path.description ?? "" },
        baselines: numbers.map { number in
          let index = plan.baselines[number]
          return { body in try withBaseline(index, body) }
        })
    }
  }

  private func listing(_ container: TreePatch) throws -> [UInt8] {
    switch container.listing {
    case .plain(let bytes): bytes
    case .packed(let range):
      try PayloadDecoder.apply(Array(patch[range]), to: [], outputLimit: TreePatch.listingByteLimit)
    }
  }

  /// Holds what the patch will make against the limits, before anything is made.
  private func check(_ plan: TreePlan, _ container: TreePatch, _ files: [[Int]]) throws {
    var lengths = [Int](repeating: 0, count: plan.baselines.count)
    for (range, numbers) in zip(container.payloads, files) {
      let header = try PayloadHeader(parsing: Array(patch[range]))
      guard header.parts.count == numbers.count else {
        throw Failure.filesDisagree(declared: header.parts.count, listed: numbers.count)
      }
      for (part, number) in zip(header.parts, numbers) { lengths[number] = part.improvedLength }
    }
    let total = plan.byteCount(of: old.tree, payload: lengths)
    guard total <= limit else { throw Failure.outputTooLong(total, limit: limit) }
    guard !allowsSetID else { return }
    let known = Set(old.tree.entries.filter { $0.mode & TreeEntry.setIDMask != 0 }.map { Held(path: $0.path, $0.mode) })
    for entry in plan.entries where entry.source.isFile && entry.mode & TreeEntry.setIDMask != 0 {
      guard known.contains(Held(path: entry.path, entry.mode)) else { throw Failure.setID(entry.path.description) }
    }
  }

  /// A path that runs as somebody else.
  private struct Held: Hashable {
    let path: RelativePath
    let bits: UInt32

    init(path: RelativePath, _ mode: UInt32) {
      self.path = path
      bits = mode & TreeEntry.setIDMask
    }
  }

  private func wanted(_ plan: TreePlan) -> Set<Int> {
    var wanted = Set(plan.baselines.compactMap(\.self))
    for entry in plan.entries { if case .oldFile(let index) = entry.source { wanted.insert(index) } }
    return wanted
  }

  /// The entries whose files are in the payloads, by the files' numbers there.
  private func travelling(_ plan: TreePlan) -> [Int: TreePlan.Entry] {
    var entries: [Int: TreePlan.Entry] = [:]
    for entry in plan.entries { if case .payload(let number, _) = entry.source { entries[number] = entry } }
    return entries
  }

  private func write(_ plan: TreePlan, _ writer: TreeWriter, _ container: TreePatch, _ files: [[Int]]) throws {
    for entry in plan.entries {
      if case .directory = entry.source { try writer.makeDirectory(entry.path, mode: entry.mode) }
    }
    let travelling = travelling(plan)
    progress.say("rebuilding \(plan.baselines.count) files")
    for (range, numbers) in zip(container.payloads, files) {
      try rebuild(
        Array(patch[range]), numbers.compactMap { travelling[$0] }, numbers.map { plan.baselines[$0] }, writer)
    }
    progress.say("copying \(plan.entries.count) entries")
    for entry in plan.entries {
      switch entry.source {
      case .directory, .payload: break
      case .link(let target): try writer.makeLink(entry.path, to: target)
      case .oldFile(let index): try writer.copyFile(entry.path, mode: entry.mode, from: old, index)
      case .newFile(let index): try writer.copyFile(entry.path, mode: entry.mode, from: plan.entries[index].path)
      }
    }
  }

  /// Rebuilds the files of one payload.
  private func rebuild(
    _ payload: [UInt8], _ entries: [TreePlan.Entry], _ baselines: [Int?], _ writer: TreeWriter
  ) throws {
    try payload.withBytes { payload in
      var check = try BaselineCheck(payload, outputLimit: limit)
      for index in baselines { try withBaseline(index) { try check.take($0) } }
      var rebuilding = try check.finish(payload)
      for (entry, index) in zip(entries, baselines) {
        try withBaseline(index) { baseline in
          try writer.writeFile(entry.path, mode: entry.mode) { sink in
            try rebuilding.next(payload, baseline, sink: sink)
          }
        }
      }
    }
  }

  private func withBaseline(_ index: Int?, _ body: (RawSpan) throws -> Void) throws {
    guard let index else { return try [UInt8]().withBytes(body) }
    try old.withBytes(of: index, body)
  }
}
