package import Improvements

/// Units that are not restarted without their owner's word, and why.
package struct Restraint: Sendable, Hashable {
  /// Names of units; a `*` stands for any text.
  package let units: [String]
  /// Why.
  package let why: ServiceRestraint

  /// Names units, says why and what does it instead, and what that costs.
  package init(_ units: [String], _ reason: String, _ remedy: PlanClass = .restart) {
    self.units = units
    why = ServiceRestraint(reason, remedy)
  }

  /// Whether a unit is meant.
  package func holds(_ unit: String) -> Bool {
    units.contains { Self.matches(Array(unit.utf8)[...], Array($0.utf8)[...]) }
  }

  // The last star met is given one byte more wherever what follows it does not fit.
  private static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    var (at, wanted) = (text.startIndex, pattern.startIndex)
    var star: (wanted: Int, at: Int)?
    while at < text.endIndex {
      if wanted < pattern.endIndex, pattern[wanted] == UInt8(ascii: "*") {
        star = (wanted + 1, at)
        wanted += 1
      } else if wanted < pattern.endIndex, pattern[wanted] == text[at] {
        (at, wanted) = (at + 1, wanted + 1)
      } else if let last = star {
        (at, wanted) = (last.at + 1, last.wanted)
        star = (last.wanted, last.at + 1)
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

extension Restraint {
  /// What no machine restarts by itself; the first that holds is told.
  package static let builtIn: [Restraint] = [
    Restraint(
      ["dbus.service", "dbus-broker.service", "dbus-daemon.service"],
      "all programs talk to one another through it and many end when it does; a reboot does it", .reboot),
    Restraint(
      ["systemd-logind.service", "elogind.service"],
      "it holds the sessions and devices of everybody who is logged in; a reboot does it", .reboot),
    Restraint(
      ["user@*.service", "user-runtime-dir@*.service"],
      "everything that a logged-in user runs would end with it; logging out and in again does it", .session),
    Restraint(
      [
        "getty@*.service", "serial-getty@*.service", "console-getty.service", "container-getty@*.service",
        "autovt@*.service",
      ],
      "somebody may be logged in on that console; logging out does it", .session),
    Restraint(
      [
        "display-manager.service", "gdm*.service", "kdm*.service", "sddm*.service", "lightdm*.service", "lxdm*.service",
        "xdm*.service", "wdm*.service", "nodm*.service", "slim.service", "greetd*.service", "emptty*.service",
        "ly.service", "ly@*.service", "plymouth*.service", "weston*.service", "cage@*.service",
      ],
      "it shows the session that somebody may be working in; logging out, or a reboot, does it", .session),
    Restraint(
      ["xrdp*.service", "vncserver*.service", "tigervnc*.service", "x2go*.service", "nxserver*.service"],
      "it shows the session that somebody may be working in from afar; restart it when nobody is"),
    Restraint(
      [
        "NetworkManager*.service", "network-manager.service", "networking.service", "network.service",
        "systemd-networkd*.service", "ifup@*.service", "wpa_supplicant*.service", "iwd.service", "connman*.service",
        "dhcpcd*.service", "dhclient*.service", "hostapd*.service", "ModemManager.service", "ppp*.service",
        "bluetooth.service", "firewalld.service",
      ],
      "the machine may lose its network with it; restart it when that may be, or reboot"),
    Restraint(
      ["bird*.service", "frr*.service", "quagga*.service", "zebra.service", "bgpd.service", "ospfd.service"],
      "the machine routes by it; restart it when that may be"),
    Restraint(
      [
        "openvpn*.service", "wg-quick@*.service", "strongswan*.service", "ipsec.service", "libreswan*.service",
        "openconnect*.service", "tinc*.service", "tailscaled.service", "zerotier-one.service", "nebula*.service",
        "vpn*.service", "charon*.service",
      ],
      "it carries a private network, over which its owner may be connected; restart it when that may be"),
    Restraint(
      [
        "docker*.service", "containerd*.service", "podman*.service", "crio*.service", "cri-docker*.service",
        "kubelet*.service", "k3s*.service", "lxc*.service", "lxd*.service", "incus*.service", "lxcfs*.service",
        "systemd-nspawn@*.service", "systemd-machined.service",
      ],
      "containers run beneath it and may end with it; restart it when they may"),
    Restraint(
      [
        "libvirt*.service", "virt*d.service", "virtlogd.service", "virtlockd.service", "xen*.service",
        "qemu*.service", "vz*.service", "vboxdrv.service", "vmware*.service",
      ],
      "virtual machines run beneath it and may end with it; restart it when they may"),
    Restraint(
      [
        "iscsid.service", "open-iscsi.service", "multipathd.service", "lvm2-*.service", "dm-event.service",
        "zfs-fuse.service", "glusterd.service", "glusterfs*.service", "ceph*.service", "drbd*.service",
        "nbd*.service", "autofs.service",
      ],
      "file systems stand on it; restart it when they may be away, or reboot"),
    Restraint(
      ["packagekit*.service", "unattended-upgrades.service", "apt-daily*.service", "fwupd*.service", "snapd.service"],
      "it may be changing the system's software at this moment; restart it when it is not"),
    Restraint(
      ["corosync*.service", "pacemaker*.service", "keepalived*.service", "heartbeat.service"],
      "its cluster may take the machine for failed; restart it by the cluster's own means"),
    Restraint(
      ["emergency.service", "rescue.service", "debug-shell.service", "initrd-*.service"],
      "somebody repairs the machine by it; a reboot does it", .reboot),
    suture,
  ]

  /// What does this very work.
  package static let suture = Restraint(
    ["sutured*.service", "suture-*.service"], "it is Suture itself, in the middle of this work")

  /// Units of users' own managers with which a login session ends.
  package static let ofSessions = Restraint(
    [
      "init.scope", "dbus.service", "dbus-broker.service", "gnome-session*.service", "org.gnome.Shell@*.service",
      "plasma-kwin*.service", "plasma-ksmserver*.service", "xfce4-session*.service", "wayland-wm@*.service",
    ],
    "everything in its user's session ends with it; logging out and in again does it", .session)
}
