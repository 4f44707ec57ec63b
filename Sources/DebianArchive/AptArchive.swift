internal import Basics
internal import Linux

/// The Debian archive as this machine's apt knows it (its sources, its keys), with a state of its own.
///
/// Nothing of the machine's apt or dpkg is written: package lists, cache and downloads lie in a folder that the caller
/// names, so an ordinary user can use it. What apt would run after an update (hooks) is cleared, and archives without a
/// signature by apt's keys are refused whatever the machine's configuration allows.
package struct AptArchive: Sendable {
  /// The folder of the private state.
  package let state: String
  /// The architecture that is fetched for.
  package let architecture: String
  private let progress: @Sendable (String) -> Void
  private let tool: AptTool

  /// Lists that hooks may stand in; only a configuration file can clear a list.
  private static let cleared = [
    "APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success",
    "APT::Update::Post-Invoke-Stats", "DPkg::Pre-Invoke", "DPkg::Post-Invoke", "DPkg::Pre-Install-Pkgs",
    "APT::Architectures",
  ]

  /// Prepares the private state in a folder, which is created where it is missing.
  ///
  /// `progress` is told every line that apt prints while it fetches.
  package init(
    state: String, architecture: String, progress: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(DebianError) {
    guard PackageName.isValidArchitecture(architecture) else { throw .badName(architecture) }
    do throws(LinuxError) {
      let folder = try Directory.creating(path: state)
      let root = state.hasPrefix("/") ? state : try Self.absolute(state)
      for part in ["lists/partial", "cache/archives/partial", "downloads"] {
        if let path = RelativePath(part) { _ = try folder.creatingDirectory(path) }
      }
      let configuration = Self.cleared.map { "#clear \($0);\n" }.joined()
      if let path = RelativePath("apt.conf") { try folder.write(Array(configuration.utf8), to: path) }
      self.state = root
    } catch {
      throw .state(path: state, reason: "\(error)")
    }
    self.architecture = architecture
    self.progress = progress
    tool = AptTool(options: Self.options(state: self.state, architecture: architecture))
  }

  private static func options(state: String, architecture: String) -> [String] {
    let settings = [
      ("Dir::State", state), ("Dir::State::lists", "\(state)/lists"), ("Dir::State::status", "/var/lib/dpkg/status"),
      ("Dir::Cache", "\(state)/cache"), ("Dir::Cache::pkgcache", "pkgcache.bin"),
      ("Dir::Cache::srcpkgcache", "srcpkgcache.bin"), ("APT::Architecture", architecture),
      ("APT::Architectures::", architecture), ("Acquire::Languages", "none"), ("Acquire::Retries", "2"),
      ("Acquire::AllowInsecureRepositories", "false"), ("Acquire::AllowWeakRepositories", "false"),
      ("Acquire::AllowDowngradeToInsecureRepositories", "false"), ("APT::Get::AllowUnauthenticated", "false"),
    ]
    return ["-c", "\(state)/apt.conf"] + settings.flatMap { ["-o", "\($0.0)=\($0.1)"] }
  }

  private static func absolute(_ path: String) throws(LinuxError) -> String {
    try ProcessLauncher.workingDirectory() + "/" + path
  }

  /// The architecture of this machine, as dpkg names it.
  package static func nativeArchitecture() async throws(DebianError) -> String {
    let answer = try await AptTool(options: []).ask("dpkg", ["--print-architecture"])
    let name = answer.filter { !$0.isWhitespace }
    guard PackageName.isValidArchitecture(name) else { throw .badName(name) }
    return name
  }

  /// Fetches the package lists of the machine's sources; what apt warned of (a source that did not answer) is given back.
  ///
  /// Only when no list at all could be had it throws.
  @discardableResult
  package func update() async throws(DebianError) -> [String] {
    var warnings: [String]
    do throws(DebianError) {
      warnings = try await tool.work("apt-get", ["update"], in: state, progress: progress)
    } catch {
      guard case .aptFailed(_, _, let message) = error else { throw error }
      warnings = [message]
    }
    guard try await !lists().isEmpty else {
      // The first failure says which archive did not answer; the last line only sums up.
      let cause = warnings.first { $0.hasPrefix("W: Failed to fetch") } ?? warnings.last
      throw .archiveUnreachable(message: cause ?? "there is no source of packages in /etc/apt")
    }
    return warnings
  }

  /// The versions of a package, newest first, with where they lie.
  package func versions(of package: String) async throws(DebianError) -> [AptVersion] {
    guard PackageName.isValid(package) else { throw .badName(package) }
    let answer = try await tool.ask("apt-cache", ["madison", package])
    guard let versions = AptVersion.parse(madison: answer)[package], !versions.isEmpty else {
      throw .notOffered(package: package)
    }
    return versions
  }

  /// Fetches one version of a package; the path of its file in the private state.
  package func download(_ package: String, version: String) async throws(DebianError) -> String {
    let offered = try await versions(of: package)
    guard offered.contains(where: { $0.version.text == version }) else {
      throw .versionNotOffered(package: package, version: version, offered: offered.map(\.version.text))
    }
    let folder = "\(state)/downloads"
    let messages = try await tool.work(
      "apt-get", ["download", "\(package)=\(version)"], in: folder, progress: progress)
    // apt writes the version into the name with its colon escaped.
    let start = "\(package)_\(version.replacing(":", with: "%3a"))_"
    do throws(LinuxError) {
      for name in try Directory(path: folder).names() where name.hasPrefix(start) && name.hasSuffix(".deb") {
        return "\(folder)/\(name)"
      }
    } catch {
      throw .state(path: folder, reason: "\(error)")
    }
    throw .aptFailed(
      tool: "apt-get", status: "finished", message: messages.last ?? "it wrote no file \(start)….deb")
  }

  /// Packages of a section (`libs`) for which a security archive offers a newer version than another archive does.
  ///
  /// The smallest first; the caller tries one after another.
  package func packagesWithPairs(section: String = "libs", limit: Int = 20) async throws(DebianError) -> [AptPair] {
    var sizes: [String: Int] = [:]
    for list in try await lists() where list.contains("security") {
      let text = try await tool.ask("/usr/lib/apt/apt-helper", ["cat-file", list])
      sizes.merge(PackageList.sizes(in: text, section: section)) { max($0, $1) }
    }
    let names = sizes.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key).filter(PackageName.isValid)
    var pairs: [AptPair] = []
    for start in stride(from: 0, to: names.count, by: 200) where pairs.count < limit {
      let some = Array(names[start..<min(start + 200, names.count)])
      let versions = AptVersion.parse(madison: try await tool.ask("apt-cache", ["madison"] + some))
      for name in some {
        guard let offered = versions[name], offered.count > 1, let size = sizes[name] else { continue }
        pairs.append(AptPair(from: offered[1], to: offered[0], size: size))
      }
    }
    guard !pairs.isEmpty else { throw .noPair(section: section) }
    return Array(pairs.prefix(limit))
  }

  /// The files of the package lists that were fetched.
  private func lists() async throws(DebianError) -> [String] {
    let answer = try await tool.ask(
      "apt-get", ["indextargets", "--format", "$(FILENAME)", "Created-By: Packages"])
    return answer.split(separator: "\n").map(String.init)
  }
}
