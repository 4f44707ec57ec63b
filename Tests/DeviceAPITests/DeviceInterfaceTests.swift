import Basics
import CanonicalJSON
import Glibc
import Improvements
import Linux
import Synchronization
import TestSupport
import Testing

@testable import DeviceAPI

/// A device that does what it is told and remembers it.
private final class ScriptedDevice: DeviceService {
  let asked = Mutex<[String]>([])
  let refusal: DeviceRefusal?
  let account: JSON

  init(refusal: DeviceRefusal? = nil, account: JSON) {
    self.refusal = refusal
    self.account = account
  }

  private func work(_ what: String, _ events: DeviceEvents) throws -> JSON {
    asked.withLock { $0.append(what) }
    if let refusal { throw refusal }
    for number in Int64(0)..<3 {
      events.send(ProgressEvent(.fetch, "step \(number)", facts: ["bytes": .integer(number)]).json)
    }
    return ["done": .string(what)]
  }

  func status() async throws -> JSON { account }
  func history(component: String?, hasLooks: Bool, limit: Int) async throws -> JSON {
    asked.withLock { $0.append("history \(component ?? "all") \(hasLooks) \(limit)") }
    return ["history": [["time": "2026-11-23T20:54:00Z", "event": ProgressEvent(.look, "x").json]], "hasOlder": false]
  }
  private func settings(_ what: String) throws -> JSON {
    asked.withLock { $0.append(what) }
    if let refusal { throw refusal }
    let setting = SettingInForce(
      section: "Device", key: "Automatic", value: "off", origin: .policy(file: "policy.d/10-fleet.conf"),
      overruled: "on")
    return ["settings": [setting.json], "problem": nil]
  }

  func settings() async throws -> JSON { try settings("settings") }
  func setAutomatic(_ isOn: Bool, by user: UInt32) async throws -> JSON { try settings("automatic \(isOn)") }
  func reload(by user: UInt32) async throws -> JSON { try settings("reload") }
  func watch(_ tell: @Sendable (JSON) async throws -> Void) async throws {
    asked.withLock { $0.append("watch") }
    defer { asked.withLock { $0.append("watched") } }
    try await tell(["status": account])
    for number in Int64(0)... { try await tell(["event": ProgressEvent(.look, "\(number)").json]) }
  }

  func look(events: DeviceEvents) async throws -> JSON { try work("look", events) }
  func apply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON {
    try work("apply \(component ?? "all") \(way)", events)
  }
  func reapply(component: String?, _ way: ApplyWay, events: DeviceEvents) async throws -> JSON {
    try work("reapply \(component ?? "all") \(way)", events)
  }
  func setPin(_ isPinned: Bool, of component: String, by user: UInt32) async throws -> JSON {
    asked.withLock { $0.append("\(isPinned ? "pin" : "unpin") \(component)") }
    return account
  }
  func remove(component: String?, to letter: String?, events: DeviceEvents) async throws -> JSON {
    try work("remove \(component ?? "all") \(letter ?? "baseline")", events)
  }
  func packagesChanging() async throws { _ = try work("packages changing", .none) }
  func packagesChanged(by process: String, events: DeviceEvents) async throws -> JSON {
    try work("packages changed by \(process)", events)
  }
}

