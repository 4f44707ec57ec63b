import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// What the owner removed stays off until the owner says otherwise.
@Suite struct ReapplyTests {
  private let off = "[Policy]\nAutomatic=off\n"

  @Test func `without a name everything that is held back comes back, and only that`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    await #expect(throws: DeviceError.nothingToDo("nothing is held back")) {
      try await running.device.reapply(component: nil)
    }
    try await running.device.lookAndApply()
    try await running.device.remove(component: nil, by: "owner")
    #expect(try await running.device.planReapply(component: nil).streams == [world.stream])
    try await running.device.reapply(component: nil)
    #expect(try running.loaded(world.file) == world.new)
    #expect(try running.journal.held().isEmpty)
    await #expect(throws: DeviceError.self) { try await running.device.reapply(component: nil) }
  }

  @Test func `what is held back outlives a restart and a look, and comes back after the next look`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
      try await running.device.remove(component: "libdemo", by: "owner")
    }
    let again = try await world.device()
    // The repository was not looked at yet: refused, and held back as before.
    await #expect(throws: DeviceError.self) { try await again.device.reapply(component: "libdemo") }
    #expect(try again.journal.held() == [world.stream: .first])
    try await again.device.lookAndApply()
    #expect(try again.loaded(world.file) == world.old)
    let state = try present(again.journal.improvements().first?.state)
    #expect(state.detail.contains("`suture reapply libdemo`"))
    try await again.device.reapply(component: "libdemo")
    #expect(try again.loaded(world.file) == world.new)
  }

  @Test func `after going back to an earlier letter the later one comes back by name`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let later = world.new + [2]
    try world.publish(serial: present(Serial(2)), letter: present(Letter("b")), improved: later)
    try await running.device.lookAndApply()
    try await running.device.remove(component: "libdemo", to: .a, by: "owner")
    #expect(try running.loaded(world.file) == world.new)
    await #expect(throws: DeviceError.held(world.stream)) { try await running.device.apply(component: "libdemo") }
    try await running.device.reapply(component: "libdemo")
    #expect(try running.loaded(world.file) == later)
  }

  @Test func `what failed on the way back is let go all the same, and installs at the next round`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    try await running.device.remove(component: "libdemo", by: "owner")
    let store = try Directory(path: world.deviceRoot + "/var/lib/suture/store")
    for name in try store.names() { try store.remove(path(name)) }
    try world.repository.removeTree(path("payloads"))
    _ = try world.repository.creatingDirectory(path("payloads"))
    await #expect(throws: DeviceError.self) { try await running.device.reapply(component: "libdemo") }
    #expect(try running.journal.held().isEmpty)
    try world.publish(serial: present(Serial(1)))
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `what is only offered, in place or unknown is not reapplied, and the sentence says what to do`()
    async throws
  {
    var world = try World()
    try world.publish()
    let running = try await world.device(policy: off)
    await #expect(throws: DeviceError.unknownComponent("libdemo")) {
      try await running.device.reapply(component: "libdemo")
    }
    try await running.device.look()
    let error = await #expect(throws: DeviceError.self) { try await running.device.reapply(component: "libdemo") }
    #expect(error?.description.contains("`suture apply libdemo`") == true)
    try await running.device.apply(component: "libdemo")
    await #expect(throws: DeviceError.self) { try await running.device.reapply(component: "libdemo") }
    #expect(try running.loaded(world.file) == world.new)
  }
}
