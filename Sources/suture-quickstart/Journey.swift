import Basics
import CanonicalJSON
import DebianArchive
import DeviceAPI
import Improvements
import Linux
import Terminal
import UnixSignals

/// The way of one improvement, station by station.
struct Journey {
  let stage: Stage
  let timeline: Timeline
  let wanted: String?

  private static let service = "demo"

  /// Goes the whole way, or throws where it ends; an interrupt ends it too.
  func travel() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await _ in signals { throw QuickstartError.interrupted }
      }
      group.addTask { try await self.go() }
      try await group.next()
      group.cancelAll()
    }
  }

  private func go() async throws {
    timeline.title("A real security update, from the archive into a running service")
    let publisher = stage.path + "/publisher"
    let repository = stage.path + "/repository"
    let architecture = try await AptArchive.nativeArchitecture()
    let release = try Self.release()
    try await timeline.station("publisher") {
      _ = try await stage.run("suture-publish", ["init", publisher, "--os", release, "--arch", architecture])
      _ = try await stage.run("suture-publish", ["publish", "--workspace", publisher, repository])
      return ((), "keys for \(release)/\(architecture): an improvement needs its builder and its reviewer", [:])
    }
    let pair = try await fetch(architecture, publisher)
    let port = try await layOut(pair, release, architecture, repository)
    let prober = Prober(port: port)
    let device = try DeviceClient(at: stage.path + "/device/run/suture/io.suture.Device")
    let exposed = try await answering(prober, "demo", pair, expect: .exposed)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await prober.run() }
      let outcome = try await improve(pair, publisher, repository, prober, device, exposed)
      group.cancelAll()
      timeline.finish(outcome.facts, outcome.lines)
    }
  }

  // MARK: - The archive and the publisher

  private func fetch(_ architecture: String, _ publisher: String) async throws -> LibraryPair {
    timeline.progress("fetching package lists with a private state; nothing of this machine's apt is written")
    let archive = try AptArchive(state: stage.path + "/apt", architecture: architecture)
    return try await timeline.station("archive") {
      let pair = try await LibraryPair.fetch(archive, wanted: wanted, timeline) { pair in
        do {
          _ = try await stage.run(
            "suture-publish", ["import-deb", "--workspace", publisher, pair.old.file, pair.new.file])
          return true
        } catch let error as QuickstartError {
          timeline.progress("\(pair.new.name) cannot become an improvement: \(error)")
          return false
        }
      }
      let words =
        "\(pair.new.name) \(pair.old.version.text) and \(pair.new.version.text) from \(pair.origin), signatures checked by"
        + " apt; the gates found nothing against an improvement"
      return (
        pair, words,
        [
          "package": .string(pair.new.name), "from": .string(pair.old.version.text),
          "to": .string(pair.new.version.text), "debBytes": .integer(Int64(pair.debBytes)),
        ]
      )
    }
  }

  // MARK: - The machine

  private func layOut(
    _ pair: LibraryPair, _ release: String, _ architecture: String, _ repository: String
  ) async throws -> Int {
    let root = try stage.folder("device")
    let address = try await timeline.station("serve") {
      _ = try stage.start("suture-publish", ["serve", repository, "--port", "0"], as: "repository")
      let address = try await stage.wait(for: "listening on ", from: "repository")
      return (address, "the repository's plain files over HTTP at \(address)", ["address": .string(address)])
    }
    return try await timeline.station("device") {
      try pair.layOut(beneath: root)
      _ = try root.creatingDirectory(Stage.checked("etc/suture/trust"))
      _ = try root.creatingDirectory(Stage.checked("etc/suture/services"))
      let port = try await Self.freePort()
      let files = [
        ("etc/suture/sutured.conf", Self.settings(release, architecture, address)),
        (
          "etc/suture/services/\(Self.service).service",
          "[Service]\nExecStart=\(try Stage.program("suture-quickstart")) service --library \(pair.soname) --port \(port)\n"
        ),
      ]
      for (name, text) in files { try root.write(Array(text.utf8), to: Stage.checked(name)) }
      let first = try stage.folder("publisher").read(Stage.checked("metadata/1.root.json"), limit: 1 << 19)
      try root.write(first, to: Stage.checked("etc/suture/trust/root.json"))
      _ = try stage.start("sutured", ["--root", root.path], as: "sutured")
      _ = try await stage.wait(for: "sutured: ready at ", from: "sutured")
      return (
        port, "the vulnerable build in a folder, sutured beside it, a service that loads \(pair.soname)",
        ["port": .integer(Int64(port))]
      )
    }
  }

  private static func settings(_ release: String, _ architecture: String, _ address: String) -> String {
    """
    [Device]
    OperatingSystem=\(release)
    Architecture=\(architecture)
    # The quickstart asks itself, so that each station can be shown as it happens.
    Automatic=off
    LookInterval=1d
    FirstLookWithin=1d
    ProbationTime=200ms
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

  private static func release() throws -> String {
    let bytes = try Directory(path: "/", links: .withinRoot).read(Stage.checked("etc/os-release"), limit: 1 << 16)
    func value(_ key: String) -> String? {
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key + "=") }.map {
        $0.dropFirst(key.count + 1).filter { $0 != "\"" }
      }
    }
    return "\(value("ID") ?? "debian")-\(value("VERSION_ID") ?? "unknown")"
  }

  // MARK: - The kernel's word

  /// Waits until the service answers, and proves what it maps.
  func answering(
    _ prober: Prober, _ name: String, _ pair: LibraryPair, expect: ProcessReport.Exposure
  ) async throws -> Proof {
    for _ in 0..<2_000 {
      if let text = await prober.ask(), let pid = Int32(text) {
        let proof = try Proof(pid: pid, pair: pair, stage: stage)
        let exposure = try proof.exposure(pair)
        guard exposure == expect else {
          throw QuickstartError.notProven("process \(pid) is \(exposure.rawValue), and not \(expect.rawValue)")
        }
        timeline.proof(proof.sentence(pair, exposure), exposure: exposure)
        return proof
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw QuickstartError.silent(
      "the service does not answer; its log: \(stage.path)/device/var/log/suture/\(name).log")
  }
}
