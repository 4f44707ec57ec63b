package import Activation
package import Improvements
package import Linux
package import TransparencyLog

/// The owner's settings and the administrator's policy.
///
/// `docs/operating.md` lists every key. Policy wins over settings; an empty value is as good as none.
package struct DeviceSettings: Sendable, Hashable {
  /// Operating system and release, such as `debian-12`.
  package let release: String
  /// The architecture by the distribution's name, such as `amd64`.
  package let architecture: String
  /// The repository's address.
  package let repository: String
  /// Whether improvements install by themselves.
  package let automatic: Bool
  /// The ring that the device is in, for rollouts.
  package let ring: Ring
  /// Whether an improvement must be in a public log.
  package let transparencyRequired: Bool
  /// The log policy that was pinned at installation; nil where none was.
  package internal(set) var logPolicy: LogPolicy?
  /// How long to wait between looks.
  package let lookInterval: Duration
  /// Within which time after the start the first look comes.
  package let firstLookWithin: Duration
  /// How long health is watched after activation; nil for as long as the manifest says, else ten minutes.
  package let probation: Duration?
  /// How long after bad health an improvement is tried again, the first time, the second, and so on.
  package let retryAfter: [Duration]
  /// The owner's own probes.
  package internal(set) var probes: [OwnerProbe] = []
  /// Which services are not restarted unattended, besides those that no machine restarts.
  package internal(set) var restartRules: RestartRules
  /// What is said of single units, in the order of their files.
  package internal(set) var unitsInForce: [SettingInForce] = []
  /// How improved files are put over the baseline's; nil for what suits the root.
  package private(set) var grafts: GraftMethod?
  /// Whose mount namespace bind mounts are made in.
  package private(set) var mountNamespace: NamespaceChoice
  /// What starts and stops services; nil for what suits the root.
  package private(set) var serviceManager: ManagerChoice?
  /// Every setting in force, with where it comes from, in the order of the table in `docs/operating.md`.
  package private(set) var inForce: [SettingInForce]

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

  /// Reads `sutured.conf` with its drop-ins, and the policy files.
  package init(settings: ConfigurationFile, policy: ConfigurationFile) throws(DeviceError) {
    let reading = try SettingsReading(settings: settings, policy: policy)
    inForce = reading.inForce
    release = reading.value("OperatingSystem")
    architecture = reading.value("Architecture")
    repository = reading.value("Address")
    automatic = reading.value("Automatic") == "on"
    ring = try reading.word("Ring", or: nil) ?? .late
    transparencyRequired = try reading.word("Transparency", or: TransparencyChoice.off) == .required
    lookInterval = try reading.span("LookInterval")
    guard lookInterval >= .seconds(1) else { throw .badSetting("LookInterval= must be a second or more") }
    firstLookWithin = try reading.span("FirstLookWithin")
    probation = try reading.spanUnlessPublished("ProbationTime")
    retryAfter = try reading.spans("RetryAfter", limit: Self.retryLimit)
    restartRules = RestartRules(patterns: try reading.units("DoNotRestart", limit: Self.patternLimit), overrides: [:])
    grafts = try reading.word("Grafts", or: nil)
    mountNamespace = try reading.word("MountNamespace", or: NamespaceChoice.`init`) ?? .`init`
    serviceManager = try reading.word("ServiceManager", or: nil)
  }

  /// The most times that an improvement is tried again.
  package static let retryLimit = 16

  /// The most names of units in one list.
  package static let patternLimit = 256

  private enum TransparencyChoice: String, CaseIterable {
    case off
    case required
  }

  /// The setting of this name that is in force.
  package func setting(_ key: String) -> SettingInForce? { inForce.first { $0.key == key } }

  /// Whether the administrator's policy decides whether improvements install by themselves, and not the owner.
  package var automaticIsPolicy: Bool {
    if case .policy = setting("Automatic")?.origin { true } else { false }
  }

  /// These settings, but those that are only taken up at the start as they are in others; and the names of those.
  func keepingStart(of others: DeviceSettings) -> (settings: DeviceSettings, late: [String]) {
    var kept = self
    kept.grafts = others.grafts
    kept.mountNamespace = others.mountNamespace
    kept.serviceManager = others.serviceManager
    var late: [String] = []
    for (index, setting) in inForce.enumerated() where Self.takenUpAtStart.contains(setting.key) {
      guard let former = others.setting(setting.key), former.value != setting.value else { continue }
      kept.inForce[index] = former
      late.append(setting.key)
    }
    return (kept, late)
  }

  private static let takenUpAtStart: Set<String> = ["Grafts", "MountNamespace", "ServiceManager"]
}
