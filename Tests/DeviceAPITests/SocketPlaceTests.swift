import Basics
import CanonicalJSON
import Glibc
import Linux
import TestSupport
import Testing

@testable import DeviceAPI

@Suite(.timeLimit(.minutes(10))) struct SocketPlaceTests {
  let folder: TemporaryDirectory

  init() throws {
    folder = try TemporaryDirectory()
  }

  private func isServed(_ path: String) async throws {
    _ = try await serving([], at: path) { () async throws in
      _ = try await VarlinkClient(at: path).call("org.varlink.service.GetInfo")
    }
  }

  @Test func `everybody may connect`() async throws {
    let path = folder.path + "/socket"
    let directory = folder.directory
    _ = try await serving([], at: path) { () async throws in
      #expect(try directory.statusOfLink(TestSupport.path("socket"))?.mode == 0o666)
    }
  }

  @Test func `a socket that a crash left behind is replaced`() async throws {
    close(try folder.directory.listeningSocket(path("socket"), mode: 0o600))
    await #expect(throws: VarlinkError.self) {
      try await VarlinkClient(at: folder.path + "/socket").call("org.varlink.service.GetInfo")
    }
    try await isServed(folder.path + "/socket")
  }

  @Test func `a socket at which another service listens is left alone`() async throws {
    let path = folder.path + "/socket"
    _ = try await serving([], at: path) { () async throws in
      await #expect(throws: VarlinkError.inUse(path: path)) { try await serving([], at: path) {} }
      _ = try await VarlinkClient(at: path).call("org.varlink.service.GetInfo")
    }
  }

  @Test func `a file, a folder and a link are never replaced`() async throws {
    let directory = folder.directory
    try directory.write([1], to: path("file"))
    _ = try directory.creatingDirectory(path("folder"))
    try directory.link(to: "file", at: path("link"))
    for name in ["file", "folder", "link"] {
      let error = await #expect(throws: VarlinkError.self) { try await serving([], at: "\(directory.path)/\(name)") {} }
      guard case .cannotListen = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    #expect(try directory.read(path("file"), limit: 10) == [1])
    #expect(try directory.names().sorted() == ["file", "folder", "link"])
  }

  @Test func `a path longer than a socket's address is served and reached`() async throws {
    let long = try path((0..<10).map { "a-rather-long-name-\($0)" }.joined(separator: "/"))
    let place = try folder.directory.creatingDirectory(long).path + "/io.suture.Device"
    #expect(SocketPlace(place).isLong)
    try await isServed(place)
  }

  @Test func `a path that can be no socket's is refused with a sentence`() async throws {
    for path in ["", "/", folder.path + "/", folder.path + "/missing/socket", folder.path + "/.."] {
      let error = await #expect(throws: VarlinkError.self) { try await serving([], at: path) {} }
      #expect(error?.description.hasPrefix("cannot listen at ") == true)
    }
  }

  @Test func `the name of a socket in the current folder is understood`() {
    #expect(SocketPlace("socket").folder == ".")
    #expect(SocketPlace("/socket").folder == "/")
    #expect(SocketPlace("a/b/socket").folder == "a/b/")
    #expect(SocketPlace("a/b/socket").name == "socket")
  }
}
