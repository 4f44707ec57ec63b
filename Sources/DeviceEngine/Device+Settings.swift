internal import Activation
package import CanonicalJSON
package import Delivery
internal import Improvements
internal import Journal

extension Device {
  /// Goes by other settings from now on; the operation that is under way, too.
  ///
  /// What is different is written into the history.
  ///
  /// - Parameters:
  ///   - by: who or what brought it about, for the history.
  ///   - courier: from where to fetch from now on; nil where that stays as it is.
  package func follow(
    _ read: DeviceSettings, by cause: String, courier: Courier? = nil, _ progress: @escaping Progress = { _ in }
  ) {
    let (next, late) = read.keepingStart(of: settings)
    for setting in next.inForce {
      guard let former = settings.setting(setting.key), former.value != setting.value else { continue }
      tell(ProgressEvent(.setting, "\(setting.key) is \(setting.value), was \(former.value): \(cause)"), progress)
    }
    tellUnits(next.restartRules.overrides, by: cause, progress)
    settings = next
    settingsRefusal =
      late.isEmpty ? nil : "\(late.map { $0 + "=" }.joined(separator: ", ")) is taken up when sutured starts again"
    if let courier { parts.courier = courier }
    if !isBusy { hub.settle() }
  }

  private func tellUnits(_ next: [String: RestartRules.Override], by cause: String, _ progress: Progress) {
    func word(_ rule: RestartRules.Override?) -> String { rule.map { $0.isRestrained ? "yes" : "no" } ?? "not said" }
    let former = settings.restartRules.overrides
    for unit in Set(next.keys).union(former.keys).sorted() {
      guard next[unit]?.isRestrained != former[unit]?.isRestrained else { continue }
      let change = "is \(word(next[unit])), was \(word(former[unit]))"
      tell(ProgressEvent(.setting, "DoNotRestart of \(unit) \(change): \(cause)"), progress)
    }
  }

  /// Keeps to the settings that are in force, because others were refused.
  package func refuseSettings(_ reason: String, _ progress: @escaping Progress = { _ in }) {
    let sentence = "the settings were not taken up, and the former ones hold: \(reason)"
    if settingsRefusal != sentence { tell(ProgressEvent(.refuse, sentence), progress) }
    settingsRefusal = sentence
    if !isBusy { hub.settle() }
  }

  /// Every setting in force, those of single units last, with where each comes from, and what stands in the way of others.
  package func settingsAccount() -> JSON {
    [
      "settings": .array((settings.inForce + settings.unitsInForce).map(\.json)),
      "problem": settingsRefusal.map { .string($0) } ?? .null,
    ]
  }
}
