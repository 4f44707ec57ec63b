import Basics
import CanonicalJSON
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// What a device goes by, and where each of it comes from.
@Suite struct SettingsTests {
  private let needed = "[Device]\nOperatingSystem=debian-12\nArchitecture=amd64\n[Repository]\nAddress=/srv\n"

  private func layout(_ files: [String: String]) throws -> (DeviceLayout, TemporaryDirectory) {
    let temporary = try TemporaryDirectory()
    let layout = try DeviceLayout(root: temporary.path)
    for (name, text) in ["sutured.conf": needed].merging(files, uniquingKeysWith: { $1 }) {
      if let folder = try path(name).parent { _ = try layout.configuration.creatingDirectory(folder) }
      try layout.configuration.write(Array(text.utf8), to: path(name))
    }
    return (layout, temporary)
  }

  @Test func `each setting tells the file that it comes from, the last one in order of names wins`() throws {
    let (layout, temporary) = try layout([
      "sutured.conf.d/10-a.conf": "[Device]\nLookInterval=5min\nProbationTime=1s\nAutomatic=no\n",
      "sutured.conf.d/20-b.conf": "[Device]\nLookInterval=7min\nProbationTime=\n",
      "sutured.conf.d/30-c.conf.off": "[Device]\nLookInterval=9min\n",
    ])
    let settings = try layout.settings()
    #expect(settings.lookInterval == .seconds(420))
    #expect(settings.setting("LookInterval")?.origin == .settings(file: "sutured.conf.d/20-b.conf"))
    // An empty assignment takes back what was set before.
    #expect(settings.probation == nil && settings.setting("ProbationTime")?.origin == .standard)
    #expect(settings.setting("Address")?.origin == .settings(file: "sutured.conf"))
    #expect(!settings.automatic && settings.setting("Automatic")?.value == "off")
    #expect(settings.setting("Transparency")?.origin == .standard)
    withExtendedLifetime(temporary) {}
  }

  @Test func `policy wins over the owner and says so, in both words`() throws {
    let (layout, temporary) = try layout([
      "sutured.conf.d/50-owner.conf": "[Device]\nAutomatic=on\n",
      "policy.d/10-fleet.conf": "[Policy]\nAutomatic=off\n",
    ])
    let settings = try layout.settings()
    #expect(!settings.automatic && settings.automaticIsPolicy)
    let setting = try #require(settings.setting("Automatic"))
    #expect(setting.origin == .policy(file: "policy.d/10-fleet.conf") && setting.overruled == "on")
    #expect(SettingInForce(setting.json) == setting)
    let before = try layout.configuration.read(path("sutured.conf.d/50-owner.conf"), limit: 1 << 10)
    for isOn in [true, false] {
      let error = #expect(throws: DeviceError.self) { try layout.writeAutomatic(isOn) }
      #expect(error?.description.contains("policy.d/10-fleet.conf says Automatic=off") == true)
    }
    #expect(try layout.configuration.read(path("sutured.conf.d/50-owner.conf"), limit: 1 << 10) == before)
    withExtendedLifetime(temporary) {}
  }

  @Test func `the owner's switch is written down, and what else stands in its file stays`() throws {
    let (layout, temporary) = try layout([:])
    #expect(try layout.settings().automatic)
    #expect(try !layout.writeAutomatic(false).automatic)
    let settings = try layout.settings()
    #expect(!settings.automatic)
    #expect(settings.setting("Automatic")?.origin == .settings(file: DeviceLayout.ownerFile))
    let file = try path(DeviceLayout.ownerFile)
    let text = try layout.configuration.read(file, limit: 1 << 10)
    try layout.configuration.write(text + Array("LookInterval=2h\n[Repository]\nAddress=/other\n".utf8), to: file)
    #expect(try layout.writeAutomatic(true).automatic)
    #expect(try layout.settings().lookInterval == .seconds(7_200))
    #expect(try layout.settings().repository == "/other")
    withExtendedLifetime(temporary) {}
  }

  @Test func `a switch that a later drop-in would undo is refused and not written`() throws {
    let (layout, temporary) = try layout(["sutured.conf.d/90-local.conf": "[Device]\nAutomatic=on\n"])
    let error = #expect(throws: DeviceError.self) { try layout.writeAutomatic(false) }
    #expect(error?.description.contains("sutured.conf.d/90-local.conf") == true)
    #expect(try layout.configuration.status(path(DeviceLayout.ownerFile)) == nil)
    withExtendedLifetime(temporary) {}
  }

