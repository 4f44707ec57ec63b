package import CanonicalJSON
internal import Improvements
internal import Linux
internal import LogKeeping
internal import TUF

/// A publisher's watch over a log: which entries are one's own, and which of them one made.
package struct LogWatch: Sendable {
  private let monitor: LogMonitor
  private let own: OwnEntries
  private let client: LogClient

  /// One look, for people and programs.
  package struct Look: Sendable {
    /// New entries of one's own, a line each.
    package let news: [String]
    /// What nobody here made, a sentence each.
    package let alerts: [String]
    /// What there is to say in all.
    package let sentence: String
    /// The same as objects: `entry`, `alert` and `looked`.
    package let lines: [JSON]

    init(_ report: LogMonitor.Report) {
      func text(_ sighting: LogMonitor.Sighting) -> String {
        sighting.entry?.description ?? "bytes that are no entry of Suture's"
      }
      func json(_ event: String, _ sighting: LogMonitor.Sighting) -> JSON {
        ["event": .string(event), "index": .integer(Int64(sighting.index)), "entry": sighting.entry?.json ?? .null]
      }
      news = report.news.map { "entry \($0.index): \(text($0))" }
      alerts = report.unknown.map { "entry \($0.index) of the log is not known here: \(text($0))" }
      sentence =
        "the log has \(report.size) entries, \(report.size - report.former) of them new; verified"
        + (alerts.isEmpty ? "" : "; not known: \(alerts.count)")
      lines =
        report.news.map { json("entry", $0) } + report.unknown.map { json("alert", $0) }
        + [
          [
            "event": "looked", "size": .integer(Int64(report.size)), "former": .integer(Int64(report.former)),
            "unknown": .integer(Int64(report.unknown.count)),
          ]
        ]
    }
  }

  /// A watch.
  ///
  /// - Parameters:
  ///   - log: an address, or a folder.
  ///   - keys: the log's keys.
  ///   - state: the folder that keeps what was seen; made where it is missing.
  ///   - patterns: one's own streams; all, where there is none.
  ///   - known: workspaces and repositories with what one made.
  package init(_ log: String, keys: [String], state: String, own patterns: [String], known: [String]) throws {
    let patterns = try patterns.map { text in
      guard let pattern = PathPattern(text) else { throw PublishingError.badPattern(text) }
      return pattern
    }
    let keys = try LogKeys.logs(keys)
    let state = try Directory.creating(path: state, mode: 0o700)
    own = OwnEntries(folders: known)
    let isAddress = log.hasPrefix("http://") || log.hasPrefix("https://")
    let folder = try isAddress ? nil : FolderSource(Directory(path: log))
    let address = try isAddress ? LogClient.checked(log) : log
    // Last: nothing may fail once there is a client, which has to be shut down.
    client = LogClient()
    let source: any LogSource = folder ?? HTTPSource(checked: address, client: client)
    monitor = LogMonitor(source, keys: keys, state: state) { entry in
      guard let stream = entry?.stream, !patterns.isEmpty else { return true }
      guard let path = TargetPath("\(stream)") else { return true }
      return patterns.contains { $0.matches(path) }
    }
  }

  /// Looks once.
  package func look() async throws -> Look {
    let entries = try own.entries()
    return Look(try await monitor.look { entries.contains($0) })
  }

  /// Ends the connections.
  package func close() async { await client.shutdown() }
}
