internal import Activation
internal import Improvements
internal import Linux

/// Files of settings and policy, read into values by name.
struct SettingsReading {
  /// Every setting, in order.
  let inForce: [SettingInForce]

  /// What stands for a default that depends on the root.
  private static let suited = "as suits the root"
  /// What stands for a default that depends on the improvement.
  private static let published = "as the manifest says, else 10min"

  /// What stands for a list of units to which nothing was added.
  private static let builtIn = "what is built in"
  /// Keys whose values add up.
  private static let lists: Set<String> = ["DoNotRestart"]

  // Every key of the settings in its order, with its default; nil where it must be set.
  private static let table: [(section: String, key: String, standard: String?)] = [
    ("Device", "OperatingSystem", nil), ("Device", "Architecture", nil), ("Device", "Automatic", "on"),
    ("Device", "Ring", "late"), ("Device", "LookInterval", "1h"), ("Device", "FirstLookWithin", "1min"),
    ("Device", "ProbationTime", published), ("Device", "RetryAfter", "1h 1d 7d"), ("Device", "DoNotRestart", builtIn),
    ("Device", "Grafts", suited), ("Device", "MountNamespace", "init"), ("Device", "ServiceManager", suited),
    ("Repository", "Address", nil), ("Repository", "LogPolicy", "trust/log-policy"),
  ]
  private static let policyKeys: Set<String> = ["Automatic", "Transparency"]

  init(settings: ConfigurationFile, policy: ConfigurationFile) throws(DeviceError) {
    for assignment in settings.assignments {
      guard Self.table.contains(where: { $0.section == assignment.section && $0.key == assignment.key }) else {
        throw Self.unknown(assignment)
      }
    }
    for assignment in policy.assignments {
      guard assignment.section == "Policy", Self.policyKeys.contains(assignment.key) else {
        throw Self.unknown(assignment)
      }
    }
    var inForce: [SettingInForce] = []
    for (section, key, standard) in Self.table {
      let wanted = try Self.assigned(key, section, in: settings)
      let decreed = Self.policyKeys.contains(key) ? try Self.assigned(key, "Policy", in: policy) : nil
      inForce.append(try Self.setting(section, key, standard, wanted, decreed))
    }
    let transparency = try Self.assigned("Transparency", "Policy", in: policy)
    inForce.append(try Self.setting("Policy", "Transparency", "off", nil, transparency))
    self.inForce = inForce
  }

  /// The value of a setting.
  func value(_ key: String) -> String { inForce.first { $0.key == key }?.value ?? "" }

  /// A setting that is one of some words; `standard` where it is not set.
  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ key: String, or standard: Word?
  ) throws(DeviceError) -> Word? {
    let text = value(key)
    if text == Self.suited { return standard }
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: " or ")
      throw .badSetting("\(key)=\(text) is not \(known)")
    }
    return word
  }

  /// A time span as systemd.time(7) writes the simple ones: a number with `ms`, `s`, `min`, `h`, or `d`.
  func span(_ key: String) throws(DeviceError) -> Duration { try Self.span(value(key), key) }

  /// A time span; nil where the improvement decides.
  func spanUnlessPublished(_ key: String) throws(DeviceError) -> Duration? {
    value(key) == Self.published ? nil : try span(key)
  }

  /// Time spans, separated by spaces, at most as many as given.
  func spans(_ key: String, limit: Int) throws(DeviceError) -> [Duration] {
    let words = value(key).split(separator: " ")
    guard words.count <= limit else { throw .badSetting("\(key)= has more than \(limit) time spans") }
    return try words.map { word throws(DeviceError) in try Self.span(String(word), key) }
  }

  /// Names of units, separated by spaces, as patterns; at most as many as given.
  func units(_ key: String, limit: Int) throws(DeviceError) -> [String] {
    let text = value(key)
    guard text != Self.builtIn else { return [] }
    let words = text.split(separator: " ").map(String.init)
    guard words.count <= limit else { throw .badSetting("\(key)= has more than \(limit) names of units") }
    var patterns: [String] = []
    for word in words {
      guard let named = RestartRules.patterns(of: word) else {
        throw .badSetting("\(key)=\(word) is no service's name such as nginx.service or postgresql@*.service")
      }
      patterns += named
    }
    return patterns
  }

  /// Reads a time span; `key` is for sentences.
  static func span(_ text: String, _ key: String) throws(DeviceError) -> Duration {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    let milliseconds: Int64? =
      switch unit {
      case "ms": 1
      case "", "s": 1_000
      case "min": 60_000
      case "h": 3_600_000
      case "d": 86_400_000
      default: nil
      }
    guard let milliseconds, let number = Int64(digits), number <= 1_000_000 else {
      throw .badSetting("\(key)=\(text) is no time span such as 500ms, 30s, 10min, 1h")
    }
    return .milliseconds(number * milliseconds)
  }

  private typealias Assigned = (value: String, file: String)

  private static func unknown(_ assignment: ConfigurationFile.Assignment) -> DeviceError {
    .badSetting(
      "\(assignment.file):\(assignment.line): there is no setting [\(assignment.section)] \(assignment.key)=")
  }

  private static func setting(
    _ section: String, _ key: String, _ standard: String?, _ wanted: Assigned?, _ decreed: Assigned?
  ) throws(DeviceError) -> SettingInForce {
    if let decreed {
      return SettingInForce(
        section: section, key: key, value: decreed.value, origin: .policy(file: decreed.file), overruled: wanted?.value)
    }
    if let wanted {
      return SettingInForce(section: section, key: key, value: wanted.value, origin: .settings(file: wanted.file))
    }
    guard let standard else { throw .badSetting("sutured.conf: \(key)= is missing in [\(section)]") }
    return SettingInForce(section: section, key: key, value: standard, origin: .standard)
  }

  // The last assignment; nil where it is an empty one, which takes back all before it. A switch is said in its words.
  private static func assigned(
    _ key: String, _ section: String, in file: ConfigurationFile
  ) throws(DeviceError) -> Assigned? {
    guard let assignment = file.assignment(key, in: section), !assignment.value.isEmpty else { return nil }
    if lists.contains(key) { return (file.values(key, in: section).joined(separator: " "), assignment.file) }
    guard key == "Automatic" else { return (assignment.value, assignment.file) }
    do { return (try file.boolean(key, in: section) == true ? "on" : "off", assignment.file) } catch {
      throw .badSetting("\(assignment.file):\(assignment.line): \(error)")
    }
  }
}
