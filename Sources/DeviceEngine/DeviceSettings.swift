package import Linux

/// The owner's settings and the administrator's policy, read once when the device starts.
///
/// `docs/operating.md` lists every key. Policy wins over settings.
package struct DeviceSettings: Sendable, Hashable {
  /// Operating system and release, such as `debian-12`.
  package let release: String
  /// The architecture by the distribution's name, such as `amd64`.
  package let architecture: String
  /// The repository's address.
  package let repository: String
  /// Whether improvements install by themselves.
  package let automatic: Bool
  /// Whether the administrator's policy decided that, and not the owner.
  package let automaticIsPolicy: Bool
  /// Whether an improvement must be in a public log; none exists in this form, so `required` refuses everything.
  package let transparencyRequired: Bool
  /// How long to wait between looks.
  package let lookInterval: Duration
  /// How long health is watched after activation.
  package let probation: Duration
  /// How improved files are put over the baseline's; nil for what suits the root.
  package let grafts: GraftMethod?
  /// Whose mount namespace bind mounts are made in.
  package let mountNamespace: NamespaceChoice
  /// What starts and stops services; nil for what suits the root.
  package let serviceManager: ManagerChoice?

  /// How improved files are put over the baseline's.
  package enum GraftMethod: String, Sendable, Hashable, CaseIterable {
    /// Bind mounts over the real files.
    case mounts
    /// Symbolic links in a folder that services search first.
    case links
  }

  /// Whose mount namespace bind mounts are made in.
  package enum NamespaceChoice: String, Sendable, Hashable, CaseIterable {
    /// That of process 1, from where they reach every service.
    case `init`
    /// The daemon's own.
    case own
  }

  /// What starts and stops services.
  package enum ManagerChoice: String, Sendable, Hashable, CaseIterable {
    /// The machine's own systemd.
    case systemd
    /// The supervisor that is part of the daemon.
    case builtIn = "built-in"
  }

  private static let keys: [String: Set<String>] = [
    "Device": [
      "OperatingSystem", "Architecture", "Automatic", "LookInterval", "ProbationTime", "Grafts", "MountNamespace",
      "ServiceManager",
    ],
    "Repository": ["Address"],
    "Policy": ["Automatic", "Transparency"],
  ]

  /// Reads `sutured.conf` with its drop-ins, and the policy files.
  package init(settings: ConfigurationFile, policy: ConfigurationFile) throws(DeviceError) {
    try Self.checkKeys(settings, sections: ["Device", "Repository"])
    try Self.checkKeys(policy, sections: ["Policy"])
    func required(_ key: String, _ section: String) throws(DeviceError) -> String {
      guard let value = settings.value(key, in: section), !value.isEmpty else {
        throw .badSetting("sutured.conf: \(key)= is missing in [\(section)]")
      }
      return value
    }
    release = try required("OperatingSystem", "Device")
    architecture = try required("Architecture", "Device")
    repository = try required("Address", "Repository")
    let decreed = try Self.boolean(policy, "Automatic", "Policy")
    let wanted = try Self.boolean(settings, "Automatic", "Device")
    automatic = decreed ?? wanted ?? true
    automaticIsPolicy = decreed != nil
    switch policy.value("Transparency", in: "Policy") {
    case nil, "off": transparencyRequired = false
    case "required": transparencyRequired = true
    case .some(let word): throw .badSetting("policy: Transparency=\(word) is neither required nor off")
    }
    lookInterval = try Self.span(settings, "LookInterval") ?? .seconds(3_600)
    guard lookInterval >= .seconds(1) else { throw .badSetting("LookInterval= must be a second or more") }
    probation = try Self.span(settings, "ProbationTime") ?? .seconds(5)
    grafts = try Self.word(settings, "Grafts")
    mountNamespace = try Self.word(settings, "MountNamespace") ?? .`init`
    serviceManager = try Self.word(settings, "ServiceManager")
  }

  private static func checkKeys(_ file: ConfigurationFile, sections: Set<String>) throws(DeviceError) {
    for assignment in file.assignments {
      guard sections.contains(assignment.section), keys[assignment.section]?.contains(assignment.key) == true else {
        throw .badSetting("line \(assignment.line): there is no setting [\(assignment.section)] \(assignment.key)=")
      }
    }
  }

  private static func word<Word: RawRepresentable<String> & CaseIterable>(
    _ file: ConfigurationFile, _ key: String
  ) throws(DeviceError) -> Word? {
    guard let text = file.value(key, in: "Device"), !text.isEmpty else { return nil }
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: " or ")
      throw .badSetting("\(key)=\(text) is not \(known)")
    }
    return word
  }

  private static func boolean(_ file: ConfigurationFile, _ key: String, _ section: String) throws(DeviceError) -> Bool?
  {
    do { return try file.boolean(key, in: section) } catch { throw .badSetting("\(error)") }
  }

  /// A time span as systemd.time(7) writes the simple ones: a number with `ms`, `s`, `min`, `h`, or `d`.
  private static func span(_ file: ConfigurationFile, _ key: String) throws(DeviceError) -> Duration? {
    guard let text = file.value(key, in: "Device") else { return nil }
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
}
