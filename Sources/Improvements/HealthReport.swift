package import Basics
internal import CanonicalJSON

/// How a component's health stands, as it is shown.
package struct HealthReport: Sendable, Hashable {
  /// What is under way.
  package enum Word: String, Sendable, Hashable {
    /// The improvement is live and watched.
    case watched
    /// The improvement was taken off, and what it fell back to is watched.
    case fallback
    /// The improvement is tried again at a time.
    case waiting
    /// The improvement is not tried again by itself.
    case givenUp = "given-up"
  }

  /// What is under way.
  package let word: Word
  /// Until when, about; nil where nothing is waited for.
  package let until: UTCTime?
  /// Which try this is, or the next one is, from 1.
  package let attempt: Int
  /// What was seen that is not well; nil where nothing was.
  package let reason: String?

  /// Describes how health stands.
  package init(word: Word, until: UTCTime?, attempt: Int, reason: String?) {
    self.word = word
    self.until = until
    self.attempt = attempt
    self.reason = reason
  }

  /// What a probation is shown as at a time; nil while nothing is to be shown yet.
  package init?(_ probation: Probation, at now: UTCTime) {
    attempt = probation.attempt + 1
    let ailments: [Ailment]
    switch probation.phase {
    case .ready: return nil
    case .watching(let left):
      word = .watched
      until = now.advanced(by: left)
      ailments = probation.endured
    case .fallback(let left, let causes):
      word = .fallback
      until = now.advanced(by: left)
      ailments = causes
    case .waiting(_, let time, let causes):
      word = .waiting
      until = time
      ailments = causes
    case .givenUp(let causes):
      word = .givenUp
      until = nil
      ailments = causes
    }
    reason = ailments.isEmpty ? nil : ailments.map(\.account).joined(separator: "; ")
  }

  var json: JSON {
    [
      "word": .string(word.rawValue), "until": until.map { .string($0.description) } ?? .null,
      "attempt": .integer(Int64(attempt)), "reason": reason.map { .string($0) } ?? .null,
    ]
  }

  init?(optional json: JSON?) throws(ManifestError) {
    guard let json, json != .null else { return nil }
    let fields = try JSONFields.reading(json, at: "health")
    guard let word = Word(rawValue: try fields.text("word")) else {
      throw .malformed("a word of health is none that is known")
    }
    self.init(
      word: word, until: json["until"]?.string.flatMap { UTCTime($0) },
      attempt: Int(try fields.number("attempt", in: 1...1_000_001)), reason: json["reason"]?.string)
  }
}
