import Linux
import Testing

@testable import DeviceAPI

@Suite struct CallerLimitsTests {
  private func caller(_ user: UInt32) -> PeerCredentials { PeerCredentials(pid: 1, user: user, group: 0) }

  @Test func `no user takes more than a user's share`() {
    let limits = CallerLimits(limit: 10, limitPerUser: 3)
    #expect((0..<5).map { _ in limits.enter(caller(1)) } == [true, true, true, false, false])
    #expect(limits.enter(caller(2)))
    limits.leave(caller(1))
    #expect(limits.enter(caller(1)))
    #expect(!limits.enter(caller(1)))
  }

  @Test func `all ordinary users together leave room for root`() {
    let limits = CallerLimits(limit: 4, limitPerUser: 2)
    for user in UInt32(1)...2 {
      #expect(limits.enter(caller(user)))
      #expect(limits.enter(caller(user)))
    }
    #expect(!limits.enter(caller(3)))
    #expect((0..<3).map { _ in limits.enter(caller(0)) } == [true, true, false])
    limits.leave(caller(1))
    #expect(limits.enter(caller(3)))
  }
}
