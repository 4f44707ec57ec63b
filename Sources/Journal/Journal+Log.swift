package import Basics
internal import CanonicalJSON
package import Improvements

/// What a device knows of one entry of the public log.
package struct LogRecord: Sendable, Hashable {
  /// The entry.
  package let entry: LogEntry
  /// The proof's file, as it was verified when it came; nil where none was taken.
  package let proof: [UInt8]?
  /// Why none was taken; nil where there is none at the repository.
  package let refusal: String?

  /// Describes what is known.
  package init(entry: LogEntry, proof: [UInt8]?, refusal: String?) {
    self.entry = entry
    self.proof = proof
    self.refusal = refusal
  }
}

/// What an entry is about; of each subject one record is kept, that of the last entry that was asked for.
package enum LogSubject: Sendable, Hashable {
  /// That an improvement was published.
  case publication(Stream, Serial)
  /// That an improvement was withdrawn.
  case withdrawal(Stream, Serial)
  /// The repository's root.
  case root

  /// What an entry is about.
  package init(_ entry: LogEntry) {
    switch entry {
    case .publish(let stream, let serial, _): self = .publication(stream, serial)
    case .withdraw(let stream, let serial, _): self = .withdrawal(stream, serial)
    case .root: self = .root
    }
  }

  var name: String {
    switch self {
    case .publication(let stream, let serial): "log/publish/\(stream)/\(serial)"
    case .withdrawal(let stream, let serial): "log/withdraw/\(stream)/\(serial)"
    case .root: "log/root"
    }
  }
}

extension Journal {
  /// The log policy that the repository's top-level targets role signed last, as a file, with its digest; nil before
  /// there was one.
  package func logPolicy() throws(JournalError) -> (bytes: [UInt8], digest: Digest)? {
    guard let text = try logFact("log-policy") else { return nil }
    guard let bytes = Base64.decode(Array(text.utf8)) else { throw .damaged("the log policy is none") }
    return (bytes, Digest(of: bytes))
  }

  /// Records the log policy that is in force from now on.
  package func record(logPolicy bytes: [UInt8]) throws(JournalError) {
    try setLogFacts([("log-policy", Base64.encode(bytes))])
  }

  /// The largest checkpoint of a log that was ever verified here, as a file; nil before the first.
  ///
  /// - Parameter origin: SHA-256 of the log's origin line.
  package func largestCheckpoint(ofOrigin origin: Digest) throws(JournalError) -> [UInt8]? {
    try logFact("log-checkpoint/\(origin)").map { Array($0.utf8) }
  }

  /// What is known of a subject in the log; nil where it was never asked.
  package func logRecord(_ subject: LogSubject) throws(JournalError) -> LogRecord? {
    guard let text = try logFact(subject.name) else { return nil }
    guard let json = try? JSON(parsing: Array(text.utf8)),
      let bytes = json["entry"]?.string.map({ Array($0.utf8) }), let entry = try? LogEntry(parsing: bytes),
      LogSubject(entry) == subject
    else { throw .damaged("what is known of \(subject.name) is none") }
    return LogRecord(
      entry: entry, proof: json["proof"]?.string.map { Array($0.utf8) }, refusal: json["refusal"]?.string)
  }

  /// Records what is known of an entry of the log, and with it the log's largest checkpoint, where this is it.
  package func record(
    _ record: LogRecord, largest: (origin: Digest, checkpoint: [UInt8])? = nil
  ) throws(JournalError) {
    var members: [String: JSON] = ["entry": .string(String(decoding: record.entry.bytes, as: UTF8.self))]
    members["proof"] = record.proof.map { .string(String(decoding: $0, as: UTF8.self)) }
    members["refusal"] = record.refusal.map { .string($0) }
    var facts = [(LogSubject(record.entry).name, JSON.object(members).compactText)]
    if let largest {
      facts.append(("log-checkpoint/\(largest.origin)", String(decoding: largest.checkpoint, as: UTF8.self)))
    }
    try setLogFacts(facts)
  }

  private func logFact(_ name: String) throws(JournalError) -> String? {
    try access { database throws(JournalError) in
      try database.run("SELECT value FROM fact WHERE name = ?", [.text(name)]).first?.text(0)
    }
  }

  private func setLogFacts(_ facts: [(name: String, value: String)]) throws(JournalError) {
    try access { database throws(JournalError) in
      try database.transaction { () throws(JournalError) in
        for fact in facts {
          try database.run(
            "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", [.text(fact.name), .text(fact.value)])
        }
      }
    }
  }
}
