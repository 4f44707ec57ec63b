internal import CanonicalJSON
package import Improvements
package import Linux

/// When a component's files that nobody maps became others: of what is read the kernel tells no more.
package struct ContentSwitch: Sendable, Hashable {
  /// The component's stream.
  package let stream: Stream
  /// Which serial's content was there before; nil for the baseline's, and where no process of this boot can have read it.
  package let former: Serial?
  /// Which serial's content is there; nil for the baseline's.
  package let present: Serial?
  /// What names that content: the same paths with the same bytes have the same name; empty for the baseline's.
  package let content: String
  /// In which boot.
  package let boot: String
  /// The first tick of that boot of which it is sure that it was there; nil while it is being put there.
  package let since: UInt64?

  /// Describes a switch.
  package init(
    _ stream: Stream, from former: Serial?, to present: Serial?, content: String, boot: String, since: UInt64?
  ) {
    self.stream = stream
    self.former = former
    self.present = present
    self.content = content
    self.boot = boot
    self.since = since
  }

  /// From when on processes read what is there now; nil where that is not known.
  package var moment: BootMoment? { since.map { BootMoment(boot: boot, ticks: $0) } }
}

extension Journal {
  private static let switchPrefix = "read/"

  /// The last switch of each stream that has files which nobody maps.
  package func switches() throws(JournalError) -> [Stream: ContentSwitch] {
    try access { database throws(JournalError) in
      var found: [Stream: ContentSwitch] = [:]
      let rows = try database.run(
        "SELECT name, value FROM fact WHERE substr(name, 1, ?1) = ?2",
        [.integer(Int64(Self.switchPrefix.count)), .text(Self.switchPrefix)])
      for row in rows {
        guard let stream = Stream(String(try row.text(0).dropFirst(Self.switchPrefix.count))),
          let json = try? JSON(parsing: Array(row.text(1).utf8)), let content = json["content"]?.string,
          let boot = json["boot"]?.string
        else { throw .damaged("when content became another is nothing") }
        found[stream] = ContentSwitch(
          stream, from: json["from"]?.integer.flatMap { Serial($0) }, to: json["to"]?.integer.flatMap { Serial($0) },
          content: content, boot: boot, since: json["since"]?.integer.flatMap { UInt64(exactly: $0) })
      }
      return found
    }
  }

  /// Writes down switches, each in place of its stream's last one, all together or none.
  package func record(_ switches: [ContentSwitch]) throws(JournalError) {
    guard !switches.isEmpty else { return }
    try access { database throws(JournalError) in
      try database.transaction { () throws(JournalError) in
        for change in switches {
          let json: JSON = [
            "from": change.former.map { .integer($0.number) } ?? .null,
            "to": change.present.map { .integer($0.number) } ?? .null, "content": .string(change.content),
            "boot": .string(change.boot), "since": change.since.map { .integer(Int64(clamping: $0)) } ?? .null,
          ]
          try database.run(
            "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)",
            [.text(Self.switchPrefix + change.stream.description), .text(json.compactText)])
        }
      }
    }
  }
}
