import Activation
import DeviceEngine
import Improvements

/// Keeps true what is said at login, and asks people at their desktops for what only they can do, once for each thing.
actor NoticeKeeper {
  /// How often it is looked whether what waited for somebody was done: no event tells that a program has ended.
  private static let period: Duration = .seconds(60)

  private let device: Device
  private let notice: LoginNotice
  private let desktops: DesktopNotifier
  private var asked: [UInt32: RelaunchRequest] = [:]
  private var problem: String?

  init(_ device: Device, _ notice: LoginNotice, _ desktops: DesktopNotifier) {
    self.device = device
    self.notice = notice
    self.desktops = desktops
  }

  /// Says what is to be said now; returns how long to wait until the next time, or nil where nothing waits for anybody.
  func renew(_ log: Device.Progress) async -> Duration? {
    do {
      let waiting = try await device.waiting()
      try notice.show(Device.loginNotice(waiting))
      await ask(RelaunchRequest.all(for: waiting))
      problem = nil
      return waiting.isEmpty ? nil : Self.period
    } catch {
      // Once, and not minute after minute.
      if problem != "\(error)" {
        log(ProgressEvent(.refuse, "what is said at login was not brought up to date: \(error)"))
      }
      problem = "\(error)"
      return Self.period
    }
  }

  /// Takes it away: nobody keeps it true any more.
  func end() { try? notice.show(nil) }

  private func ask(_ requests: [RelaunchRequest]) async {
    // Who has done it is asked anew for the next improvement.
    let users = Set(requests.map(\.user))
    asked = asked.filter { users.contains($0.key) }
    for request in requests where request.asksMore(than: asked[request.user]) {
      // Who has no desktop yet may have one in a minute; at login it is read anyhow.
      if (try? await desktops.tell(request.user, RelaunchRequest.title, request.text)) == true {
        asked[request.user] = request
      }
    }
  }
}
