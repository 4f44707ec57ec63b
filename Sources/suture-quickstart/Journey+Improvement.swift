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
    _ pair: LibraryPair, _ publisher: String, _ repository: String, _ prober: Prober, _ device: DeviceClient,
    _ before: Proof
  ) async throws -> JourneyOutcome {
    let clock = ContinuousClock()
    try await timeline.station("publish") {
      _ = try await stage.run("suture-publish", ["publish", "--workspace", publisher, repository])
      return ((), "payloads, manifest, metadata, timestamp last; loaded as a device would before it was shown", [:])
    }
    let published = clock.now
    let events = Events()
    _ = try await device.look { show($0, pair, events) }
    let applied = clock.now
    let report = try DeviceStatus(try await device.apply(component: pair.new.name) { show($0, pair, events) })
    let window = published.duration(to: clock.now)
    let after = try await answering(prober, "demo", pair, expect: .protected)
    guard report.verdict == .protected else {
      throw QuickstartError.notProven("the device says \(report.verdict.rawValue)")
    }
    try await Task.sleep(for: .milliseconds(50))
    let down = prober.account(since: applied)
    let removed = clock.now
    _ = try await device.remove(component: pair.new.name) { show($0, pair, events) }
    let restored = try await answering(prober, "demo", pair, expect: .exposed)
    guard restored.digest == before.digest else { throw QuickstartError.notProven("the baseline is not what it was") }
    let removal = removed.duration(to: clock.now)
    return outcome(pair, events, window: window, down: down, removal: removal, after)
  }

  private func outcome(
    _ pair: LibraryPair, _ events: Events, window: Duration, down: Prober.Account, removal: Duration, _ after: Proof
  ) -> JourneyOutcome {
    let payload = events.payloadBytes
    let advisories = events.advisories
    let gap = Timeline.microseconds(down.longestGap)
    let facts: [String: JSON] = [
      "protected": true, "removed": true, "package": .string(pair.new.name), "from": .string(pair.old.version.text),
      "to": .string(pair.new.version.text), "advisories": .array(advisories.map { .string($0) }),
      "payloadBytes": .integer(Int64(payload)), "debBytes": .integer(Int64(pair.debBytes)),
      "publishedToProtectedMilliseconds": .integer(Timeline.microseconds(window) / 1_000),
      "removalMilliseconds": .integer(Timeline.microseconds(removal) / 1_000),
      "longestGapMicroseconds": .integer(gap), "requestsAnswered": .integer(Int64(down.answered)),
      "requestsRefused": .integer(Int64(down.refused)), "mappedSha256": .string(after.digest.hex),
      "log": .string(DeviceStatus.logAccount),
    ]
    let lines = [
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
      ("public log", "\(DeviceStatus.logAccount): there is none yet"),
    ]
    return JourneyOutcome(facts: facts, lines: lines.map { (name: $0.0, value: $0.1) })
  }

  /// Shows a station of the device as it tells of it.
  private func show(_ json: JSON, _ pair: LibraryPair, _ events: Events) {
    guard let event = ProgressEvent(json) else { return }
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
    case .rebuild:
      message += "; \(Figure.count(Int(event.facts["bytes"]?.integer ?? 0))) bytes"
    case .restart:
      let down = event.facts["downMicroseconds"]?.integer ?? 0
      message += "; nothing ran for \(Figure.time(microseconds: down))"
    default: break
    }
    let isRestored = events.isRemoving && event.station == .restart
    timeline.station(isRestored ? "restore" : event.station.rawValue, event.microseconds, message, event.facts)
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
