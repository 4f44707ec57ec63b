import DeviceEngine
import Improvements

/// Keeps true what is said at login.
actor NoticeKeeper {
  /// How often it is looked whether what waited for somebody was done: no event tells that a program has ended.
  private static let period: Duration = .seconds(60)

  private let device: Device
  private let notice: LoginNotice
  private var problem: String?

  init(_ device: Device, _ notice: LoginNotice) {
    self.device = device
    self.notice = notice
  }

  /// Says what is to be said now; returns how long to wait until the next time, or nil where nothing waits for anybody.
  func renew(_ log: Device.Progress) async -> Duration? {
    do {
      let text = try await device.loginNotice()
      try notice.show(text)
      problem = nil
      return text == nil ? nil : Self.period
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
}
