internal import Basics

/// A question to the machine whose answer tells whether something works.
package struct Probe: Sendable, Hashable {
  /// The most probes of one improvement.
  package static let countLimit = 16
  /// The most arguments of a program, itself included.
  package static let argumentLimit = 32
  /// The most bytes of one argument, or of an address's path.
  package static let textByteLimit = 1_024
  /// How long a probe may take where it does not say so.
  package static let standardLimit: Duration = .seconds(5)
  /// How long a probe may be allowed to take, in seconds.
  package static let limitSeconds: ClosedRange<Int64> = 1...30

  /// What is asked.
  package enum Question: Sendable, Hashable {
    /// Whether a program on the machine exits with 0: its absolute name and its arguments, and the user that it runs as.
    case program([String], user: String)
    /// Whether the machine itself accepts a connection at a port, from its own loopback.
    case connection(port: UInt16)
    /// Whether an HTTP server at a port of the machine's own loopback answers with a status of 200 to 399.
    case page(port: UInt16, path: String)
  }

  /// The user that a publisher's program runs as where the manifest names none.
  package static let nobody = "nobody"

  /// What is asked.
  package let question: Question
  /// How long the answer may take.
  package let limit: Duration

  /// Checks a question; what it asks must be within the limits above.
  package init(_ question: Question, limit: Duration = Probe.standardLimit) throws(ManifestError) {
    self.question = question
    self.limit = limit
    let seconds = limit.components.seconds
    guard Self.limitSeconds.contains(seconds), limit == .seconds(seconds) else {
      throw .malformed("a probe's limit is not 1 to \(Self.limitSeconds.upperBound) whole seconds")
    }
    switch question {
    case .program(let words, let user):
      guard let program = words.first, program.first == "/", RelativePath(program.dropFirst()) != nil else {
        throw .malformed("a probe's program is not named by an absolute path")
      }
      guard words.count <= Self.argumentLimit, words.allSatisfy(Self.isText) else {
        throw .malformed(
          "a probe's program has more than \(Self.argumentLimit) arguments, or one that is no text of one line of"
            + " at most \(Self.textByteLimit) bytes")
      }
      guard Self.isUserName(user) else { throw .malformed("a probe's user is no user's name") }
    case .connection(let port):
      guard port > 0 else { throw .malformed("a probe's port is 0") }
    case .page(let port, let path):
      guard port > 0 else { throw .malformed("a probe's port is 0") }
      guard path.hasPrefix("/"), path.utf8.count <= Self.textByteLimit,
        path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
      else { throw .malformed("a probe's path is none of printable ASCII that begins with a slash") }
    }
  }

  private static func isText(_ text: String) -> Bool {
    text.utf8.count <= textByteLimit
      && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
  }

  // As useradd(8) takes names by default.
  private static func isUserName(_ text: String) -> Bool {
    guard (1...32).contains(text.utf8.count), let first = text.utf8.first else { return false }
    func isLetter(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }
    return isLetter(first)
      && text.utf8.dropFirst().allSatisfy {
        isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
  }
}

extension Probe: CustomStringConvertible {
  /// What it is called: `/usr/sbin/nginx -t`, `port 443`, `http://localhost:8080/health`.
  package var description: String {
    switch question {
    case .program(let words, _): words.joined(separator: " ")
    case .connection(let port): "port \(port)"
    case .page(let port, let path): "http://localhost:\(port)\(path)"
    }
  }
}
