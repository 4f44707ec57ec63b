internal import Basics
package import Improvements
package import Linux

/// Asks the machine what probes want to know.
package struct ProbeAsker: Sendable {
  private let root: Directory

  /// Asks on behalf of the system at a root: its programs, its users.
  package init(root: Directory) { self.root = root }

  /// Asks all of these, side by side, and gives why each failed, or nil where it passed, by its name.
  package func answers(to probes: [Probe]) async -> [String: String?] {
    await withTaskGroup(of: (String, String?).self) { group in
      for probe in probes { group.addTask { (probe.description, await failure(of: probe)) } }
      var answers: [String: String?] = [:]
      for await (name, failure) in group { answers.updateValue(failure, forKey: name) }
      return answers
    }
  }

  /// Why a probe fails, as the end of a sentence that begins with its name; nil where it passes.
  package func failure(of probe: Probe) async -> String? {
    do { return try await WaitingThread.run { try ask(probe) } } catch let error as LinuxError where error.isTimeout {
      return "did not answer within \(probe.limit.components.seconds) s"
    } catch { return "failed: \(error)" }
  }

  private func ask(_ probe: Probe) throws -> String? {
    switch probe.question {
    case .program(let words, let user): return try run(words, as: user, limit: probe.limit)
    case .connection(let port):
      try Loopback.connect(to: port, limit: probe.limit)
      return nil
    case .page(let port, let path):
      guard let status = try Loopback.status(of: path, at: port, limit: probe.limit) else { return "answered no HTTP" }
      return (200...399).contains(status) ? nil : "answered with status \(status)"
    }
  }

  private func run(_ words: [String], as user: String, limit: Duration) throws -> String? {
    guard let program = words.first, let path = RelativePath(program.dropFirst()) else { return "names no program" }
    var account: UserAccount?
    // Who is not root can be nobody else.
    if ProcessLauncher.userID == 0, user != "root" {
      guard let table = RelativePath("etc/passwd"),
        let found = UserAccount(named: user, in: try root.read(table, limit: UserAccount.byteLimit))
      else { return "cannot run: there is no user \(user)" }
      account = found
    }
    // In a folder that holds a part of a system only, the machine's own program is meant.
    let isThere = try root.status(path) != nil
    let end = try ProcessLauncher.run(
      isThere ? root.name(path) : "/\(path)", arguments: Array(words.dropFirst()), as: account, limit: limit)
    switch end {
    case .exited(0): return nil
    case .exited(let status): return "exited with status \(status)"
    case .signalled(let signal): return "was ended by signal \(signal)"
    }
  }
}
