/// An improvement by its stream and serial, without anything else that is known of it.
package struct ImprovementName: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The stream.
  package let stream: Stream
  /// The serial.
  package let serial: Serial

  /// Names an improvement.
  package init(_ stream: Stream, _ serial: Serial) {
    self.stream = stream
    self.serial = serial
  }

  /// `STREAM SERIAL`.
  package var description: String { "\(stream) \(serial)" }

  /// Parses `STREAM SERIAL`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let stream = Stream(parts[0]), let serial = Serial(parts[1]) else { return nil }
    self.init(stream, serial)
  }

  /// Orders by stream, then by serial.
  package static func < (left: ImprovementName, right: ImprovementName) -> Bool {
    (left.stream, left.serial) < (right.stream, right.serial)
  }
}

/// What is known of a device's boots, so that one that fails is not repeated for ever.
///
/// A boot counts as failed when the next one begins and nobody had found that it came up.
package struct BootRecord: Sendable, Hashable {
  /// After how many failed boots in a row even that is left out with which a boot came up before.
  package static let patience = 3

  /// How many boots in a row did not come up, the one under way not counted.
  package var failures = 0
  /// What stood from the beginning when a boot came up last.
  package var proven: Set<ImprovementName> = []
  /// What stood from the beginning of the boot that began last; nil once it came up.
  package var tried: Set<ImprovementName>?
  /// What that boot was to do without.
  package var leftOut: Set<ImprovementName> = []

  /// Nothing is known.
  package init() {}

  /// The record of a boot that begins, with all that is to stand.
  ///
  /// After one that failed it does without what the last good one did not have; after some more, without anything.
  package func beginning(with wanted: Set<ImprovementName>) -> BootRecord {
    var next = self
    next.failures = tried == nil ? 0 : failures + 1
    next.leftOut =
      switch next.failures {
      case 0: []
      case 1..<Self.patience: wanted.subtracting(proven)
      default: wanted
      }
    next.tried = wanted.subtracting(next.leftOut)
    return next
  }

  /// The record once the boot under way is found to have come up: what it did without is tried again, but for what can be only when
  /// the next one begins.
  package func provenGood(waiting: Set<ImprovementName> = []) -> BootRecord {
    guard let tried else { return self }
    var next = BootRecord()
    next.proven = tried
    next.leftOut = leftOut.intersection(waiting)
    return next
  }
}
