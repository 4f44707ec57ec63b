import Activation
import Basics
import Delivery
import DeviceAPI
import DeviceEngine
import Grafting
import Journal
import Linux
import Packages
import Terminal

/// The parts of a device, put together as its settings say.
struct Wiring: Sendable {
  let device: Device
  let supervisor: Supervisor
  let rounds: LookRounds
  let packageWatch: PackageWatch
  let bootWatch: BootWatch
  let health: TendingRounds
  /// What is said at login; nil where nobody logs in.
  let notice: NoticeKeeper?
  let configuration: Configuration
  private let connections: Connections
  private let socket: String

  init(_ layout: DeviceLayout, _ log: @escaping Device.Progress) async throws {
    let settings = try layout.settings()
    connections = Connections(layout)
    let store = Store(in: layout.store)
    let backend = try Self.backend(layout, settings, store)
    let choice = try Self.manager(layout, settings)
    let supervisor = Supervisor(
      choice == .builtIn ? try Self.services(layout) : [], runtime: layout.runtime, logs: layout.logs
    ) { definition in
      try Self.launch(definition, layout.root, backend)
    }
    let parts = Device.Parts(
      root: layout.root, courier: try connections.courier(to: settings.repository),
      journal: try Journal(in: layout.state), store: store, backend: backend,
      manager: choice == .systemd ? Systemd() : supervisor,
      scanner: try Self.scanner(layout),
      identity: DeviceIdentity(state: layout.state, root: layout.root), packages: try Self.packages(layout, settings),
      isWithoutGrafts: Self.isWithoutGrafts(layout, settings), witness: KernelCrashWitness(),
      asker: ProbeAsker(root: layout.root), now: { WallClock.now() }, awake: { AwakeClock.now() })
    device = Device(parts, settings: settings)
    self.supervisor = supervisor
    rounds = LookRounds(device)
    packageWatch = PackageWatch(device, rounds)
    bootWatch = BootWatch(device)
    health = TendingRounds(device.hub) { [device] log in await device.tend(log) }
    notice = try Self.notice(device, layout, settings)
    configuration = Configuration(layout, device, rounds, connections, log: log)
    socket = "\(layout.runtime.path)/\(DeviceLayout.socketName)"
  }

  /// The control server; everybody may ask, root and the daemon's own user may change.
  func server(_ console: Console) throws -> VarlinkServer {
    let interface = try DeviceInterface.serving(
      ServedDevice(device: device, configuration: configuration, packageWatch: packageWatch),
      mayChange: DeviceInterface.ownerOrRoot(ProcessLauncher.userID))
    let service = try VarlinkService(
      .init(vendor: "Suture", product: "sutured", version: Version.current, url: "https://varlink.org"), [interface])
    return VarlinkServer(service, at: socket) { console.note("sutured: control: \($0)") }
  }

  func shutdown() async { await connections.shutdown() }

  // Over a machine's own files, mounts; in a folder, links, which need no privilege.
  private static func backend(
    _ layout: DeviceLayout, _ settings: DeviceSettings, _ store: Store
  ) throws -> any GraftBackend {
    switch settings.grafts ?? (layout.root.path == "/" ? .mounts : .links) {
    case .links: return LinkFarm(root: layout.root, farm: layout.farm, store: store)
    case .mounts:
      let namespace: MountNamespace = settings.mountNamespace == .own ? .own : .of(process: 1)
      return try BindMounts(
        root: layout.root, store: store, namespace: namespace, program: BindMounts.programBesideOwn())
    }
  }

  // What the machine was started with concerns what stands in it, and no folder.
  private static func isWithoutGrafts(_ layout: DeviceLayout, _ settings: DeviceSettings) -> Bool {
    layout.root.path == "/" && settings.mountNamespace != .own && KernelCommandLine.isOn("suture.baseline")
  }

  // Who logs in, logs in to the machine, and not to a folder or to a namespace that is for trying out.
  private static func notice(
    _ device: Device, _ layout: DeviceLayout, _ settings: DeviceSettings
  ) throws -> NoticeKeeper? {
    guard layout.isOfMachine, settings.mountNamespace != .own else { return nil }
    let runtime = try Directory(path: "/run")
    return try NoticeKeeper(device, LoginNotice(runtime: runtime), DesktopNotifier(runtime: runtime))
  }

  // In a mount namespace of its own nothing is covered for the package manager.
  private static func packages(_ layout: DeviceLayout, _ settings: DeviceSettings) throws -> PackageWork? {
    guard settings.mountNamespace != .own else { return nil }
    return try PackageWork(root: layout.root, runtime: layout.runtime)
  }

  // For a machine's own services its own manager; in a folder, and where there is no systemd, our supervisor.
  private static func manager(
    _ layout: DeviceLayout, _ settings: DeviceSettings
  ) throws -> DeviceSettings.ManagerChoice {
    let isManaged = Systemd.isRunning()
    if settings.serviceManager == .systemd, !isManaged {
      throw DeviceError.badSetting("ServiceManager=systemd, and systemd does not manage this machine")
    }
    return settings.serviceManager ?? (layout.root.path == "/" && isManaged ? .systemd : .builtIn)
  }

  private static func services(_ layout: DeviceLayout) throws -> [ServiceDefinition] {
    try layout.names(in: "services", suffix: ".service").map { name in
      try ServiceDefinition(name: String(name.dropLast(".service".count)), layout.file("services/\(name)"))
    }
  }

  // A program is looked for beneath the root first, where a graft may stand in its place, then on the machine itself.
  private static func launch(
    _ definition: ServiceDefinition, _ root: Directory, _ backend: any GraftBackend
  ) throws -> Supervisor.Launch {
    var executable = definition.executable
    if let path = RelativePath(executable.dropFirst()), try root.status(path)?.kind == .file {
      executable = try backend.name(of: path)
    }
    return Supervisor.Launch(executable: executable, environment: try backend.environment())
  }

  // On a file of the store's file system, and on one where the baseline lies: beneath the root, or where programs are.
  private static func scanner(_ layout: DeviceLayout) throws -> ExposureScanner {
    let name = try checked("self-test")
    try layout.state.write(Array("mapped by sutured to learn what maps tell\n".utf8), to: name)
    var files = [try layout.state.openFile(name), try layout.configuration.openFile(checked("sutured.conf"))]
    if layout.root.path == "/" {
      files.append(try layout.root.openFile(checked(String(ProcessLauncher.ownExecutable().dropFirst()))))
    }
    return try ExposureScanner(selfTestedOn: files)
  }

  private static func checked(_ text: String) throws -> RelativePath {
    guard let path = RelativePath(text) else { throw DeviceError.badSetting("\(text) is no path") }
    return path
  }
}

/// What this build calls itself.
enum Version {
  static let current = "0.1"
}
