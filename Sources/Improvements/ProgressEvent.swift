internal import Basics
package import CanonicalJSON

/// One thing that happened while a device worked, as it is shown to whoever watches.
package struct ProgressEvent: Sendable, Hashable {
  /// The stations on the way of an improvement.
  package enum Station: String, Sendable, Hashable, CaseIterable {
    /// Metadata was fetched and verified.
    case look
    /// The improvement's manifest was fetched, verified, and fits.
    case offer
    /// Payloads are being fetched; told again and again, and not written into the history.
    case fetching
    /// Payloads were fetched.
    case fetch
    /// The improved files were rebuilt from the baseline and have their digests.
    case rebuild
    /// The improved files stand in place of the baseline's.
    case graft
    /// Exposed processes were found and the restart plan made.
    case plan
    /// A service was restarted.
    case restart
    /// The improvement is live and watched from now on.
    case watch
    /// The improvement was found healthy.
    case confirm
    /// What the watch over the fallback came to: acquitted, or when it is tried again.
    case acquit
    /// A rollback did not come to a good end, or has now.
    case alarm
    /// The improvement's files were taken off.
    case remove
    /// The improvement was taken off because of bad health.
    case rollBack = "roll-back"
    /// A setting was changed.
    case setting
    /// Something was refused; the machine is as it was.
    case refuse
  }

  /// Where on the way.
  package let station: Station
  /// The stream concerned, where one is.
  package let stream: Stream?
  /// One sentence for people.
  package let message: String
  /// How long the station took, in microseconds.
  package let microseconds: Int64
  /// Further figures and facts by name.
  package let facts: [String: JSON]

  /// Describes what happened.
  package init(
    _ station: Station, stream: Stream? = nil, _ message: String, took duration: Duration = .zero,
    facts: [String: JSON] = [:]
  ) {
    self.station = station
    self.stream = stream
    self.message = message
    let (seconds, attoseconds) = duration.components
    microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    self.facts = facts
  }

  /// The event as it travels over the control interface.
  package var json: JSON {
    [
      "station": .string(station.rawValue), "stream": stream.map { .string($0.description) } ?? .null,
      "message": .string(message), "microseconds": .integer(microseconds), "facts": .object(facts),
    ]
  }

  /// Reads an event back; nil where it is not one.
  package init?(_ json: JSON) {
    guard let station = json["station"]?.string.flatMap(Station.init(rawValue:)), let message = json["message"]?.string,
      let microseconds = json["microseconds"]?.integer
    else { return nil }
    self.station = station
    stream = json["stream"]?.string.flatMap { Stream($0) }
    self.message = message
    self.microseconds = microseconds
    facts = json["facts"]?.object ?? [:]
  }
}
