import CanonicalJSON
import Foundation
import Glibc
import Linux
import TestSupport
import Testing

@testable import DeviceAPI

/// Runs a program and returns its standard output; its standard error goes where ours goes.
private func output(of program: String, _ arguments: [String]) async throws -> (status: Int32, text: String) {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = pipe
  try process.run()
  // Not on a thread of the concurrency pool: the service that the program calls needs those.
  let data = await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: pipe.fileHandleForReading.readDataToEndOfFile()) }
  }
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}

/// The Python in which the PyPI package `varlink` is installed: SUTURE_PYTHON, else the first in PATH; nil for none.
private let pythonWithVarlink: String? = {
  let python = ProcessInfo.processInfo.environment["SUTURE_PYTHON"] ?? "python3"
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [python, "-c", "import varlink"]
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return nil }
  process.waitUntilExit()
  return process.terminationStatus == 0 ? python : nil
}()

/// Callers that are not ours: another library, and another user.
@Suite(.timeLimit(.minutes(10))) struct ForeignCallerTests {
  @Test(.enabled(if: pythonWithVarlink != nil, "Python's varlink is not installed here (pip install varlink)"))
  func `Python's varlink library reads the description, calls, and takes events`() async throws {
    let python = try #require(pythonWithVarlink)
    let folder = try TemporaryDirectory()
    let path = folder.path + "/io.suture.Device"
    let script = """
      import json, sys, varlink
      with varlink.Client(address="unix:" + sys.argv[1]) as client:
        with client.open("io.suture.Device") as device:
          print(json.dumps(device.GetStatus()["status"]["verdict"]))
          for reply in device.Apply(component="libexpat1", _more=True):
            print(json.dumps(reply, sort_keys=True))
          try:
            device.Remove(to="a")
          except varlink.VarlinkError as error:
            print(error.error(), error.parameters()["reason"])
        print(sorted(client.get_interfaces()) == ["io.suture.Device", "org.varlink.service"])
      """
    let device = try DeviceInterface.serving(TalkingDevice(), mayChange: { _ in true })
    _ = try await serving([device], at: path) { () async throws in
      let (status, text) = try await output(of: "/usr/bin/env", [python, "-c", script, path])
      #expect(status == 0)
      // The library leaves out what is null.
      let expected = """
        "nothing-to-protect"
        {"event": {"facts": {"bytes": 7}, "message": "fetched", "microseconds": 5, "station": "fetch"}}
        {"report": {"component": "libexpat1"}}
        io.suture.Device.Refused the letter a is not in the store
        True

        """
      #expect(text == expected)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can call as another user"))
  func `another user may connect and read, and is refused a change by what the kernel says of it`() async throws {
    let parent = try Directory(path: "/tmp")
    let name = try path("suture-test-\(UInt64.random(in: .min ... .max))")
    let socket = try parent.creatingDirectory(name, mode: 0o755).path + "/io.suture.Device"
    defer { try? parent.removeTree(name) }
    let script = """
      use IO::Socket::UNIX;
      my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "cannot connect: $!";
      $/ = "\\0";
      for my $method (qw(GetStatus Look Apply Remove Reapply Reload)) {
        print $socket "{\\"method\\":\\"io.suture.Device.$method\\"}\\0";
        $socket->flush();
        my $reply = <$socket>;
        chomp $reply;
        print "$reply\\n";
      }
      """
    let device = try DeviceInterface.serving(TalkingDevice(), mayChange: DeviceInterface.ownerOrRoot(geteuid()))
    _ = try await serving([device], at: socket) { () async throws in
      let user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
      let (status, text) = try await output(of: "/usr/bin/env", ["setpriv"] + user + ["perl", "-e", script, socket])
      #expect(status == 0)
      let replies = try text.split(separator: "\n").map { try VarlinkReply(parsing: Array($0.utf8)) }
      #expect(replies.count == 6)
      #expect(replies.first?.error == nil)
      #expect(replies.dropFirst().allSatisfy { $0.error == "org.varlink.service.PermissionDenied" })
    }
  }
}

private struct TalkingDevice: DeviceService {
  func status() async throws -> JSON {
    [
      "verdict": "nothing-to-protect", "components": [], "lastFreshLook": nil, "automatic": true,
      "transparency": "off", "log": "not logged", "limits": [],
      "alarms": [],
    ]
  }

  func history(component: String?, hasLooks: Bool, limit: Int) async throws -> JSON {
    ["history": [], "hasOlder": false]
  }

  func settings() async throws -> JSON { ["settings": [], "problem": nil] }

  func setAutomatic(_ isOn: Bool, by user: UInt32) async throws -> JSON { try await settings() }

  func reload(by user: UInt32) async throws -> JSON { try await settings() }

  func watch(_ tell: @Sendable (JSON) async throws -> Void) async throws { try await tell(["lost": 1]) }

  func look(events: DeviceEvents) async throws -> JSON { [:] }

  func apply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON {
    events.send(["station": "fetch", "stream": nil, "message": "fetched", "microseconds": 5, "facts": ["bytes": 7]])
    return ["component": component.map { .string($0) } ?? .null]
  }

  func reapply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON { [:] }

  func setPin(_ isPinned: Bool, of component: String, by user: UInt32) async throws -> JSON { try await status() }

  func remove(component: String?, to letter: String?, events: DeviceEvents) async throws -> JSON {
    throw DeviceRefusal.refused(reason: "the letter \(letter ?? "?") is not in the store")
  }

  func packagesChanging() async throws {}

  func packagesChanged(by process: String, events: DeviceEvents) async throws -> JSON { [:] }
}
