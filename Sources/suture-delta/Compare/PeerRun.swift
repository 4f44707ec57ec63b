import Basics
import Linux

/// Runs the programs of a peer and adds up what they cost.
final class PeerRun {
  /// What a phase cost so far.
  struct Cost: Sendable, Hashable {
    var microseconds: Int64 = 0
    var residentBytes: Int64 = 0
    var anonymousBytes: Int64 = 0

    mutating func add(_ cost: ProcessCost) {
      microseconds += cost.microseconds
      residentBytes = max(residentBytes, cost.residentBytes)
      anonymousBytes = max(anonymousBytes, cost.anonymousBytes)
    }
  }

  /// Why a peer gave no figures.
  struct Refusal: Error, Hashable {
    let reason: String
  }

  /// The folder of this peer's own files.
  let folder: String
  private(set) var cost = Cost()
  /// Whether what runs is counted.
  private var isCounting = true
  private let directory: Directory
  private let limit: Duration

  /// A peer works in an empty folder; each of its programs is given so long.
  init(_ directory: Directory, limit: Duration) {
    self.directory = directory
    self.limit = limit
    folder = directory.path
  }

  /// The name of a file in the folder.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Runs a program that must end well; its output goes to a file of the folder, or nowhere.
  func run(_ program: String, _ arguments: String..., output name: String = "output") throws {
    guard let executable = Executables.find(program) else { throw Refusal(reason: "\(program) is not installed") }
    let output = try create(name)
    let errors = try create("errors")
    do {
      let cost = try ProcessLauncher.measure(
        executable, arguments: arguments, environment: Executables.environment(home: folder), output: output,
        errors: errors, limit: limit)
      if isCounting { self.cost.add(cost) }
      guard cost.end == .exited(0) else {
        let said = try text("errors").split(separator: "\n").last.map(String.init) ?? "without a word"
        throw Refusal(reason: "\(program) failed: \(said)")
      }
    } catch let error as LinuxError where error.isTimeout {
      throw Refusal(reason: "\(program) took longer than \(limit.components.seconds) s")
    }
  }

  /// What a program wrote, without white space at its ends.
  func text(_ name: String) throws -> String {
    let bytes = try RelativePath(name).flatMap { try directory.readIfPresent($0, limit: 1 << 20) } ?? []
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Runs what is there before anything is made or applied: it costs nothing.
  func uncounted(_ work: () throws -> Void) rethrows {
    isCounting = false
    defer { isCounting = true }
    try work()
  }

  /// The cost so far, from which the next phase does not start.
  func takeCost() -> Cost {
    defer { cost = Cost() }
    return cost
  }

  /// The lengths of files of the folder together, in bytes.
  func length(of names: [String]) throws -> Int {
    try names.reduce(0) { sum, name in
      guard let path = RelativePath(name), let status = try directory.status(path) else {
        throw Refusal(reason: "it left no \(name)")
      }
      return sum + status.size
    }
  }

  /// The digest of a file of the folder.
  func digest(of name: String) throws -> Digest {
    guard let path = RelativePath(name) else { throw Failure.noName(name) }
    return try directory.openFile(path).digest().digest
  }

  private func create(_ name: String) throws -> FileDescriptor {
    guard let path = RelativePath(name) else { throw Failure.noName(name) }
    try directory.remove(path)
    return try directory.appendingFile(path)
  }
}

/// Programs of this machine.
enum Executables {
  private static let searchPath = ProcessEnvironment.value("PATH") ?? "/usr/bin:/bin"

  /// Where a program lies; a name with a slash is taken as it is.
  static func find(_ program: String) -> String? {
    if program.contains("/") { return program }
    return searchPath.split(separator: ":").map { "\($0)/\(program)" }.first { (try? Directory.file(at: $0)) != nil }
  }

  /// What programs see of the environment: messages in English, and nothing of the caller's settings.
  static func environment(home: String) -> [String: String] {
    ["PATH": searchPath, "HOME": home, "LC_ALL": "C.UTF-8", "TMPDIR": home]
  }

  /// A Python that has the module; `SUTURE_PYTHON` names one, else `python3` is asked.
  static func python(with module: String, home: String) -> String? {
    let names = [ProcessEnvironment.value("SUTURE_PYTHON"), "python3"].compactMap(\.self)
    return names.compactMap(find).first { python in
      let result = try? ProcessLauncher.run(
        python, arguments: ["-c", "import \(module)"], environment: environment(home: home))
      return result?.end == .exited(0)
    }
  }
}
