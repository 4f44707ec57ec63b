/// How a unit is, by systemd's property ActiveState.
struct UnitState: Sendable, Hashable {
  /// Whether it is anything else than down.
  let isUp: Bool
  /// Whether its start is over and its end has not begun.
  let isStarted: Bool

  /// Whether it is about to be started, or is being started.
  let isStarting: Bool
  /// Whether it is down because something went wrong.
  let isFailed: Bool

  /// Reads systemd's word for it.
  init(_ word: String) {
    isUp = word != "inactive" && word != "failed"
    isStarting = word == "activating"
    isFailed = word == "failed"
    isStarted = word == "active" || word == "reloading" || word == "refreshing"
  }
}
