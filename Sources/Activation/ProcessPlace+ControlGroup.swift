package import Improvements
internal import Linux

extension ProcessPlace {
  /// Where a process belongs; `service` is what the service manager says of it.
  package init(of pid: Int32, service: String?) {
    self.init(service: service, controlGroup: ControlGroup.path(of: pid) ?? "/")
  }

  /// Where a process in a control group belongs (systemd's file-hierarchy of control groups, and the names that managers of
  /// containers give theirs).
  package init(service: String?, controlGroup path: String) {
    let groups = path.split(separator: "/").map(String.init)
    if let service {
      self = .unit(service)
    } else if let container = groups.first(where: Self.isOfContainer) {
      self = .container(container)
    } else if let user = groups.compactMap(Self.userNumber).first, let unit = groups.last(where: Self.isUnit) {
      self = .userUnit(unit, user: user)
    } else if let scope = groups.first(where: { $0.hasPrefix("session-") && $0.hasSuffix(".scope") }) {
      self = .session(String(scope.dropFirst("session-".count).dropLast(".scope".count)))
    } else if let unit = groups.last(where: Self.isUnit) {
      self = .unit(unit)
    } else {
      self = .unmanaged
    }
  }

  // Scopes of docker, podman, CRI-O and containerd, nspawn's and libvirt's beneath machine.slice, LXC's groups, Kubernetes'
  // pods, and docker's without systemd (the group `docker`, and beneath it 64 digits).
  private static func isOfContainer(_ group: String) -> Bool {
    let scopes = ["docker-", "libpod-", "crio-", "cri-containerd-", "machine-"]
    if group.hasSuffix(".scope"), scopes.contains(where: group.hasPrefix) { return true }
    return ["systemd-nspawn@", "lxc.payload", "kubepods"].contains(where: group.hasPrefix)
      || group.utf8.count == 64 && group.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  private static func userNumber(_ group: String) -> String? {
    guard group.hasPrefix("user@"), group.hasSuffix(".service") else { return nil }
    return String(group.dropFirst("user@".count).dropLast(".service".count))
  }

  private static func isUnit(_ group: String) -> Bool {
    guard let kind = UnitName(group)?.kind else { return false }
    return (kind == .service || kind == .scope) && !group.hasPrefix("user@")
  }
}
