package import Basics
internal import Journal

// The time that signed things are held against. The clock may have been set to anything: it is never the only word.
extension Device {
  /// How far the clock may be behind signed times before the owner is told.
  private static let clockTolerance: Duration = .seconds(3_600)

  /// The time by which a look goes: the clock's, and not before what signed times say was reached.
  ///
  /// A clock that was set to the past revives nothing that has expired. One that was set far ahead makes everything look
  /// expired while it is wrong, and is never remembered. What the timestamp says of its own signing comes on top, as soon
  /// as it is verified (`Update`), and is forgotten when its key is replaced.
  func lookTime() throws -> UTCTime {
    let now = parts.now()
    return max(now, try parts.journal.timeFloor() ?? now)
  }

  /// Raises the time that was surely reached, by the word of those who sign times, such as enough witnesses of a public log.
  package func raiseTimeFloor(to time: UTCTime) throws { try parts.journal.raiseTimeFloor(to: time) }

  /// What the owner is told where the clock is behind signed times.
  func clockNotes() -> [String] {
    let now = parts.now()
    let floor = (try? parts.journal.timeFloor()) ?? nil
    guard let signed = [signedTime, floor].compactMap(\.self).max(), now.advanced(by: Self.clockTolerance) < signed
    else { return [] }
    return ["this machine's clock says \(now), and what it fetched was signed at \(signed): looks go by the latter"]
  }
}
