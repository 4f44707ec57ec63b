import Basics
import CanonicalJSON
import Improvements
import Synchronization
import Terminal

/// What is shown while the way is gone: a line a station, or a JSON object a line.
final class Timeline: Sendable {
  let console: Console
  let isJSON: Bool
  private let stations = Mutex<[(name: String, microseconds: Int64)]>([])

  init(console: Console, isJSON: Bool) {
    self.console = console
    self.isJSON = isJSON
  }

  /// What will be done and where, before anything is.
  func title(_ text: String, _ place: String) {
    guard !isJSON else { return }
    console.line(console.styled(text, .bold))
    for line in Self.filled(place, width: 104) { console.line(console.styled(line, .dim)) }
    console.line()
  }

  /// One station that is done.
  func station(_ name: String, _ microseconds: Int64, _ message: String, _ facts: [String: JSON] = [:]) {
    stations.withLock { $0.append((name, microseconds)) }
    if isJSON {
      let object: JSON = [
        "station": .string(name), "milliseconds": Self.milliseconds(microseconds), "message": .string(message),
        "facts": .object(facts),
      ]
      return console.line(object.compactText)
    }
    let lines = Self.filled(message)
    let head =
      "  " + console.styled(Columns.left(name, 10), .bold)
      + Columns.right(Figure.time(microseconds: microseconds), 11) + "   "
    for (index, line) in lines.enumerated() {
      console.line((index == 0 ? head : String(repeating: " ", count: 26)) + line)
    }
  }

  /// Runs a station and shows it when it is done.
  func station<T>(_ name: String, _ work: () async throws -> (T, String, [String: JSON])) async throws -> T {
    let clock = ContinuousClock()
    let started = clock.now
    let (value, message, facts) = try await work()
    station(name, Self.microseconds(started.duration(to: clock.now)), message, facts)
    return value
  }

  /// A verdict with what the kernel says.
  func proof(_ text: String, exposure: ProcessReport.Exposure) {
    guard !isJSON else { return }
    let style: Style = exposure == .protected ? .green : .red
    let lines = Self.filled(text)
    for (index, line) in lines.enumerated() {
      let head =
        index == 0
        ? "  " + console.styled(Columns.left(exposure.rawValue, 24), style) : String(repeating: " ", count: 26)
      console.line(head + line)
    }
  }

  /// Something that takes a while and is not the news itself; on standard error.
  func progress(_ text: String) { console.note("quickstart: \(text)") }

  /// The end: what it came to.
  func finish(_ facts: [String: JSON], _ lines: [(name: String, value: String)]) {
    guard isJSON else {
      console.line()
      for line in lines {
        for (index, text) in Self.filled(line.value).enumerated() {
          console.line("  " + console.styled(Columns.left(index == 0 ? line.name : "", 24), .dim) + text)
        }
      }
      return
    }
    var all = facts
    var times: [String: JSON] = [:]
    for station in stations.withLock({ $0 }) {
      times[station.name] = Self.milliseconds(station.microseconds)
    }
    all["stations"] = .object(times)
    console.line(JSON.object(all).compactText)
  }

  // Words joined by a no-break space stay on one line.
  private static func filled(_ text: String, width: Int = 78) -> [String] {
    Columns.filled(text.split(separator: " ").map(String.init), width: width).map { line in
      String(line.map { $0 == "\u{a0}" ? " " : $0 })
    }
  }

  static func microseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
  }

  // Whole milliseconds, rounded up: nothing took no time. (The JSON of this project has no fractions.)
  private static func milliseconds(_ microseconds: Int64) -> JSON { .integer((microseconds + 999) / 1_000) }
}
