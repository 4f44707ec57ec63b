import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

@testable import DeviceEngine

/// Whoever watches learns what happens, and holds nothing up.
@Suite(.timeLimit(.minutes(10))) struct WatchTests {
  @Test func `a watcher gets the events of whoever began the work, in order, and its end`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    let (feed, latest) = running.device.hub.watch()
    #expect(latest == nil)
    try await running.device.lookAndApply()
    var stations: [ProgressEvent.Station] = []
    for await item in feed {
      guard case .event(let event) = item else {
        #expect(item == .settled)
        break
      }
      stations.append(event.station)
    }
    #expect(stations == [.look, .offer, .fetch, .rebuild, .graft, .plan, .confirm])
  }

  @Test func `a watcher who reads nothing loses the oldest events and is told how many`() async throws {
    let world = try World()
    let running = try await world.device()
    let (feed, _) = running.device.hub.watch()
    let count = EventHub.waitingLimit + 44
    for number in 0..<count { await running.device.show(ProgressEvent(.look, "\(number)"), { _ in }) }
    var items = feed.makeAsyncIterator()
    #expect(await items.next() == .lost(44))
    for number in 44..<count { #expect(await items.next() == .event(ProgressEvent(.look, "\(number)"))) }
  }

  @Test func `who comes in the middle learns what was told last, and after the end there is nothing to learn`()
    async throws
  {
    let world = try World()
    let running = try await world.device()
    try await running.device.exclusively {
      await running.device.show(ProgressEvent(.look, "under way"), { _ in })
      #expect(running.device.hub.watch().latest == ProgressEvent(.look, "under way"))
    }
    #expect(running.device.hub.watch().latest == nil)
  }

  @Test func `a watcher that has gone costs nothing, and one that is cancelled ends`() async throws {
    let world = try World()
    let running = try await world.device()
    weak var gone: EventFeed?
    do {
      let (feed, _) = running.device.hub.watch()
      gone = feed
      #expect(gone != nil)
    }
    #expect(gone == nil)
    let (feed, _) = running.device.hub.watch()
    let reader = Task { for await _ in feed {} }
    reader.cancel()
    await reader.value
  }
}
