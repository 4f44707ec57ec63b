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

  /// What may be why boots fail: they began with it, and it was not proven.
  package struct Suspicion: Sendable, Hashable {
    /// The most that is counted of anything.
    package static let limit = 1_000
    /// The most by which waiting is doubled.
    private static let doublings = 6

    /// How many boots that began with it did not come up, or ended right after it was put back.
    package var failures = 0
    /// How many boots that come up it is still to be left out of.
    package var waits = 0
    /// Whether it is not even put back once a boot has come up: one that had ended right after that.
    package var isHeldBack = false

    /// Describes one.
    package init(failures: Int = 0, waits: Int = 0, isHeldBack: Bool = false) {
      self.failures = failures
      self.waits = waits
      self.isHeldBack = isHeldBack
    }

    // Each time it waits for twice as many boots, and one besides.
    fileprivate func confirmed(whilePutBack isHeldBack: Bool) -> Suspicion {
      let count = min(failures + 1, Self.limit)
      return Suspicion(
        failures: count, waits: (1 << min(count, Self.doublings)) - 1, isHeldBack: self.isHeldBack || isHeldBack)
    }
  }

  /// How many boots in a row did not come up, the one under way not counted.
  package var failures = 0
  /// What stood from the beginning when a boot came up last.
  package var proven: Set<ImprovementName> = []
  /// What stood from the beginning of the boot that began last; nil once it came up.
  package var tried: Set<ImprovementName>?
  /// What that boot was to do without.
  package var leftOut: Set<ImprovementName> = []
  /// What may be why boots failed: tried again, from the beginning of ever fewer boots.
  package var suspicions: [ImprovementName: Suspicion] = [:]
  /// What was put back since the boot came up, and of which it is not known yet that the machine bears it.
  package var again: Set<ImprovementName> = []

  /// Nothing is known.
  package init() {}

  /// The record of a boot that begins, with all that is to stand.
  ///
  /// After one that failed it does without what the last good one did not have; after some more, without anything. What is
  /// suspected is tried from the beginning of ever fewer boots, one such at a time, so that what is not to blame is found
  /// out: a machine whose every second boot fails is none that can be used.
  package func beginning(with wanted: Set<ImprovementName>) -> BootRecord {
    var next = self
    next.failures = tried == nil ? 0 : failures + 1
    for name in (tried ?? []).subtracting(proven) { next.suspect(name) }
    for name in again { next.suspect(name, whilePutBack: true) }
    next.again = []
    next.suspicions = next.suspicions.filter { wanted.contains($0.key) }
    next.leftOut =
      switch next.failures {
      case 0: next.suspected
      case 1..<Self.patience: wanted.subtracting(proven)
      default: wanted
      }
    next.tried = wanted.subtracting(next.leftOut)
    return next
  }

  private mutating func suspect(_ name: ImprovementName, whilePutBack: Bool = false) {
    suspicions[name] = suspicions[name, default: Suspicion()].confirmed(whilePutBack: whilePutBack)
  }

  // All but the one whose turn it is to be tried.
  private var suspected: Set<ImprovementName> {
    let due = suspicions.filter { $0.value.waits == 0 }.map { ($0.value.failures, $0.key) }.min { $0 < $1 }
    return Set(suspicions.keys).subtracting(due.map { [$0.1] } ?? [])
  }

  /// The record once the boot under way is found to have come up: what it did without is tried again, but for what can be
  /// only when the next one begins, and what ended the machine when it was put back before.
  package func provenGood(waiting: Set<ImprovementName> = []) -> BootRecord {
    guard let tried else { return self }
    var next = BootRecord()
    next.proven = tried
    next.suspicions = suspicions.filter { !tried.contains($0.key) }
      .mapValues { Suspicion(failures: $0.failures, waits: max(0, $0.waits - 1), isHeldBack: $0.isHeldBack) }
    next.leftOut = leftOut.filter { waiting.contains($0) || next.suspicions[$0]?.isHeldBack == true }
    next.again = leftOut.subtracting(next.leftOut)
    return next
  }

  /// The record once it is known that the machine bears what was put back.
  package func borne() -> BootRecord {
    var next = self
    next.again = []
    return next
  }

  /// The record once an improvement is not to stand any more by its owner's word: with it goes what it is suspected of.
  package func forgetting(_ name: ImprovementName) -> BootRecord {
    var next = self
    next.suspicions[name] = nil
    next.again.remove(name)
    if tried == nil { next.leftOut.remove(name) }
    return next
  }
}
