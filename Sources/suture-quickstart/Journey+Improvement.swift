import Basics
import CanonicalJSON
import DebianArchive
import DeviceAPI
import Improvements
import Linux
import Synchronization
import Terminal

/// What the way came to.
struct JourneyOutcome: Sendable {
  let facts: [String: JSON]
  let lines: [(name: String, value: String)]
}

extension Journey {
  /// Publishes, looks, applies, proves, removes, proves.
  func improve(
    _ scene: Scene, _ publisher: String, _ repository: String, _ before: Proof
  ) async throws -> JourneyOutcome {
    let (pair, device) = (scene.pair, scene.device)
    let clock = ContinuousClock()
    try await timeline.station("publish") {
      _ = try await stage.run("suture-publish", ["publish", "--workspace", publisher, repository])
      return ((), "payloads, manifest, metadata, timestamp last; loaded as a device would before it was shown", [:])
    }
    let published = clock.now
    let events = Events()
    _ = try await device.look { show($0, scene, events) }
    let applied = clock.now
    let report = try DeviceStatus(
      try await device.apply(component: pair.new.name, .untilConfirmed) { show($0, scene, events) })
    let window = published.duration(to: clock.now)
    let after = try await answering(scene, expect: .protected)
    guard report.verdict == .protected else {
      let others = report.components.flatMap(\.processes).filter { $0.exposure != .protected }.map(\.name)
      let names = others.isEmpty ? "" : ", because of \(Set(others).sorted().joined(separator: ", "))"
      throw QuickstartError.notProven("the device says \(report.verdict.rawValue)\(names)")
    }
    try requireMounts(stand: true, scene, after)
    try await Task.sleep(for: .milliseconds(50))
    let down = scene.prober.account(since: applied)
    let removed = clock.now
    _ = try await device.remove(component: pair.new.name) { show($0, scene, events) }
    let restored = try await answering(scene, expect: .exposed)
    guard restored.digest == before.digest else { throw QuickstartError.notProven("the baseline is not what it was") }
    let removal = removed.duration(to: clock.now)
    try requireMounts(stand: false, scene, restored)
    return outcome(scene, events, window: window, down: down, removal: removal, after)
  }

  private func outcome(
    _ scene: Scene, _ events: Events, window: Duration, down: Prober.Account, removal: Duration, _ after: Proof
  ) -> JourneyOutcome {
    let pair = scene.pair
    let payload = events.payloadBytes
    let advisories = events.advisories
    let gap = Timeline.microseconds(down.longestGap)
    var facts: [String: JSON] = [
      "protected": true, "removed": true, "place": .string(place.name),
      "package": .string(pair.new.name), "from": .string(pair.old.version.text),
      "to": .string(pair.new.version.text), "advisories": .array(advisories.map { .string($0) }),
      "payloadBytes": .integer(Int64(payload)), "debBytes": .integer(Int64(pair.debBytes)),
      "publishedToProtectedMilliseconds": .integer(Timeline.microseconds(window) / 1_000),
      "removalMilliseconds": .integer(Timeline.microseconds(removal) / 1_000),
      "longestGapMicroseconds": .integer(gap), "requestsAnswered": .integer(Int64(down.answered)),
      "requestsRefused": .integer(Int64(down.refused)), "mappedSha256": .string(after.digest.hex),
      "log": "not logged",
    ]
    if case .folder(let why) = place { facts["why"] = .string(why) }
    var lines = [
      (
        "closes",
        advisories.isEmpty
          ? "no advisory is named in the changelog"
          : "\(advisories.count) of the changelog: \(advisories.joined(separator: ", "))"
      ),
      (
        "travelled",
        "\(Figure.count(payload)) bytes, \(Figure.percent(payload, of: pair.debBytes)) of the .deb's"
          + " \(Figure.count(pair.debBytes))"
      ),
      ("published to protected", Figure.time(microseconds: Timeline.microseconds(window))),
      (
        "without an answer",
        "\(Figure.time(microseconds: gap)) at most; \(down.refused) of \(down.answered + down.refused) requests refused"
      ),
      ("removed again in", Figure.time(microseconds: Timeline.microseconds(removal))),
      ("public log", "not logged: the quickstart's repository has no log"),
    ]
    if place.isRealPath {
      let count = scene.baseline.machine.count
      let files = count == 1 ? "1 file is" : "\(count) files are"
      lines.append(
        (
          "untouched beneath",
          count == 0
            ? "the machine has none of these files"
            : "the machine's own \(files) as before: content, mode and times compared"
        ))
      facts["filesUntouchedBeneath"] = .integer(Int64(count))
    }
    return JourneyOutcome(facts: facts, lines: lines.map { (name: $0.0, value: $0.1) })
  }

