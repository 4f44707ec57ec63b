internal import Basics
package import Improvements
internal import Journal
package import Linux

/// What whoever logs in reads (pam_motd(8)): `motd.d/suture` beneath the machine's runtime folder.
///
/// Where no such module shows it, a file lies there that nobody reads.
package struct LoginNotice: Sendable {
  /// How many lines it has at most between the first and the last.
  static let lineLimit = 8
  /// The longest notice, in bytes: that many lines with the longest names and reasons.
  static let byteLimit = 1 << 14

  private let runtime: Directory
  private let folder: RelativePath
  private let file: RelativePath

  /// A notice beneath `/run`, or what stands for it.
  package init(runtime: Directory) throws {
    guard let folder = RelativePath("motd.d"), let file = folder.appending("suture") else {
      throw DeviceError.badSetting("motd.d is no path")
    }
    self.runtime = runtime
    self.folder = folder
    self.file = file
    // What a daemon that was killed left beside it would be shown as well.
    guard try runtime.statusOfLink(folder)?.kind == .directory else { return }
    try runtime.directory(folder).clearLeftovers(of: file.name)
  }

  /// Has everybody who logs in read a text; nil takes the notice away.
  package func show(_ text: String?) throws {
    guard let text else { return try runtime.remove(file) }
    let bytes = Array(text.utf8)
    if let status = try runtime.statusOfLink(file), status.kind == .file, status.mode == 0o644,
      try runtime.readIfPresent(file, limit: Self.byteLimit) == bytes
    {
      return
    }
    _ = try runtime.creatingDirectory(folder)
    try runtime.write(bytes, to: file, mode: 0o644)
  }
}

extension Device {
  /// What waits for somebody: programs that run vulnerable code although the improvement is in place, and the machine where one takes
  /// its place only when it starts.
  package func waiting() async throws -> [RestartPlan.Step] {
    let standing = try inPlace()
    let atStart = Set(
      try waitingForMoment().filter { $0.manifest.switchMoment == .start }.map(\.manifest.stream))
    guard !standing.isEmpty || !atStart.isEmpty else { return [] }
    let exposure = try await exposure()
    let processes = exposure.filter { standing[$0.key] != nil && !atStart.contains($0.key) }.values.joined()
    return await remedies(for: Array(processes)).filter { !$0.isUnattended } + restartsOfMachine(for: atStart, exposure)
  }

  /// What those who log in should read: what waits for somebody, and what finishes it; nil where nothing waits.
  package static func loginNotice(_ waiting: [RestartPlan.Step]) -> String? {
    guard !waiting.isEmpty else { return nil }
    var lines = ["Suture: these run vulnerable code still and wait for somebody:"]
    for step in waiting.prefix(LoginNotice.lineLimit) { lines.append("  " + plain(step.account)) }
    let more = waiting.count - LoginNotice.lineLimit
    if more > 0 { lines.append("  and \(more) more") }
    lines.append("`suture status` names each process.")
    return lines.map { $0 + "\n" }.joined()
  }

  // Whoever starts a program names it, and a terminal does what it is told: what is no plain text is shown as a question mark.
  private static func plain(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { (0x20...0x7e).contains($0.value) ? $0 : "?" }))
  }
}
