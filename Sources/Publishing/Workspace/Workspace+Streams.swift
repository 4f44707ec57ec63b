package import Basics
internal import CanonicalJSON
internal import Improvements
internal import Linux
internal import TUF

extension Workspace {
  /// Gives a component's stream its build role and its review role; the people are those of `people/`.
  ///
  /// What names the roles is signed with the targets keys.
  ///
  /// - Returns: the roles, each with how many signatures it needs of how many keys.
  package func addStream(_ component: String, now: UTCTime) async throws -> [(role: String, needed: Int, keys: Int)] {
    let stream = try configuration.stream(of: component)
    var editor = try editor()
    guard !editor.delegatedRoles.contains(stream.buildRole) else {
      throw PublishingError.streamExists(stream: "\(stream)")
    }
    try delegate(stream, in: &editor)
    let files = try sign(&editor, now: now)
    try await RepositoryCheck(directory: directory, with: files).metadata(pinnedRoot: try firstRoot(), now: now)
    try write(files)
    return try stream.roles.map { role in
      let keys = try editor.keys(of: role)
      return (role, keys.threshold, keys.ids.count)
    }
  }

  /// Delegates a stream in an editor; nothing where that was done before.
  func delegate(_ stream: Stream, in editor: inout RepositoryEditor) throws {
    guard !editor.delegatedRoles.contains(stream.buildRole) else { return }
    let group = stream.groupRole
    if !editor.delegatedRoles.contains(group) {
      try editor.delegate(
        to: group, keys: try editor.keys(of: "targets"), paths: .patterns([try pattern("\(stream.letters)*/*")]))
    }
    for hat in [Hat.build, .review] {
      try editor.delegate(
        to: hat.role(of: stream), from: group, keys: try people(hat),
        paths: .patterns([try pattern("\(stream.component)/*")]))
    }
  }

  /// Everything beneath the workspace's release and architecture that a text matches.
  func pattern(_ text: String) throws -> PathPattern {
    let whole = "\(configuration.release)/\(configuration.architecture)/\(text)"
    guard let pattern = PathPattern(whole) else { throw PublishingError.badStreamPart(whole) }
    return pattern
  }

  // MARK: People

  /// Writes down the public halves of the builders' and reviewers' keys, for streams to come.
  func writePeople() throws {
    for hat in [Hat.build, .review] {
      let folder = try directory.creatingDirectory(try Self.path("people/\(hat)"))
      for plan in KeyRing.plan where plan.kind == hat.rawValue {
        for named in keys.keys where named.name == plan.name {
          guard let hex = named.key.key.json["keyval"]?["public"]?.string else { continue }
          try folder.write(Array((hex + "\n").utf8), to: try Self.path("\(plan.name).pub"))
        }
      }
    }
  }

  /// Those who build, or review, the streams that are added from now on: the keys in `people/build` or `people/review`,
  /// one a file, 64 hexadecimal digits; one of them must sign.
  func people(_ hat: Hat) throws -> RoleKeys {
    let folder = try Self.path("people/\(hat)")
    var found: [Key] = []
    for name in try directory.names(in: folder) where name.hasSuffix(".pub") {
      let file = try Self.path("\(folder)/\(name)")
      let text = String(decoding: try directory.read(file, limit: 256), as: UTF8.self)
      guard let bytes = Hex.decode(text.filter { !$0.isWhitespace }, byteCount: Key.byteCount),
        let key = Key(bytes: bytes)
      else {
        throw PublishingError.badKey(
          file: directory.name(file), reason: "it is not 64 hexadecimal digits of a public key")
      }
      found.append(key)
    }
    guard !found.isEmpty else { throw PublishingError.missingFile("\(directory.name(folder))/NAME.pub") }
    return try RoleKeys(found, threshold: 1)
  }
}
