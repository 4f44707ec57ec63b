internal import Basics

/// The steps of a patch as bytes (docs/formats/tree.md, "Listing").
public enum TreeListing {
  private enum Form: Int {
    case keep = 0
    case remove = 1
    case change = 2
    case add = 3
  }

  private enum ContentForm: Int {
    case payloadAlone = 0
    case payloadOwn = 1
    case payloadOther = 2
    case oldFile = 3
    case newFile = 4
  }

  // MARK: Writing

  /// The bytes of some steps from an old tree.
  public static func bytes(of steps: [TreeStep], from old: Tree) -> [UInt8] {
    var bytes: [UInt8] = []
    var next = 0
    var last: [UInt8] = []
    func step(_ form: Form, _ rest: Int) { Number.append(rest << 2 | form.rawValue, to: &bytes) }
    for item in steps {
      switch item {
      case .keep(let count), .remove(let count):
        if case .keep = item { step(.keep, count) } else { step(.remove, count) }
        next += count
        if next > 0, next <= old.entries.count { last = Tree.bytes(old.entries[next - 1].path) }
      case .change(let mode, let content):
        step(.change, (mode == nil ? 0 : 1) | (content == nil ? 0 : 2))
        if let mode { Number.append(Int(mode), to: &bytes) }
        if let content { append(content, to: &bytes) }
        next += 1
        if next <= old.entries.count { last = Tree.bytes(old.entries[next - 1].path) }
      case .add(let path, let mode, let content):
        let form: EntryForm =
          switch content {
          case nil: .directory
          case .link: .symbolicLink
          default: .file
          }
        step(.add, Int(form.rawValue))
        let text = Tree.bytes(path)
        let shared = zip(last, text).prefix { $0 == $1 }.count
        Number.append(shared, to: &bytes)
        Number.append(text.count - shared, to: &bytes)
        bytes += text[shared...]
        if form != .symbolicLink { Number.append(Int(mode), to: &bytes) }
        if let content { append(content, to: &bytes) }
        last = text
      }
    }
    return bytes
  }

  private static func append(_ content: NewContent, to bytes: inout [UInt8]) {
    func form(_ form: ContentForm, _ rest: Int = 0) { Number.append(rest << 3 | form.rawValue, to: &bytes) }
    switch content {
    case .payload(.none): form(.payloadAlone)
    case .payload(.own): form(.payloadOwn)
    case .payload(.other(let index)): form(.payloadOther, index)
    case .oldFile(let index): form(.oldFile, index)
    case .newFile(let index): form(.newFile, index)
    case .link(let target):
      Number.append(target.utf8.count, to: &bytes)
      bytes += target.utf8
    }
  }

  // MARK: Reading

  /// The steps that some bytes say; they must fit the old tree.
  public static func steps(in bytes: [UInt8], from old: Tree) throws(TreeError) -> [TreeStep] {
    guard bytes.count <= TreePatch.listingByteLimit else {
      throw .listingTooLong(length: bytes.count, limit: TreePatch.listingByteLimit)
    }
    var rest = bytes[...]
    var steps: [TreeStep] = []
    var next = 0
    var last: [UInt8] = []
    func pass(_ count: Int) throws(TreeError) {
      guard count > 0, count <= old.entries.count - next else { throw .beyondOldTree }
      next += count
      last = Tree.bytes(old.entries[next - 1].path)
    }
    while !rest.isEmpty {
      guard steps.count <= 2 * Tree.entryLimit else { throw .tooManyEntries(limit: Tree.entryLimit) }
      let number = try Number.take(from: &rest, "step")
      switch Form(rawValue: number & 3) {
      case .keep:
        try pass(number >> 2)
        steps.append(.keep(number >> 2))
      case .remove:
        try pass(number >> 2)
        steps.append(.remove(number >> 2))
      case .change:
        guard (1...3).contains(number >> 2) else { throw .malformedNumber("change") }
        try pass(1)
        let mode = number >> 2 & 1 == 0 ? nil : try self.mode(&rest)
        let isLink = old.entries[next - 1].isSymbolicLink
        let content = number >> 2 & 2 == 0 ? nil : try content(&rest, isLink: isLink)
        steps.append(.change(mode: mode, content: content))
      default:
        guard let form = UInt8(exactly: number >> 2).flatMap(EntryForm.init(rawValue:)) else {
          throw .malformedNumber("kind of entry")
        }
        let path = try path(&rest, after: &last)
        let mode = form == .symbolicLink ? TreeEntry.linkMode : try self.mode(&rest)
        let content = form == .directory ? nil : try content(&rest, isLink: form == .symbolicLink)
        steps.append(.add(path, mode: mode, content: content))
      }
    }
    return steps
  }

  private static func mode(_ rest: inout ArraySlice<UInt8>) throws(TreeError) -> UInt32 {
    let mode = try Number.take(from: &rest, "mode")
    guard mode <= Int(TreeEntry.modeMask) else { throw .malformedEntry("the mode 0o\(String(mode, radix: 8))") }
    return UInt32(mode)
  }

  private static func path(
    _ rest: inout ArraySlice<UInt8>, after last: inout [UInt8]
  ) throws(TreeError) -> RelativePath {
    let shared = try Number.take(from: &rest, "path")
    let count = try Number.take(from: &rest, "path")
    guard shared <= last.count else { throw .malformedNumber("path") }
    guard count <= rest.count else { throw .truncated("path") }
    last = Array(last.prefix(shared)) + rest.prefix(count)
    rest = rest.dropFirst(count)
    guard last.count <= RelativePath.byteLimit, let text = String(validating: last, as: UTF8.self),
      let path = RelativePath(text)
    else { throw .malformedEntry("a path that leads outside or is none") }
    return path
  }

  private static func content(_ rest: inout ArraySlice<UInt8>, isLink: Bool) throws(TreeError) -> NewContent {
    let number = try Number.take(from: &rest, isLink ? "link target" : "content")
    guard isLink else {
      switch (ContentForm(rawValue: number & 7), number >> 3) {
      case (.payloadAlone, 0): return .payload(.none)
      case (.payloadOwn, 0): return .payload(.own)
      case (.payloadOther, let index): return .payload(.other(index))
      case (.oldFile, let index): return .oldFile(index)
      case (.newFile, let index): return .newFile(index)
      default: throw .malformedNumber("content")
      }
    }
    guard number <= rest.count else { throw .truncated("link target") }
    let bytes = Array(rest.prefix(number))
    rest = rest.dropFirst(number)
    guard !bytes.isEmpty, bytes.count <= RelativePath.byteLimit, !bytes.contains(0),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw .malformedEntry("a symbolic link to nowhere") }
    return .link(text)
  }
}

extension TreeEntry {
  var isSymbolicLink: Bool { if case .symbolicLink = content { true } else { false } }
}
