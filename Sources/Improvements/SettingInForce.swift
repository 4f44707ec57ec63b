package import CanonicalJSON

/// One setting of a device: what holds, and where that comes from.
package struct SettingInForce: Sendable, Hashable {
  /// Where a value comes from.
  package enum Origin: Sendable, Hashable {
    /// Nobody set it.
    case standard
    /// The owner's settings, by the name of the file.
    case settings(file: String)
    /// The administrator's policy, by the name of the file.
    case policy(file: String)
  }

  /// The section that it stands in.
  package let section: String
  /// Its name.
  package let key: String
  /// The one unit that it is of; nil where it is the device's.
  package let unit: String?
  /// The value that holds.
  package let value: String
  /// Where that comes from.
  package let origin: Origin
  /// What the owner's settings say where policy wins over them; nil where they say nothing.
  package let overruled: String?

  /// Describes a setting.
  package init(
    section: String, key: String, unit: String? = nil, value: String, origin: Origin, overruled: String? = nil
  ) {
    self.section = section
    self.key = key
    self.unit = unit
    self.value = value
    self.origin = origin
    self.overruled = overruled
  }

  /// The setting as the control interface gives it.
  package var json: JSON {
    let (from, file): (String, String?) =
      switch origin {
      case .standard: ("default", nil)
      case .settings(let file): ("settings", file)
      case .policy(let file): ("policy", file)
      }
    return [
      "section": .string(section), "key": .string(key), "unit": unit.map { .string($0) } ?? .null,
      "value": .string(value), "from": .string(from), "file": file.map { .string($0) } ?? .null,
      "overruled": overruled.map { .string($0) } ?? .null,
    ]
  }

  /// Reads a setting back; nil where it is not one.
  package init?(_ json: JSON) {
    guard let section = json["section"]?.string, let key = json["key"]?.string, let value = json["value"]?.string else {
      return nil
    }
    switch (json["from"]?.string, json["file"]?.string) {
    case ("default", nil): origin = .standard
    case ("settings", let file?): origin = .settings(file: file)
    case ("policy", let file?): origin = .policy(file: file)
    default: return nil
    }
    self.section = section
    self.key = key
    unit = json["unit"]?.string
    self.value = value
    overruled = json["overruled"]?.string
  }
}
