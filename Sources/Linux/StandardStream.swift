internal import Glibc

/// A program's standard output or standard error.
package enum StandardStream: Sendable {
  /// Standard output.
  case output
  /// Standard error.
  case error

  private var number: Int32 {
    switch self {
    case .output: STDOUT_FILENO
    case .error: STDERR_FILENO
    }
  }

  /// Whether a person looks at it.
  package var isTerminal: Bool { isatty(number) == 1 }

  /// Writes a text at once, whatever the stream is connected to; where nobody reads any more there is nobody to tell.
  package func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      rest = rest.dropFirst(count)
    }
  }
}

extension StandardStream {
  /// Standard input to its end, at most `limit` bytes.
  package static func readInput(limit: Int) throws(LinuxError) -> [UInt8] {
    let number = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
    guard number >= 0 else { throw .last("read", "standard input") }
    return try FileDescriptor(owning: number, name: "standard input").readAll(limit: limit)
  }
}

/// What this process was started with.
package enum ProcessEnvironment {
  /// The value of a variable; nil where it is not set.
  package static func value(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
