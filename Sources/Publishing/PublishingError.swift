package import Basics

/// Why something could not be published; the description says what, `hint` what to do, `kind` how a program should end.
package enum PublishingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// How a program ends for an error.
  package enum Kind: Sendable {
    /// Refused by a gate or a verification.
    case refused
    /// The request makes no sense.
    case usage
    /// Something that is needed is missing here.
    case missing
    /// The machine or a part of Suture failed.
    case failed
  }

  // Workspaces and keys.
  case notEmpty(folder: String)
  case noWorkspace(folder: String)
  case badConfiguration(folder: String, reason: String)
  case workspaceInUse(folder: String)
  case missingKey(files: [String], role: String)
  case exposedKey(file: String, mode: String)
  case badKey(file: String, reason: String)
  case badStreamPart(String)

  // Building.
  case otherArchitecture(package: String, architecture: String, expected: String)
  case nothingToImprove(package: String, from: String, to: String)
  case olderThanPublished(version: String, published: String, serial: String)
  case baselineTwice(version: String)
  case fileTooLong(path: RelativePath, length: Int, limit: Int)
  case payloadFailed(path: RelativePath, reason: String)
  case serialsExhausted(stream: String)
  case manifestRefused(reason: String)
  case badAdvisory(String)

  // Repositories.
  case missingFile(String)
  case otherBytes(file: String)
  case otherRoot(folder: String)
  case notARepository(folder: String)
  case newerElsewhere(folder: String, published: Int, ours: Int)
  case unsafeName(String)
  case roleLeftOut(role: String, reason: String)
  case manifestUnsound(path: String, reason: String)
  case payloadUnsound(digest: Digest, reason: String)
  case notTwoSigners(path: String, count: Int)
  case cannotListen(host: String, port: Int, reason: String)
  case nothingToPublish

  /// How a program ends for this error.
  package var kind: Kind {
    switch self {
    case .notEmpty, .noWorkspace, .badStreamPart, .baselineTwice, .badAdvisory, .nothingToPublish: .usage
    case .missingKey, .workspaceInUse, .cannotListen: .missing
    case .badConfiguration, .payloadFailed, .serialsExhausted, .manifestRefused, .unsafeName: .failed
    default: .refused
    }
  }
}

extension PublishingError {
  /// One sentence that says what was refused, with the values.
  package var description: String {
    switch self {
    case .notEmpty(let folder): "\(folder) is not empty, and a workspace needs a folder of its own"
    case .noWorkspace(let folder): "\(folder) is no publisher's workspace: it has no suture-publish.json"
    case .badConfiguration(let folder, let reason):
      "the configuration of the workspace \(folder) is malformed: \(reason)"
    case .workspaceInUse(let folder): "another suture-publish works in \(folder)"
    case .missingKey(let files, let role):
      "the role \(role) cannot be signed: key files are missing (\(files.joined(separator: ", ")))"
    case .exposedKey(let file, let mode): "the key file \(file) is refused: others can reach it (mode \(mode))"
    case .badKey(let file, let reason): "the key file \(file) is refused: \(reason)"
    case .badStreamPart(let text):
      "\"\(text)\" cannot stand in the name of a stream: lower-case letters, digits, and + - . _ can"
    case .otherArchitecture(let package, let architecture, let expected):
      "\(package) is built for \(architecture), and this workspace publishes for \(expected)"
    case .nothingToImprove(let package, let from, let to):
      "\(package) \(to) loads nothing that differs from \(from): there is nothing to improve"
    case .olderThanPublished(let version, let published, let serial):
      "version \(version) is older than \(published), which serial \(serial) of the stream contains already"
    case .baselineTwice(let version): "the baseline \(version) is named twice"
    case .fileTooLong(let path, let length, let limit):
      "\(path) has \(length) bytes, and an improvement may hold files of \(limit)"
    case .payloadFailed(let path, let reason): "no payload could be made for \(path): \(reason)"
    case .serialsExhausted(let stream): "the stream \(stream) has no serial or letter left"
    case .manifestRefused(let reason): "the manifest could not be made: \(reason)"
    case .badAdvisory(let text): "\"\(text)\" is not the identifier of an advisory"
    default: repositorySentence
    }
  }

  private var repositorySentence: String {
    switch self {
    case .missingFile(let file): "\(file) is missing"
    case .otherBytes(let file): "\(file) is refused: other bytes stand under a name that never changes its content"
    case .otherRoot(let folder): "\(folder) is refused: it belongs to another root of trust"
    case .notARepository(let folder): "\(folder) is refused: it holds files and is no repository of Suture"
    case .newerElsewhere(let folder, let published, let ours):
      "\(folder) is refused: its timestamp has version \(published), this workspace's \(ours)"
    case .unsafeName(let name): "\"\(name)\" cannot stand as a path"
    case .roleLeftOut(let role, let reason): "the role \(role) does not verify: \(reason)"
    case .manifestUnsound(let path, let reason): "the manifest \(path) is refused: \(reason)"
    case .payloadUnsound(let digest, let reason): "the payload \(digest.short) is refused: \(reason)"
    case .notTwoSigners(let path, let count):
      "the manifest \(path) is refused: \(count) key vouches for it, and builder and reviewer must"
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
    default: "nothing was imported into the workspace yet"
    }
  }

  /// What to do about it, one line; nil where the sentence says enough.
  package var hint: String? {
    switch self {
    case .notEmpty: "name a folder that does not exist yet"
    case .noWorkspace: "make one with: suture-publish init DIR --os debian-12 --arch amd64"
    case .workspaceInUse: "wait until it has finished"
    case .missingKey: "bring the key files back from where they are kept"
    case .exposedKey(let file, _): "chmod 600 \(file)"
    case .olderThanPublished: "an improvement is cumulative: import a build that contains what is published"
    case .otherRoot, .notARepository: "name an empty folder, or the one that this workspace published to before"
    case .newerElsewhere: "publish from the workspace that made the newer version, or restore it from there"
    case .otherBytes: "compare with a backup; nothing was overwritten"
    case .nothingToPublish: "start with: suture-publish import-deb OLD.deb NEW.deb"
    case .cannotListen: "name another port with --port, or 0 for a free one"
    default: nil
    }
  }
}
