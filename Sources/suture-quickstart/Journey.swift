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
  let place: Place
  let timeline: Timeline
  let wanted: String?

  static let service = "demo"

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
    timeline.title("A real security update, from the archive into a running service", place.sentence)
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
    let address = try await serve(repository)
    let baseline = try await lay(pair)
    let port = try await startDevice(pair, release, architecture, address)
    let scene = Scene(
      pair: pair, baseline: baseline, prober: Prober(port: port),
      device: try DeviceClient(at: stage.path + "/device/run/suture/io.suture.Device"))
    let exposed = try await answering(scene, expect: .exposed)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await scene.prober.run() }
      let outcome = try await improve(scene, publisher, repository, exposed)
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
          // What ended because of an interrupt is no refusal.
          try Task.checkCancellation()
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
  func answering(_ scene: Scene, expect: ProcessReport.Exposure) async throws -> Proof {
    let pair = scene.pair
    for _ in 0..<2_000 {
      if let text = await scene.prober.ask(), let pid = Int32(text) {
        let proof = try Proof(pid: pid, pair: pair, baseline: scene.baseline, stage: stage)
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
      "the service does not answer; its log: \(stage.path)/device/var/log/suture/\(Self.service).log")
  }
}
