internal import Activation
internal import Basics
internal import Improvements
internal import Linux
internal import TransparencyLog

/// The files that settings come from: `sutured.conf`, then `sutured.conf.d/*.conf` in the order of their names; and
/// `policy.d/*.conf`, which win. The owner's probes are `probes.d/*.conf`, and `units.d/NAME.conf` is of one unit.
extension DeviceLayout {
  /// The drop-in that holds the owner's switch.
  package static let ownerFile = "sutured.conf.d/50-owner.conf"

  /// The settings of this device.
  package func settings() throws -> DeviceSettings { try settings(owner: nil) }

  /// Writes the owner's switch so that it outlives the daemon, and returns the settings that then hold.
  ///
  /// Refused, with nothing changed, where policy or a drop-in that is read later decides.
  package func writeAutomatic(_ isOn: Bool) throws -> DeviceSettings {
    guard let path = RelativePath(Self.ownerFile), let folder = path.parent else {
      throw DeviceError.badSetting(Self.ownerFile)
    }
    let bytes = Array(try ownerText(isOn).utf8)
    let settings = try settings(owner: ConfigurationFile(parsing: bytes, name: Self.ownerFile))
    switch settings.setting("Automatic")?.origin {
    case .policy(file: let file):
      let value = settings.automatic ? "on" : "off"
      throw DeviceError.decided("\(file) says Automatic=\(value), and the administrator's policy wins over the owner")
    case .settings(file: let file) where file != Self.ownerFile:
      throw DeviceError.decided("\(file) sets Automatic= and is read after \(path.name); change it there")
    default: break
    }
    _ = try configuration.creatingDirectory(folder)
    // Where the folder is new its own name must be on the disk too, before the owner is told that it is done.
    try configuration.synchronize()
    try configuration.write(bytes, to: path, mode: 0o644)
    return settings
  }

  // Whatever else somebody wrote into the file stays in it.
  private func ownerText(_ isOn: Bool) throws -> String {
    var text =
      "# The owner's switch, as `suture settings automatic` wrote it.\n[Device]\nAutomatic=\(isOn ? "on" : "off")\n"
    guard let path = RelativePath(Self.ownerFile), try configuration.status(path) != nil else { return text }
    for other in try file(Self.ownerFile).assignments where (other.section, other.key) != ("Device", "Automatic") {
      text += "[\(other.section)]\n\(other.key)=\(other.value)\n"
    }
    return text
  }

  // `owner` takes the place of the owner's drop-in.
  private func settings(owner: ConfigurationFile?) throws -> DeviceSettings {
    var settings = try file("sutured.conf")
    var dropIns = try dropIns(in: "sutured.conf.d")
    if owner != nil { dropIns = Set(dropIns + [Self.ownerFile]).sorted() }
    for name in dropIns {
      if let owner, name == Self.ownerFile { settings.merge(owner) } else { settings.merge(try file(name)) }
    }
    var policy = try ConfigurationFile(parsing: [], name: "policy.d")
    for name in try self.dropIns(in: "policy.d") { policy.merge(try file(name)) }
    var read = try DeviceSettings(settings: settings, policy: policy)
    read.logPolicy = try logPolicy(named: read.setting("LogPolicy")?.value ?? "")
    read.probes = try probes()
    let units = try units()
    read.restartRules.overrides = Dictionary(units.compactMap { unit in unit.rule.map { (unit.key, $0) } }) { $1 }
    read.unitsInForce = units.flatMap(\.inForce)
    return read
  }

  private func units() throws -> [UnitSettings] {
    let names = try dropIns(in: "units.d")
    guard names.count <= UnitSettings.countLimit else {
      throw DeviceError.badSetting("units.d has more than \(UnitSettings.countLimit) units")
    }
    var files: [String: String] = [:]
    return try names.map { name in
      let unit = try UnitSettings(file(name), name: name)
      if let other = files.updateValue(name, forKey: unit.key) {
        throw DeviceError.badSetting("\(other) and \(name) are of one unit")
      }
      return unit
    }
  }

  private func probes() throws -> [OwnerProbe] {
    let names = try dropIns(in: "probes.d")
    guard names.count <= OwnerProbe.countLimit else {
      throw DeviceError.badSetting("probes.d has more than \(OwnerProbe.countLimit) probes")
    }
    return try names.map { try OwnerProbe(file($0), name: $0) }
  }

  // A machine without one goes by what the repository's top-level targets role signs, if it does.
  private func logPolicy(named name: String) throws -> LogPolicy? {
    guard let path = RelativePath(name) else {
      throw DeviceError.badSetting("LogPolicy=\(name) is not a path beneath \(configuration.path)")
    }
    guard let bytes = try configuration.readIfPresent(path, limit: LogLimits.policyByteCount) else { return nil }
    do throws(LogRefusal) { return try LogPolicy(parsing: bytes) } catch {
      throw DeviceError.badSetting("LogPolicy=\(name) is refused: \(error)")
    }
  }

  private func dropIns(in folder: String) throws -> [String] {
    try names(in: folder, suffix: ".conf").map { "\(folder)/\($0)" }
  }
}
