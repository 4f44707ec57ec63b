public import Basics

/// Why a tree patch could not be made, or was refused.
///
/// Every sentence of this module stands here.
public enum TreeError: Error, Sendable, Equatable, CustomStringConvertible {
  // MARK: Trees

  /// More entries than a tree may have.
  case tooManyEntries(limit: Int)
  /// A path that stands twice, or not where the order of bytes puts it.
  case outOfOrder(RelativePath)
  /// A path beneath something that is no directory of the tree.
  case noDirectory(of: RelativePath)

  // MARK: Patches

  /// The bytes do not begin with a tree patch's magic number.
  case notTreePatch
  /// A format that this version does not read.
  case unknownFormat(UInt8)
  /// The patch, or its listing, ends inside the named part.
  case truncated(String)
  /// A number that is not in its shortest form, or out of range.
  case malformedNumber(String)
  /// The listing has more bytes than are read.
  case listingTooLong(length: Int, limit: Int)
  /// A path, link target or mode in the listing that may not be.
  case malformedEntry(String)
  /// A step of the listing that reaches beyond the entries of the old tree.
  case beyondOldTree
  /// A step that refers to something other than a file.
  case notFile(String)
  /// More payloads than a patch may have.
  case tooManyPayloads(limit: Int)
  /// Payloads that do not have each of so many files once.
  case filesDisagree(Int)
  /// Something follows where no payload should.
  case patchLeftOver

  // MARK: Applying

  /// The patch is made for another tree: the beginnings of both digests.
  case wrongOldTree(expected: String, found: String)
  /// The rebuilt tree is not the one that the patch names: the beginnings of both digests.
  case wrongNewTree(expected: String, found: String)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .tooManyEntries(let limit):
      "the tree has more than the \(limit) entries that are allowed"
    case .outOfOrder(let path):
      "the tree has \(path) twice, or not in order"
    case .noDirectory(let path):
      "the tree has \(path), but not as a directory what it lies beneath"
    case .notTreePatch:
      "not a patch of trees: it does not begin with SUTT"
    case .unknownFormat(let number):
      "tree patch format \(number) is unknown to this version, which reads format \(TreePatch.format)"
    case .truncated(let part):
      "the tree patch ends inside its \(part)"
    case .malformedNumber(let part):
      "the number for the \(part) in the tree patch is not in its shortest form or is out of range"
    case .listingTooLong(let length, let limit):
      "the tree patch has a listing of \(length) bytes, above the allowed \(limit)"
    case .malformedEntry(let what):
      "the tree patch has \(what), which may not be in a tree"
    case .beyondOldTree:
      "the tree patch speaks of more entries than the old tree has"
    case .notFile(let what):
      "the tree patch takes a content from \(what), which is no file"
    case .tooManyPayloads(let limit):
      "the tree patch has more than the \(limit) payloads that are allowed"
    case .filesDisagree(let count):
      "the payloads of the tree patch do not have each of the \(count) files that its listing speaks of once"
    case .patchLeftOver:
      "the tree patch goes on after its end"
    case .wrongOldTree(let expected, let found):
      "the tree patch is for the tree with digest \(expected)…, but this one has \(found)…"
    case .wrongNewTree(let expected, let found):
      "the rebuilt tree has digest \(found)…, but the tree patch names \(expected)…"
    }
  }
}