  /// Shows a station of the device as it tells of it.
  private func show(_ json: JSON, _ scene: Scene, _ events: Events) {
    guard let event = ProgressEvent(json) else { return }
    let pair = scene.pair
    var facts = event.facts
    events.keep(event)
    var message = event.message
    switch event.station {
    case .look:
      let roles = event.facts["roles"]?.array ?? []
      let accounts = roles.map { role in
        let signers = role["signers"]?.array?.count ?? 0
        return "\(role["role"]?.string ?? "?")\u{a0}\(signers)\u{a0}(\(role["threshold"]?.integer ?? 0))"
      }
      message = "verified; valid signatures (needed): " + accounts.joined(separator: ", ")
    case .fetch:
      let bytes = event.facts["bytes"]?.integer ?? 0
      message =
        "\(Figure.count(Int(bytes))) bytes in place of a .deb of \(Figure.count(pair.debBytes)); digest as the manifest says"
    case .graft where place.isRealPath:
      guard let mounts = try? graftMounts(), !mounts.isEmpty else { break }
      message += mounts.count == 1 ? ", a mount of sutured's stored file" : ", mounts of sutured's stored files"
      message += " over \(Baseline.list(pair.file, mounts))"
      facts["mounts"] = .array(mounts.map { .string("/\($0)") })
    case .rebuild:
      message += "; \(Figure.count(Int(event.facts["bytes"]?.integer ?? 0))) bytes"
    case .restart:
      let down = event.facts["downMicroseconds"]?.integer ?? 0
      message += "; nothing ran for \(Figure.time(microseconds: down))"
    default: break
    }
    let isRestored = events.isRemoving && event.station == .restart
    timeline.station(isRestored ? "restore" : event.station.rawValue, event.microseconds, message, facts)
  }

  /// The real paths at which files of sutured's store are mounted now, from the kernel's table of mounts.
  private func graftMounts() throws -> [RelativePath] {
    let proc = try OwnProcFolder()
    let mounts = try proc.mounts()
    let store = try stage.folder("device/var/lib/suture/store").placeInFileSystem(mounts, proc)
    return mounts.fileMounts(of: store, beneath: "/").map(\.path)
  }

  /// On the real path: the library's file is a mount of the store's while the improvement stands, and none is left after it.
  ///
  /// What is seen there must be what the service maps.
  private func requireMounts(stand: Bool, _ scene: Scene, _ proof: Proof) throws {
    guard place.isRealPath else { return }
    let mounts = try graftMounts()
    guard stand ? mounts.contains(scene.pair.file) : mounts.isEmpty else {
      throw QuickstartError.notProven("\(mounts.count) files of the store are mounted, and not as they should be")
    }
    let seen = try Directory(path: "/", links: .withinRoot).openFile(scene.pair.file)
    guard try seen.digest().digest == proof.digest else {
      throw QuickstartError.notProven("what is seen at /\(scene.pair.file) is not what the service maps")
    }
    guard try scene.baseline.machine.areUntouched() else {
      throw QuickstartError.notProven("a file of the machine's own is not as it was")
    }
  }
}

/// What the device told, as far as the account at the end needs it.
final class Events: Sendable {
  private struct Kept {
    var payloadBytes = 0
    var advisories: [String] = []
    var isRemoving = false
  }

  private let kept = Mutex(Kept())

  func keep(_ event: ProgressEvent) {
    kept.withLock { kept in
      if event.station == .fetch { kept.payloadBytes += Int(event.facts["bytes"]?.integer ?? 0) }
      if event.station == .remove { kept.isRemoving = true }
      if event.station == .offer {
        kept.advisories += event.facts["advisories"]?.array?.compactMap(\.string) ?? []
      }
    }
  }

  var isRemoving: Bool { kept.withLock { $0.isRemoving } }
  var payloadBytes: Int { kept.withLock { $0.payloadBytes } }
  var advisories: [String] { kept.withLock { $0.advisories } }
}
