import TreeDelta

/// Patches of trees and their listings: refused or understood, never trapped on; and what is planned is a tree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTree(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let kind = bytes.first else { return 0 }
  if kind < 128 {
    read { try patch(Array(bytes.dropFirst())) }
  } else {
    let listing = bytes.dropFirst()
    let length = Int(kind) - 128
    read {
      guard let old = try plan(Array(listing.prefix(length)), from: Tree([])) else { return }
      guard let new = try plan(Array(listing.dropFirst(length)), from: old) else { return }
      try compare(old, new)
    }
  }
  return 0
}

/// Reads a part; refusing it is as good.
private func read(_ part: () throws -> Void) {
  do { try part() } catch {
    guard let error = error as? TreeError else { preconditionFailure("another error than TreeError: \(error)") }
    precondition(!error.description.isEmpty)
  }
}

/// How a patch is put together: its parts do not meet, and each file is in one of them.
private func patch(_ bytes: [UInt8]) throws {
  let patch = try TreePatch(parsing: bytes)
  var end = 0
  for range in patch.payloads {
    precondition(range.lowerBound >= end && range.upperBound <= bytes.count, "a payload outside the patch")
    end = range.upperBound
  }
  precondition(patch.payloads.isEmpty || end == bytes.count, "something after the last payload")
  for count in [0, 1, 5] {
    guard let files = try? patch.files(of: count) else { continue }
    precondition(files.joined().sorted() == Array(0..<count), "a file is not in exactly one payload")
  }
  if case .plain(let listing) = patch.listing { _ = try plan(listing, from: Tree([])) }
}

/// What a listing makes of a tree; nil where that is more than is looked at.
private func plan(_ listing: [UInt8], from old: Tree) throws -> Tree? {
  let steps = try TreeListing.steps(in: listing, from: old)
  let again = try TreeListing.steps(in: TreeListing.bytes(of: steps, from: old), from: old)
  precondition(again == steps, "other steps come back")
  let plan = try TreePlan(steps, from: old)
  precondition(plan.entries.count == plan.outline.entries.count, "an entry is lost")
  precondition(plan.byteCount(of: old, payload: []) >= 0, "less than nothing")
  return plan.entries.count <= 256 ? plan.outline : nil
}

/// The difference of two trees makes the one of the other.
private func compare(_ old: Tree, _ new: Tree) throws {
  let difference = TreeDifference(from: old, to: new)
  let plan = try TreePlan(difference.steps, from: old)
  precondition(plan.outline == new && plan.outline.mark == new.mark, "a difference makes another tree")
  precondition(plan.baselines == difference.files.map(\.old), "a file is made from something else")
}
