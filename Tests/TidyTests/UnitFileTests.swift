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

  @Test(arguments: ["sutured.service", "suture-boot.service"])
  func `a unit that grafts has no option that would keep them from the services`(name: String) throws {
    let options = Self.options(try unit(name))
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

  @Test func `what stands at boot is put in place once in a boot, early, and by nobody's hand`() throws {
    let options = Dictionary(grouping: Self.options(try unit("suture-boot.service")), by: \.name).mapValues {
      $0.map(\.value)
    }
    #expect(options["Type"] == ["oneshot"] && options["RemainAfterExit"] == ["yes"])
    #expect(options["ExecStart"] == ["/usr/bin/sutured --root / --at-boot"])
    #expect(options["RefuseManualStart"] == ["yes"] && options["DefaultDependencies"] == ["no"])
    #expect(options["Before"] == ["sysinit.target shutdown.target"] && options["WantedBy"] == ["sysinit.target"])
    let daemon = Dictionary(grouping: Self.options(try unit("sutured.service")), by: \.name).mapValues {
      $0.map(\.value)
    }
    #expect(daemon["After"]?.first?.hasSuffix(" suture-boot.service") == true)
    for name in ["LimitNOFILE", "SystemCallFilter", "NoNewPrivileges", "RestrictNamespaces"] {
      #expect(options[name] == daemon[name] && options[name] != nil, "\(name)")
    }
    // At boot nothing is asked how it is, which is all that the daemon needs more for.
    let few = Set(options["CapabilityBoundingSet"]?.first?.split(separator: " ") ?? [])
    let many = Set(daemon["CapabilityBoundingSet"]?.first?.split(separator: " ") ?? [])
    #expect(!few.isEmpty && many.subtracting(few) == ["CAP_SETUID", "CAP_SETGID", "CAP_NET_ADMIN"])
    #expect(few.isSubset(of: many))
  }

  /// The hooks of the package manager: where nothing of Suture is left they do nothing, and they never stop it.
  @Test(arguments: ["apt/50suture", "dpkg/suture"])
  func `a hook of the package manager ends well whatever becomes of its program`(name: String) throws {
    let text = try String(contentsOf: Repository.root.appending(path: "packaging/\(name)"), encoding: .utf8)
    let hooks = text.split(separator: "\n").filter {
      $0.contains("/usr/bin/suture-packages ") && !$0.contains("Version")
    }
    #expect(hooks.count == 2)
    for hook in hooks {
      let isGuarded = hook.contains("if test -x /usr/bin/suture-packages; then") && hook.contains("; fi; true")
      #expect(isGuarded || hook.contains(" 2>/dev/null || true\""), "\(hook)")
    }
  }

  @Test func `an option that makes a mount namespace is found`() {
    let names = Self.options("[Service]\n# PrivateTmp=yes\nProtectSystem=strict\nType=notify\n").map(\.name)
    #expect(names.filter(Self.namespacing.contains) == ["ProtectSystem"])
  }
}
