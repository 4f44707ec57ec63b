/// Where a process belongs: what somebody has to restart, end or replace to be rid of what it runs.
package enum ProcessPlace: Sendable, Hashable, CustomStringConvertible {
  /// A unit of the system's service manager, or a service of the built-in supervisor.
  case unit(String)
  /// A unit of a user's own service manager, with that user's number.
  case userUnit(String, user: String)
  /// A login session.
  case session(String)
  /// A container or a virtual machine, by the name that its manager gave its control group.
  case container(String)
  /// None of these: somebody started it by hand.
  case unmanaged

  /// As people and programs read it: `unit nginx.service`, `unit app.service of user 1000`, `session 3`,
  /// `container docker-….scope`, `unmanaged`.
  package var description: String {
    switch self {
    case .unit(let name): "unit \(name)"
    case .userUnit(let name, let user): "unit \(name) of user \(user)"
    case .session(let name): "session \(name)"
    case .container(let name): "container \(name)"
    case .unmanaged: "unmanaged"
    }
  }

  /// Reads a description back; what is none is unmanaged.
  init(told text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    switch (words.first, words.count) {
    case ("unit", 2): self = .unit(words[1])
    case ("unit", 5) where words[2] == "of" && words[3] == "user": self = .userUnit(words[1], user: words[4])
    case ("session", 2): self = .session(words[1])
    case ("container", 2): self = .container(words[1])
    default: self = .unmanaged
    }
  }
}
