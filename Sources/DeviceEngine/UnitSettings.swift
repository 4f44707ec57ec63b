internal import Activation
internal import Improvements
internal import Linux

/// What the administrator says of one unit: `units.d/NAME.conf`.
struct UnitSettings {
  /// The most files of units.
  static let countLimit = 256
  /// The longest reason, in bytes.
  static let reasonByteLimit = 256

  /// What it is filed under.
  let key: String
  /// What is said; nil where nothing is.
  let rule: RestartRules.Override?
  /// The same as settings.
  let inForce: [SettingInForce]

  private static let keys: Set<String> = ["DoNotRestart", "Reason"]

  /// Reads a file with one section `[Unit]`: `DoNotRestart=`, and why as `Reason=`.
  init(_ file: ConfigurationFile, name: String) throws(DeviceError) {
    for assignment in file.assignments where assignment.section != "Unit" || !Self.keys.contains(assignment.key) {
      throw .badSetting(
        "\(assignment.file):\(assignment.line): there is no setting [\(assignment.section)] \(assignment.key)= of a unit"
      )
    }
    let unit = (name.split(separator: "/").last ?? "").dropLast(".conf".count)
    guard let key = RestartRules.key(of: String(unit)) else {
      throw .badSetting("\(name) is named after no service; `nginx.service.conf` is")
    }
    let reason = file.value("Reason", in: "Unit") ?? ""
    guard reason.utf8.count <= Self.reasonByteLimit, !reason.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
      throw .badSetting("\(name): Reason= is longer than \(Self.reasonByteLimit) bytes, or no plain text")
    }
    let isRestrained: Bool?
    do { isRestrained = try file.boolean("DoNotRestart", in: "Unit") } catch { throw .badSetting("\(name): \(error)") }
    guard isRestrained != false || !Restraint.suture.holds(String(unit)) else {
      throw .badSetting("\(name): Suture never restarts itself in the middle of its work")
    }
    self.key = key
    inForce = Self.keys.sorted().compactMap { setting in
      guard isRestrained != nil, let value = file.value(setting, in: "Unit"), !value.isEmpty else { return nil }
      let word = setting == "Reason" ? value : isRestrained == true ? "yes" : "no"
      return SettingInForce(section: "Unit", key: setting, unit: key, value: word, origin: .settings(file: name))
    }
    rule = isRestrained.map { isRestrained in
      RestartRules.Override(
        isRestrained: isRestrained,
        reason: reason.isEmpty ? "its administrator says so (\(name)); restart it when that may be" : reason)
    }
  }
}
