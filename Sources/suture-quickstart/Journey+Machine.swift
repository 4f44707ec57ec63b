import Basics
import CanonicalJSON
import DebianArchive
import DeviceAPI
import Linux

/// What the way of the improvement passes through.
struct Scene {
  let pair: LibraryPair
  let baseline: Baseline
  let prober: Prober
  let device: DeviceClient
}

extension Journey {
  /// Serves the repository and gives its address.
  func serve(_ repository: String) async throws -> String {
    try await timeline.station("serve") {
      _ = try stage.start("suture-publish", ["serve", repository, "--port", "0"], as: "repository")
      let address = try await stage.wait(for: "listening on ", from: "repository")
      return (address, "the repository's plain files over HTTP at \(address)", ["address": .string(address)])
    }
  }

  /// Lays the vulnerable build where the service will find it.
  func lay(_ pair: LibraryPair) async throws -> Baseline {
    try await timeline.station("baseline") {
      let baseline =
        place.isRealPath
        ? try await Baseline(pair, over: Directory(path: "/", links: .withinRoot), from: stage)
        : try Baseline(pair, beneath: stage.folder("device"))
      return (baseline, baseline.account, baseline.facts)
    }
  }

  /// Starts sutured with a service that loads the library; gives the service's port.
  func startDevice(
    _ pair: LibraryPair, _ release: String, _ architecture: String, _ address: String
  ) async throws -> Int {
    let home = try stage.folder("device")
    return try await timeline.station("device") {
      _ = try home.creatingDirectory(Stage.checked("etc/suture/trust"))
      _ = try home.creatingDirectory(Stage.checked("etc/suture/services"))
      let port = try await Self.freePort()
      let files = [
        ("etc/suture/sutured.conf", settings(release, architecture, address)),
        (
          "etc/suture/services/\(Self.service).service",
          "[Service]\nExecStart=\(try Stage.program("suture-quickstart")) service --library \(pair.soname) --port \(port)\n"
        ),
      ]
      for (name, text) in files { try home.write(Array(text.utf8), to: Stage.checked(name)) }
      let first = try stage.folder("publisher").read(Stage.checked("metadata/1.root.json"), limit: 1 << 19)
      try home.write(first, to: Stage.checked("etc/suture/trust/root.json"))
      let arguments = place.isRealPath ? ["--root", "/", "--home", home.path] : ["--root", home.path]
      _ = try stage.start("sutured", arguments, as: "sutured")
      _ = try await stage.wait(for: "sutured: ready at ", from: "sutured")
      let words =
        place.isRealPath
        ? "sutured \(arguments.joined(separator: " ")), and a service that loads \(pair.soname) by its plain name"
        : "sutured for that folder, and a service that loads \(pair.soname)"
      return (port, words, ["port": .integer(Int64(port)), "root": .string(arguments[1])])
    }
  }

  private func settings(_ release: String, _ architecture: String, _ address: String) -> String {
    """
    [Device]
    OperatingSystem=\(release)
    Architecture=\(architecture)
    # The quickstart asks itself, so that each station can be shown as it happens.
    Automatic=off
    LookInterval=1d
    FirstLookWithin=1d
    ProbationTime=200ms
    \(place.isRealPath ? "Grafts=mounts\nMountNamespace=own\nServiceManager=built-in" : "Grafts=links")
    [Repository]
    Address=\(address)

    """
  }

  /// A port that nobody listens at, for the service to take each time it starts.
  private static func freePort() async throws -> Int {
    for _ in 0..<100 {
      let port = Int.random(in: 20_000..<32_000)
      if await Prober(port: port).ask() == nil { return port }
    }
    throw QuickstartError.silent("no free port was found")
  }
}
