/// The name of a service, or of a template that stands for all of its instances (systemd.unit(5)).
package struct ServiceName: Sendable, Hashable, CustomStringConvertible {
  /// The whole name, such as `nginx.service` or `php-fpm@.service`.
  package let description: String

  private static let end = ".service"

  /// Checks a name by systemd's own rules.
  package init?(_ text: String) {
    // A template names no unit that could run; with any instance it does.
    let sample = text.hasSuffix("@" + Self.end) ? "\(text.dropLast(Self.end.count))1\(Self.end)" : text
    guard UnitName(sample)?.kind == .service else { return nil }
    description = text
  }

  /// Whether a service of a manager goes by this name; the built-in supervisor's have no `.service` at their ends.
  package func names(_ service: String) -> Bool {
    let full = service.hasSuffix(Self.end) ? service : service + Self.end
    guard description.hasSuffix("@" + Self.end) else { return full == description }
    let head = description.dropLast(Self.end.count)
    return full.hasPrefix(head) && full.utf8.count > description.utf8.count
  }
}
