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
  case badReader(String)

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
  case notAgreed(path: String, reason: String)
  case withdrawalUnsound(path: String, reason: String)
  case notDelegated(stream: String)
  case streamExists(stream: String)
  case nothingPending(component: String)
  case notPublished(component: String, serial: String)
  case badRamp(String)
  case noRolloutRole
  case noRollouts
  case neverPublished(component: String)
  case notPaused(component: String)
  case rolloutPaused(component: String)
  case rampTooFast(component: String)
  case recordTooLong(count: Int, limit: Int)
  case cannotListen(host: String, port: Int, reason: String)
  case nothingToPublish

  // The log.
  case badOrigin(String)
  case noLog(folder: String)
  case notLogged(String)

  // Drafts.
  case noDrafts
  case noDraft(role: String)
  case draftOfNobody(role: String)
  case draftIncomplete(role: String, version: Int, demandedBy: String, count: Int, threshold: Int)
  case badDraft(file: String, reason: String)
  case foreignDraft(file: String)
  case badPattern(String)
  case refreshedOnly(role: String)

  /// How a program ends for this error.
  package var kind: Kind {
    switch self {
    case .notEmpty, .noWorkspace, .badStreamPart, .baselineTwice, .badAdvisory, .badReader, .nothingToPublish,
      .noDrafts, .noDraft,
      .badPattern, .refreshedOnly, .streamExists, .nothingPending, .notPublished, .badOrigin, .noLog:
      .usage
    case .missingKey, .noRolloutRole, .workspaceInUse, .cannotListen, .notDelegated: .missing
    case .badRamp, .noRollouts, .neverPublished, .notPaused, .rolloutPaused: .usage
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
    case .badReader(let text): "\"\(text)\" is no service's name such as nginx.service or php-fpm@.service"
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
    case .notAgreed(let path, let reason): "\(path) is refused: \(reason)"
    case .withdrawalUnsound(let path, let reason): "the withdrawal \(path) is refused: \(reason)"
    case .notDelegated(let stream): "the stream \(stream) has no build role and review role yet"
    case .streamExists(let stream): "the stream \(stream) has its build role and review role already"
    case .nothingPending(let component): "nothing of \(component) waits for a signature"
    case .notPublished(let component, let serial): "\(component) has no published improvement of serial \(serial)"
    case .badRamp, .noRolloutRole, .noRollouts, .neverPublished, .notPaused, .rolloutPaused, .rampTooFast,
      .recordTooLong:
      rolloutSentence
    case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
    case .nothingToPublish: "nothing was imported into the workspace yet"
    case .badOrigin(let text): "\"\(text)\" cannot be the name of a log: no spaces and no plus signs"
    case .noLog(let folder):
      "\(folder) signs a policy of witnesses and has no log: nothing that it publishes could be proven to be logged"
    case .notLogged(let what): "\(what); nothing was published"
    default: draftSentence
    }
  }

  private var draftSentence: String {
    switch self {
    case .noDrafts: "no draft waits in the workspace"
    case .noDraft(let role): "no draft of the role \(role) waits in the workspace"
    case .draftOfNobody(let role): "the draft of \(role) is of a role to which nobody delegates"
    case .draftIncomplete(let role, let version, let demandedBy, let count, let threshold):
      "the draft of \(role) version \(version) has \(count) of the \(threshold) signatures that \(demandedBy) demands"
    case .badDraft(let file, let reason): "\(file) is refused as a draft: \(reason)"
    case .foreignDraft(let file): "\(file) is refused: it says what no draft of this workspace says"
    case .badPattern(let text): "\"\(text)\" is not a pattern of target paths: one component or more, with * and ?"
    case .refreshedOnly(let role): "the role \(role) is never drafted: the publishing machine signs it"
    default: "this cannot be published"
    }
  }

  private var rolloutSentence: String {
    switch self {
    case .badRamp(let text): "\"\(text)\" is no ramp such as 1%@0,10%@6h,100%@1d, or now"
    case .noRolloutRole: "this repository trusts nobody with rollouts: it has no role rollout"
    case .noRollouts: "nothing is being rolled out to which that applies"
    case .neverPublished(let component): "\(component) has no published improvement"
    case .notPaused(let component): "the rollout of \(component) is not paused"
    case .rolloutPaused(let component):
      "the rollout of \(component) is paused, and gets no other ramp until it is resumed"
    case .rampTooFast(let component): "the ramp of \(component) is refused: its signed manifest allows none so fast"
    case .recordTooLong(let count, let limit):
      "the rollout record would have \(count) bytes, and \(limit) are allowed"
    default: ""
    }
  }

  /// What to do about it, one line; nil where the sentence says enough.
  package var hint: String? {
    switch self {
    case .notEmpty: "name a folder that does not exist yet"
    case .noWorkspace: "make one with: suture-publish init DIR --os debian-12 --arch amd64"
    case .workspaceInUse: "wait until it has finished"
    case .noRolloutRole: "whoever holds the targets keys adds it: docs/publishing.md, Rollouts"
    case .rolloutPaused(let component): "suture-publish rollout resume \(component)"
    case .rampTooFast: "take a slower one; only another manifest, signed by builder and reviewer, allows more"
    case .missingKey: "bring the key files back from where they are kept"
    case .notDelegated: "whoever holds the targets keys adds it with: suture-publish stream COMPONENT"
    case .nothingPending: "suture-publish review shows what waits"
    case .notAgreed: "builder and reviewer must both name the same file: suture-publish review"
    case .exposedKey(let file, _): "chmod 600 \(file)"
    case .olderThanPublished: "an improvement is cumulative: import a build that contains what is published"
    case .otherRoot, .notARepository: "name an empty folder, or the one that this workspace published to before"
    case .newerElsewhere: "publish from the workspace that made the newer version, or restore it from there"
    case .otherBytes: "compare with a backup; nothing was overwritten"
    case .nothingToPublish: "start with: suture-publish import-deb OLD.deb NEW.deb"
    case .noLog: "make one with: suture-publish log init"
    case .noDrafts: "stage a change first, such as: suture-publish delegate, rotate or renew"
    case .draftIncomplete:
      "suture-publish drafts lists whose signatures are missing; accept ROLE takes only some drafts"
    case .draftOfNobody(let role): "accept the delegator's draft as well, or: suture-publish discard \(role)"
    case .foreignDraft: "the draft was changed or discarded since it was carried away: have it signed again"
    case .refreshedOnly: "suture-publish refresh"
    case .cannotListen: "name another port with --port, or 0 for a free one"
    default: nil
    }
  }
}
