import Foundation
import Testing

/// The units that packages install.
@Suite struct UnitFileTests {
  /// Options that give a unit a mount namespace of its own, from where grafts would reach nobody (systemd.exec(5)).
  static let namespacing: Set<String> = [
    "BindLogSockets", "BindPaths", "BindReadOnlyPaths", "DynamicUser", "ExecPaths", "ExtensionDirectories",
    "ExtensionImages", "InaccessiblePaths", "LoadCredential", "LoadCredentialEncrypted", "LogNamespace", "MountAPIVFS",
    "MountFlags", "MountImages", "NetworkNamespacePath", "NoExecPaths", "PrivateDevices", "PrivateIPC", "PrivateMounts",
    "PrivateNetwork", "PrivatePIDs", "PrivateTmp", "PrivateUsers", "ProcSubset", "ProtectControlGroups", "ProtectHome",
    "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectProc",
    "ProtectSystem", "ReadOnlyPaths", "ReadWritePaths", "RootDirectory", "RootImage", "RootVerity", "SetCredential",
    "SetCredentialEncrypted", "TemporaryFileSystem",
  ]

  static func options(_ text: String) -> [(name: String, value: String)] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("[") }.compactMap { line in
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }
  }

  private func unit(_ name: String) throws -> String {
    try String(contentsOf: Repository.root.appending(path: "packaging/systemd/\(name)"), encoding: .utf8)
  }

  @Test func `the daemon's unit has no option that would keep grafts from the services`() throws {
    let options = Self.options(try unit("sutured.service"))
    #expect(options.count > 10)
    #expect(options.map(\.name).filter(Self.namespacing.contains) == [])
  }

  @Test func `the daemon's unit ends, reloads and reports as the daemon does`() throws {
    let options = Dictionary(grouping: Self.options(try unit("sutured.service")), by: \.name).mapValues {
      $0.map(\.value)
    }
    #expect(options["Type"] == ["notify"])
    #expect(options["ExecStart"] == ["/usr/bin/sutured --root /"])
    #expect(options["ExecReload"] == ["/bin/kill -HUP $MAINPID"])
    #expect(options["KillMode"] == ["process"])
    #expect(options["Restart"] == ["on-failure"])
    // systemd has openat2(2) fail with it, and with that every path that is resolved beneath a root.
    #expect(options["RestrictSUIDSGID"] == nil)
    let capabilities = Set(options["CapabilityBoundingSet"]?.first?.split(separator: " ").map(String.init) ?? [])
    #expect(capabilities.isSuperset(of: ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"]))
  }

  @Test func `an option that makes a mount namespace is found`() {
    let names = Self.options("[Service]\n# PrivateTmp=yes\nProtectSystem=strict\nType=notify\n").map(\.name)
    #expect(names.filter(Self.namespacing.contains) == ["ProtectSystem"])
  }
}
