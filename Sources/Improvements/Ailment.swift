/// Something wrong with what runs a component's code.
package struct Ailment: Sendable, Hashable {
  /// Who or what is ill.
  package enum Subject: Sendable, Hashable {
    /// A service, by its unit's name.
    case service(String)
    /// Processes outside any service, by the kernel's short name of them.
    case program(String)
    /// A probe, by its own account.
    case probe(String)
  }

  /// How it shows.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// It does not start at all. Nobody from outside brings that about.
    case start
    /// It ended, crashed or does not answer. Somebody may be doing that.
    case run
  }

  /// What an illness is known by when it is seen again.
  package struct Symptom: Sendable, Hashable {
    /// Who or what is ill.
    package let subject: Subject
    /// How it shows.
    package let kind: Kind

    /// Names a symptom.
    package init(_ subject: Subject, _ kind: Kind) {
      self.subject = subject
      self.kind = kind
    }

    /// Whether the same cause explains another symptom: what does not start does not run either.
    package func explains(_ other: Symptom) -> Bool {
      subject == other.subject && (kind == .start || other.kind == .run)
    }
  }

  /// What it is known by.
  package let symptom: Symptom
  /// What was seen, as a sentence without an end.
  package let account: String

  /// Describes what is wrong.
  package init(_ subject: Subject, _ kind: Kind, _ account: String) {
    symptom = Symptom(subject, kind)
    self.account = account
  }
}

extension Ailment.Subject: CustomStringConvertible {
  /// The subject in words that are read back, such as `service nginx.service`.
  package var description: String {
    switch self {
    case .service(let name): "service \(name)"
    case .program(let name): "program \(name)"
    case .probe(let name): "probe \(name)"
    }
  }

  /// Reads back what `description` wrote; nil for anything else.
  package init?(_ text: String) {
    guard let space = text.firstIndex(of: " ") else { return nil }
    let name = String(text[text.index(after: space)...])
    switch text[..<space] {
    case "service": self = .service(name)
    case "program": self = .program(name)
    case "probe": self = .probe(name)
    default: return nil
    }
  }

  /// The name alone.
  package var name: String {
    switch self {
    case .service(let name), .program(let name), .probe(let name): name
    }
  }
}