@Suite(.timeLimit(.minutes(10))) struct DeviceInterfaceTests {
  let folder: TemporaryDirectory
  let socket: String

  init() throws {
    folder = try TemporaryDirectory()
    socket = folder.path + "/io.suture.Device"
  }

  private static func account(processes count: Int = 1) throws -> DeviceStatus {
    let version = try #require(PackageVersion("2.5.0-1+deb12u1"))
    let standing = DeviceStatus.Standing(
      serial: try #require(Serial(6)), letter: .a, state: .confirmed, since: UTCTime(secondsSinceEpoch: 0),
      advisories: ["CVE-2022-40674"])
    let component = DeviceStatus.Component(
      stream: try #require(Stream("debian-12/amd64/libexpat1")), serial: try #require(Serial(7)),
      letter: try #require(Letter("b")), baseline: version, fixedIn: version, state: .waiting(reason: "later"),
      advisories: ["CVE-2022-40674"], files: [try path("usr/lib/libexpat.so.1.8.10")], payloadBytes: 4_096,
      since: UTCTime(secondsSinceEpoch: 0),
      processes: (0..<count).map { number in
        ProcessReport(
          pid: Int32(number + 1), name: "init", service: nil, exposure: .exposed,
          mapped: "/usr/lib/x86_64-linux-gnu/libexpat.so.1.8.10", identity: "8:1 2")
      },
      copies: [
        CopyReport(
          pid: 9, name: "web", place: .unmanaged, build: .other, mapped: "/usr/lib/libexpat.so.1", identity: "0:51 7")
      ], standing: standing, read: ReadReport(files: 2, readers: ["nginx.service"]))
    return DeviceStatus(
      verdict: .exposed, components: [component], lastFreshLook: nil, automatic: true, transparencyRequired: false,
      limits: ["nothing was seen of the containers"])
  }

  private func interface(
    _ device: ScriptedDevice, mayChange: @escaping @Sendable (PeerCredentials) -> Bool = { _ in true }
  ) throws -> VarlinkInterface {
    try DeviceInterface.serving(device, mayChange: mayChange)
  }

  @Test func `the status of a machine on which fifty thousand processes map improved files is read`() async throws {
    let device = ScriptedDevice(account: try Self.account(processes: 50_000).json)
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device)], at: socket) { () async throws in
      #expect(try await DeviceStatus(client.status()) == Self.account(processes: 50_000))
    }
  }

  @Test func `the status of Improvements and its events are what the description lists, member for member`() throws {
    let description = try DeviceInterface.description()
    let status = try #require(description.methods["GetStatus"]?.output)
    try description.check(["status": Self.account().json], fits: status, unknown: .refused)
    let reply = try #require(description.methods["Apply"]?.output)
    let stream = try #require(Stream("debian-12/amd64/libexpat1"))
    for event in [ProgressEvent(.look, "x"), ProgressEvent(.rollBack, stream: stream, "y", facts: ["bytes": 1])] {
      try description.check(["event": event.json], fits: reply, unknown: .refused)
    }
    #expect(throws: VarlinkDescription.Mismatch.self) {
      try description.check(["event": ["message": "x"]], fits: reply, unknown: .refused)
    }
  }

  @Test func `status, look, apply, reapply and remove arrive as they were meant`() async throws {
    let device = ScriptedDevice(account: try Self.account().json)
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device)], at: socket) { () async throws in
      #expect(try await client.status() == Self.account().json)
      #expect(try await client.look() == ["done": "look"])
      #expect(try await client.apply() == ["done": "apply all untilLive"])
      #expect(try await client.apply(component: "libexpat1", .dryRun) == ["done": "apply libexpat1 dryRun"])
      #expect(try await client.reapply() == ["done": "reapply all untilLive"])
      #expect(
        try await client.reapply(component: "libexpat1", .untilConfirmed) == [
          "done": "reapply libexpat1 untilConfirmed"
        ])
      #expect(try await client.remove(component: "libexpat1", to: "a") == ["done": "remove libexpat1 a"])
      #expect(try await client.remove() == ["done": "remove all baseline"])
      #expect(try await client.setPin(true, of: "libexpat1") == Self.account().json)
      #expect(try await client.setPin(false, of: "libexpat1") == Self.account().json)
      #expect(device.asked.withLock { Array($0.suffix(2)) } == ["pin libexpat1", "unpin libexpat1"])
    }
  }

  @Test func `events come before the report and in their order`() async throws {
    let device = ScriptedDevice(account: [:])
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device)], at: socket) { () async throws in
      var events: [ProgressEvent] = []
      _ = try await client.apply { json in events.append(try #require(ProgressEvent(json))) }
      #expect(events.map(\.message) == ["step 0", "step 1", "step 2"])
      #expect(events.map { $0.facts["bytes"] } == [0, 1, 2])
    }
  }

  @Test(arguments: [
    DeviceRefusal.busy(reason: "it is applying"), .nothingToDo(reason: "all is in place"), .refused(reason: "expired"),
  ])
  func `a refusal comes out as what it is, with its sentence`(refusal: DeviceRefusal) async throws {
    let device = ScriptedDevice(refusal: refusal, account: [:])
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device)], at: socket) { () async throws in
      await #expect(throws: refusal) { try await client.apply() }
      await #expect(throws: refusal) { try await client.look() }
      await #expect(throws: refusal) { try await client.remove() }
      await #expect(throws: refusal) { try await client.reapply() }
      await #expect(throws: refusal) { try await client.setAutomatic(false) }
      await #expect(throws: refusal) { try await client.reload() }
    }
  }

  @Test func `a caller without rights may read and may change nothing`() async throws {
    let device = ScriptedDevice(account: try Self.account().json)
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device, mayChange: { _ in false })], at: socket) { () async throws in
      #expect(try await client.status() == Self.account().json)
      await #expect(throws: VarlinkError.failure(.permissionDenied)) { try await client.look() }
      await #expect(throws: VarlinkError.failure(.permissionDenied)) { try await client.apply() }
      await #expect(throws: VarlinkError.failure(.permissionDenied)) { try await client.remove() }
      await #expect(throws: VarlinkError.failure(.permissionDenied)) { try await client.reapply() }
      await #expect(throws: VarlinkError.failure(.permissionDenied)) { try await client.setPin(true, of: "libexpat1") }
      await #expect(throws: VarlinkError.failure(.permissionDenied)) { try await client.setAutomatic(true) }
      await #expect(throws: VarlinkError.failure(.permissionDenied)) { try await client.reload() }
      #expect(device.asked.withLock { $0 } == [])
      _ = try await client.settings()
    }
    #expect(device.asked.withLock { $0 } == ["settings"])
  }

  @Test func `only root and the owner may change a device`() {
    let mayChange = DeviceInterface.ownerOrRoot(1_000)
    #expect(mayChange(PeerCredentials(pid: 1, user: 0, group: 5)))
    #expect(mayChange(PeerCredentials(pid: 1, user: 1_000, group: 5)))
    #expect(!mayChange(PeerCredentials(pid: 1, user: 1_001, group: 1_000)))
    #expect(!mayChange(PeerCredentials(pid: 0, user: 65_534, group: 0)))
  }

  @Test func `settings, the switch and reading again arrive as they were meant`() async throws {
    let device = ScriptedDevice(account: [:])
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device)], at: socket) { () async throws in
      let account = try await client.settings()
      #expect(account["settings"]?.array?.compactMap(SettingInForce.init).map(\.overruled) == ["on"])
      _ = try await client.setAutomatic(true)
      _ = try await client.reload()
      let plain = VarlinkClient(at: socket)
      for automatic: JSON in ["off", 0, nil, []] {
        await #expect(throws: VarlinkError.failure(.invalidParameter("automatic"))) {
          try await plain.call("io.suture.Device.SetAutomatic", ["automatic": automatic])
        }
      }
    }
    #expect(device.asked.withLock { $0 } == ["settings", "automatic true", "reload"])
  }

  @Test func `who watches may leave at any time, and the watch ends with it`() async throws {
    struct Enough: Error {}
    let device = ScriptedDevice(account: try Self.account().json)
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device, mayChange: { _ in false })], at: socket) { () async throws in
      var told: [JSON] = []
      await #expect(throws: Enough.self) {
        try await client.watch { json in
          told.append(json)
          if told.count == 10 { throw Enough() }
        }
      }
      #expect(told.first?["status"] == (try Self.account().json))
      #expect(told.dropFirst().compactMap { $0["event"]?["message"]?.string } == (0..<9).map(String.init))
      while !device.asked.withLock({ $0.contains("watched") }) { try await Task.sleep(for: .milliseconds(1)) }
      let plain = VarlinkClient(at: socket)
      await #expect(throws: VarlinkError.failure(.expectedMore)) { try await plain.call("io.suture.Device.Watch") }
    }
    #expect(device.asked.withLock { $0 } == ["watch", "watched"])
  }

  @Test func `the history is for everybody, and its limit has limits`() async throws {
    let device = ScriptedDevice(account: [:])
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device, mayChange: { _ in false })], at: socket) { () async throws in
      #expect(try await client.history(limit: 1_000)["hasOlder"] == false)
      _ = try await client.history(component: "libexpat1", hasLooks: true, limit: 1)
      for limit in [0, -1, 1_001, Int.max, Int.min] {
        await #expect(throws: VarlinkError.failure(.invalidParameter("limit"))) {
          try await client.history(limit: limit)
        }
      }
      let plain = VarlinkClient(at: socket)
      _ = try await plain.call("io.suture.Device.GetHistory")
      for limit: JSON in ["5", [], true] {
        await #expect(throws: VarlinkError.failure(.invalidParameter("limit"))) {
          try await plain.call("io.suture.Device.GetHistory", ["limit": limit])
        }
      }
    }
    let asked = ["history all false 1000", "history libexpat1 true 1", "history all false 100"]
    #expect(device.asked.withLock { $0 } == asked)
  }

  @Test func `an answer that does not fit the description is not believed`() async throws {
    let device = ScriptedDevice(account: ["verdict": "protected"])
    let client = try DeviceClient(at: socket)
    _ = try await serving([interface(device)], at: socket) { () async throws in
      let error = await #expect(throws: VarlinkError.self) { try await client.status() }
      #expect(error?.description.contains("status.components is missing") == true)
    }
  }

  @Test func `a device that is not there is named, with what to look for`() async throws {
    let error = await #expect(throws: VarlinkError.self) { try await DeviceClient(at: socket).status() }
    #expect(error?.description.contains(socket) == true)
    #expect(error?.description.contains("is sutured running") == true)
  }
}
