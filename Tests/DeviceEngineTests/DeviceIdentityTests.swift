import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Linux
import TestSupport
import Testing

@Suite struct DeviceIdentityTests {
  private let folder: TemporaryDirectory
  private let state: Directory

  init() throws {
    folder = try TemporaryDirectory()
    state = try folder.directory.creatingDirectory(path("state"))
    _ = try folder.directory.creatingDirectory(path("etc"))
  }

  private func id() throws -> DeviceID { try DeviceIdentity(state: state, root: folder.directory).id() }

  private func setMachine(_ text: String) throws {
    try folder.directory.write(Array(text.utf8), to: path("etc/machine-id"))
  }

  @Test func `a device id stays, is for its owner only, and does not show the machine's id`() throws {
    let machine = "0123456789abcdef0123456789abcdef"
    try setMachine(machine + "\n")
    let first = try id()
    #expect(try id() == first)
    #expect(try state.status(path("device-id"))?.mode == 0o600)
    let text = String(decoding: try state.read(path("device-id"), limit: 4_096), as: UTF8.self)
    #expect(text.contains(first.description) && !text.contains(machine))
    // What the format document says that the digest is of.
    let digest = Digest(of: Array("suture device id".utf8) + [0] + Array(machine.utf8))
    #expect(text == #"{"format":1,"id":"\#(first)","machine":"\#(digest)"}"# + "\n")
    // With or without the line's end it is the same machine.
    try setMachine(machine)
    #expect(try id() == first)
  }

  @Test func `a cloned image gets a new id once its machine has its own`() throws {
    try setMachine("0123456789abcdef0123456789abcdef\n")
    let original = try id()
    try setMachine("fedcba9876543210fedcba9876543210\n")
    let clone = try id()
    #expect(clone != original)
    #expect(try id() == clone)
  }

  @Test(arguments: ["", "\n", "uninitialized\n"])
  func `an image made without a machine's id gets a new one at its first boot`(blank: String) throws {
    try setMachine(blank)
    let image = try id()
    #expect(try id() == image)
    try folder.directory.remove(path("etc/machine-id"))
    #expect(try id() == image)
    try setMachine("0123456789abcdef0123456789abcdef\n")
    let booted = try id()
    #expect(booted != image)
    try setMachine(blank)
    #expect(try id() != booted)
  }

  @Test(arguments: [
    "", "{}", "{\"format\":1}", "{\"format\":2,\"id\":\"000102030405060708090a0b0c0d0e0f\"}",
    "{\"format\":1,\"id\":\"../../../../../../../etc/shadow12\"}",
    "{\"format\":1,\"id\":\"000102030405060708090a0b0c0d0e0f\",\"machine\":7}",
    "{\"format\":1,\"id\":\"000102030405060708090a0b0c0d0e0f\",\"machine\":\"7\"}",
  ])
  func `a file that is none is replaced`(text: String) throws {
    try state.write(Array(text.utf8), to: path("device-id"), mode: 0o644)
    let made = try id()
    #expect(made.description != "000102030405060708090a0b0c0d0e0f")
    #expect(try id() == made)
    #expect(try state.status(path("device-id"))?.mode == 0o600)
  }

  @Test func `devices of one image differ in their cohorts once they were booted`() async throws {
    let world = try World()
    var ids: Set<DeviceID> = []
    for number in 0..<5 {
      let machine = String(repeating: "\(number)", count: 32)
      let layout = try world.addDevice("device-\(number)", machine: machine)
      // The image's own, taken along.
      try layout.state.write(
        Array(#"{"format":1,"id":"000102030405060708090a0b0c0d0e0f"}"#.utf8), to: path("device-id"), mode: 0o600)
      ids.insert(try DeviceIdentity(state: layout.state, root: layout.root).id())
    }
    #expect(ids.count == 5)
  }
}
