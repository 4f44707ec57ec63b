internal import Basics
package import Linux

/// Tells people at their desktops something, by the notification service of their own session
/// (Desktop Notifications Specification 1.2, `org.freedesktop.Notifications`).
///
/// A user's bus belongs to that user, who decides what answers there: so it is the user, and never root, who speaks to it, by
/// systemd's busctl, for some seconds at most.
package struct DesktopNotifier: Sendable {
  /// How long a session may take to answer.
  private static let limit: Duration = .seconds(5)
  /// The longest title or text that is sent, in bytes.
  static let byteLimit = 1 << 10

  private let runtime: Directory
  private let program: String

  /// - Parameters:
  ///   - runtime: the folder with `user`, in which are users' runtime folders by their numbers: `/run`.
  ///   - program: busctl.
  package init(runtime: Directory, program: String = "/usr/bin/busctl") {
    self.runtime = runtime
    self.program = program
  }

  /// Shows a user a notice; false where there is no desktop of theirs, or nothing there that shows it.
  ///
  /// Throws where it could not be asked.
  package func tell(_ user: UInt32, _ title: String, _ text: String) async throws -> Bool {
    guard let folder = RelativePath("user/\(user)"), let place = folder.appending("bus") else { return false }
    // Whoever else could put a socket there would be spoken to.
    guard let home = try runtime.statusOfLink(folder), home.kind == .directory, home.owner == user,
      let bus = try runtime.statusOfLink(place), bus.kind == .other, bus.owner == user
    else { return false }
    let address = "--address=unix:path=\(runtime.name(place))"
    let service = ["org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications"]
    // Who says it, nothing that it replaces, an icon, no actions, no hints, and as long as the desktop likes.
    let words =
      ["Notify", "susssasa{sv}i", "Suture", "0", "security-high", Self.shown(title), Self.shown(text), "0", "0", "-1"]
    let arguments = ["--quiet", "--timeout=\(Self.limit.components.seconds)", address, "--", "call"] + service + words
    let account = ProcessLauncher.userID == 0 ? UserAccount(user: user, group: home.group) : nil
    let program = program
    return try await WaitingThread.run {
      do {
        return try ProcessLauncher.run(program, arguments: arguments, as: account, limit: Self.limit) == .exited(0)
      } catch let error as LinuxError where error.isTimeout { return false }
    }
  }

  // A desktop may take marks in it for a markup language's, and nothing is told that is not plain text.
  private static func shown(_ text: String) -> String {
    let marks: Set<Unicode.Scalar> = ["<", ">", "&"]
    let plain = text.unicodeScalars.map { scalar in
      scalar == "\n" || (0x20...0x7e).contains(scalar.value) && !marks.contains(scalar) ? scalar : "?"
    }
    return String(String.UnicodeScalarView(plain.prefix(byteLimit)))
  }
}
