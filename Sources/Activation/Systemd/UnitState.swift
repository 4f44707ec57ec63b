/// How a unit is, by systemd's property ActiveState.
struct UnitState: Sendable, Hashable {
  /// Whether it is anything else than down.
  let isUp: Bool
  /// Whether its start is over and its end has not begun.
  let isStarted: Bool

  /// Reads systemd's word for it.
  init(_ word: String) {
    isUp = word != "inactive" && word != "failed"
    isStarted = word == "active" || word == "reloading" || word == "refreshing"
  }
}
