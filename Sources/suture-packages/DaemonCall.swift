import Basics
import CanonicalJSON
import Linux

/// Tells the daemon over its control socket, and never waits long for it.
struct DaemonCall {
  /// How long the daemon may take to look at everything again.
  static let limit = Duration.seconds(60)
  /// The longest answer, in bytes, as the control protocol has it.
  private static let byteLimit = 1 << 20

  private let runtime: Directory

  init(_ runtime: Directory) {
    self.runtime = runtime
  }

  /// Tells that a run has begun; where nobody listens there is nobody to tell.
  ///
  /// The answer is waited for: a connection that ends at once may be gone before the daemon has asked the kernel whose it is.
  func announce() {
    let deadline = ContinuousClock.now.advanced(by: .seconds(1))
    guard let connection = try? connect() else { return }
    try? connection.send(Self.call("PackagesChanging", [:], [:]), until: deadline)
    _ = try? connection.receive(limit: 1 << 16, until: deadline)
  }

  /// Tells that a run is done and shows what the daemon does; false where it does not answer.
  func conclude(_ process: ProcessIdentity) -> Bool {
    let deadline = ContinuousClock.now.advanced(by: Self.limit)
    do {
      let connection = try connect()
      try connection.send(
        Self.call("PackagesChanged", ["process": .string(process.description)], ["more": true]), until: deadline)
      var rest: [UInt8] = []
      while let bytes = try connection.receive(limit: 1 << 16, until: deadline) {
        rest += bytes
        while let end = rest.firstIndex(of: 0) {
          let reply = try JSON(parsing: Array(rest[..<end]))
          rest.removeSubrange(...end)
          if let message = reply["parameters"]?["event"]?["message"]?.string {
            SuturePackages.tell(Self.plain(message))
          }
          if let reason = reply["parameters"]?["reason"]?.string { SuturePackages.tell(Self.plain(reason)) }
          if reply["continues"]?.bool != true { return true }
        }
        guard rest.count <= Self.byteLimit else { return false }
      }
      return false
    } catch let error as LinuxError where error.isTimeout {
      SuturePackages.tell(Sentence.goesOn)
      return true
    } catch { return false }
  }

  private func connect() throws -> UnixConnection {
    guard let socket = RelativePath("io.suture.Device") else { throw Sentence.noDaemon }
    return try UnixConnection(to: socket, in: runtime)
  }

  private static func call(_ method: String, _ parameters: [String: JSON], _ marks: [String: JSON]) -> [UInt8] {
    var members: [String: JSON] = ["method": .string("io.suture.Device.\(method)"), "parameters": .object(parameters)]
    for (name, mark) in marks { members[name] = mark }
    return Array(JSON.object(members).compactText.utf8) + [0]
  }

  // For a terminal: what moves its cursor is left out.
  private static func plain(_ text: String) -> String {
    String(text.filter { !$0.isNewline && $0.asciiValue.map { $0 >= 0x20 } ?? true })
  }
}