  @Test(arguments: [
    ("sutured.conf.d/10-a.conf", "[Device]\nColour=red\n", "sutured.conf.d/10-a.conf:2"),
    ("sutured.conf.d/10-a.conf", "[Device]\nAutomatic=maybe\n", "neither on nor off"),
    ("sutured.conf.d/10-a.conf", "[Policy]\nAutomatic=off\n", "there is no setting [Policy]"),
    ("policy.d/10-a.conf", "[Device]\nAutomatic=off\n", "there is no setting [Device]"),
    ("policy.d/10-a.conf", "[Policy]\nTransparency=perhaps\n", "off or required"),
    ("sutured.conf.d/10-a.conf", "[Device]\nArchitecture=\n", "Architecture= is missing"),
    ("sutured.conf.d/10-a.conf", "[Device]\nGrafts=tape\n", "mounts or links"),
    ("sutured.conf.d/10-a.conf", "[Device]\nFirstLookWithin=-1s\n", "no time span"),
  ])
  func `what is wrong is refused with its place`(name: String, text: String, words: String) throws {
    let (layout, temporary) = try layout([name: text])
    let error = #expect(throws: DeviceError.self) { try layout.settings() }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    withExtendedLifetime(temporary) {}
  }

  @Test func `a device goes by new settings at once, and keeps those that belong to its start`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(policy: "[Policy]\nAutomatic=off\n")
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    let layout = running.layout
    try layout.configuration.write(Array("[Policy]\n".utf8), to: path("policy.d/10-test.conf"))
    _ = try layout.configuration.creatingDirectory(path("sutured.conf.d"))
    try layout.configuration.write(Array("[Device]\nGrafts=mounts\n".utf8), to: path("sutured.conf.d/a.conf"))
    await running.device.follow(try layout.settings(), by: "a test")
    #expect(await running.device.settings.automatic)
    #expect(await running.device.settings.grafts == nil)
    #expect(await running.device.settings.setting("Grafts")?.origin == .standard)
    #expect(await running.device.settingsAccount()["problem"]?.string?.contains("Grafts=") == true)
    #expect(try await running.device.status().limits.contains { $0.contains("Grafts=") })
    let told = try running.journal.history().last { $0.event.station == .setting }
    #expect(told?.event.message == "Automatic is on, was off: a test")
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `settings that are refused leave the former ones in force, and status says so`() async throws {
    let world = try World()
    let running = try await world.device()
    let before = await running.device.settings
    await running.device.refuseSettings("sutured.conf:7: it is wrong")
    await running.device.refuseSettings("sutured.conf:7: it is wrong")
    #expect(await running.device.settings == before)
    #expect(try await running.device.status().limits.contains { $0.contains("sutured.conf:7") })
    // Written into the history once.
    #expect(try running.journal.history().filter { $0.event.station == .refuse }.count == 1)
    await running.device.follow(before, by: "a test")
    #expect(try await running.device.status().limits.allSatisfy { !$0.contains("sutured.conf:7") })
  }
}

/// When a device looks.
@Suite struct LookScheduleTests {
  private let hourly = LookSchedule(interval: .seconds(3_600), firstWithin: .seconds(60))

  @Test func `the first look comes within a minute, and at once where looks come more often than that`() {
    #expect(hourly.first(0) == .zero)
    #expect(hourly.first(0.5) == .seconds(30))
    #expect(LookSchedule(interval: .seconds(59), firstWithin: .seconds(60)).first(0.9) == .zero)
    #expect(LookSchedule(interval: .seconds(3_600), firstWithin: .zero).first(0.9) == .zero)
  }

  @Test func `a good look is followed by the next after the interval, a tenth more or less`() {
    #expect(hourly.pause(afterFailures: 0, 0) == .seconds(3_240))
    #expect(hourly.pause(afterFailures: 0, 0.5) == .seconds(3_600))
    #expect(hourly.pause(afterFailures: 0, 0.999_999) < .seconds(3_961))
  }

  @Test func `failures in a row wait twice as long each time, spread out, and never longer than the interval`() {
    #expect(hourly.pause(afterFailures: 1, 0.5) == .seconds(60))
    #expect(hourly.pause(afterFailures: 1, 0) == .seconds(30))
    #expect(hourly.pause(afterFailures: 2, 0.5) == .seconds(120))
    #expect(hourly.pause(afterFailures: 6, 0.5) == .seconds(1_920))
    for failures in [7, 8, 48, 49, 1_000_000, Int.max] {
      for random in [0, 0.25, 0.5, 0.999_999] {
        let pause = hourly.pause(afterFailures: failures, random)
        #expect(pause <= hourly.pause(afterFailures: 0, random) && pause >= .seconds(1_800))
      }
    }
  }

  @Test func `looks that come often are retried as often`() {
    let quick = LookSchedule(interval: .seconds(2), firstWithin: .seconds(60))
    for failures in 0..<100 {
      let pause = quick.pause(afterFailures: failures, 0.5)
      #expect(pause == .seconds(2))
    }
  }

  @Test func `the longest interval and any number of failures stay within what a clock can tell`() {
    let longest = LookSchedule(interval: .seconds(86_400 * 1_000_000), firstWithin: .seconds(60))
    #expect(longest.pause(afterFailures: Int.max, 0.999_999) > .seconds(1))
  }
}
