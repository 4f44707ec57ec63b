public import Basics

/// One step from an old tree to a new one, in the order of both.
public enum TreeStep: Sendable, Hashable {
  /// So many entries of the old tree stay as they are.
  case keep(Int)
  /// So many entries of the old tree are gone.
  case remove(Int)
  /// The next entry of the old tree stays what it is, a directory, file or link, with what is not nil in place of its own.
  case change(mode: UInt32?, content: NewContent?)
  /// An entry that the old tree does not have; a directory where there is no content.
  case add(RelativePath, mode: UInt32, content: NewContent?)
}

/// Where the content of a new or changed entry comes from.
public enum NewContent: Sendable, Hashable {
  /// A file from the payload.
  case payload(Baseline)
  /// The same file as an entry of the old tree, by its number.
  case oldFile(Int)
  /// The same file as an earlier entry of the new tree, by its number.
  case newFile(Int)
  /// A symbolic link with this target.
  case link(String)
}

/// What a file in the payload is rebuilt from.
public enum Baseline: Sendable, Hashable {
  /// Nothing.
  case none
  /// The file of the old tree at the same step; only in a change.
  case own
  /// A file of the old tree, by its number.
  case other(Int)
}
