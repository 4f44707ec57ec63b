import ArgumentParser
import Basics
import Linux
import TreeDelta

/// Peers over one pair of files or trees: each makes a delta, applies it, and is believed only if the new side came back.
struct Comparison {
  /// What one peer did.
  struct Outcome: Sendable {
    let peer: String
    let version: String
    /// Bytes of what travels; nil with the reason where there is none.
    let bytes: Int?
    let refusal: String?
    let making: PeerRun.Cost
    let applying: PeerRun.Cost

    static func refused(_ peer: String, _ version: String, _ reason: String) -> Outcome {
      Outcome(
        peer: peer, version: version, bytes: nil, refusal: reason, making: PeerRun.Cost(), applying: PeerRun.Cost())
    }
  }

  private let folder: WorkFolder
  private let input: PeerInput
  private let ours: PeerInput
  private let expected: Digest
  private let expectedMark: [UInt8]
  private let limit: Duration
  private let runs: Int
  private let progress: Progress
  /// Bytes of the new side.
  let newLength: Int

  /// Lays out both sides as peers want them.
  init(_ pair: Side.Pair, limit: Duration, runs: Int, _ progress: Progress) throws {
    self.limit = limit
    self.runs = runs
    self.progress = progress
    folder = try WorkFolder()
    let sides = SideFiles(folder)
    switch pair {
    case .files(let old, let new):
      (input, newLength) = try sides.input(oldFile: old, newFile: new)
      ours = input
    case .trees(let old, let new):
      progress.say("writing both trees")
      (input, newLength) = try sides.input(oldTree: old, newTree: new)
      ours = PeerInput(
        old: old.name, new: new.name, byteCount: input.byteCount, oldFolder: input.oldFolder,
        newFolder: input.newFolder)
    }
    expected = try Directory.file(at: input.new).digest().digest
    expectedMark = try FolderTree(input.newFolder, Progress(isQuiet: true)).tree.mark
  }

  /// Has a peer make and apply; nil where it is not installed.
  func outcome(of peer: Peer) throws -> Outcome? {
    try folder.remove("peer")
    let run = PeerRun(try folder.folder("peer"), limit: limit)
    guard let version = try peer.version(run) else { return nil }
    let input = peer.name == Peer.ours.name ? ours : input
    progress.say("\(peer.name) makes its delta")
    do {
      let files = try peer.make(run, input)
      let making = run.takeCost()
      let bytes = try run.length(of: files)
      progress.say("\(peer.name) applies its delta")
      var applying: PeerRun.Cost?
      for _ in 0..<runs {
        for name in ["rebuilt", "device"] { try folder.remove("peer/\(name)") }
        let result = try peer.apply(run, input)
        let cost = run.takeCost()
        // The shortest time, which the machine disturbed least, and the most memory.
        applying = PeerRun.Cost(
          microseconds: min(applying?.microseconds ?? .max, cost.microseconds),
          residentBytes: max(applying?.residentBytes ?? 0, cost.residentBytes),
          anonymousBytes: max(applying?.anonymousBytes ?? 0, cost.anonymousBytes))
        guard try isExact(result, run) else {
          return .refused(peer.name, version, "what it rebuilt is not the new \(isTree ? "tree" : "file")")
        }
      }
      return Outcome(
        peer: peer.name, version: version, bytes: bytes, refusal: nil, making: making,
        applying: applying ?? PeerRun.Cost())
    } catch let refusal as PeerRun.Refusal {
      return .refused(peer.name, version, refusal.reason)
    }
  }

  /// Whether trees are compared.
  var isTree: Bool { ours.old != input.old }

  private func isExact(_ result: PeerResult, _ run: PeerRun) throws -> Bool {
    switch result {
    case .file(let name): try run.digest(of: name) == expected
    case .folder(let name):
      try FolderTree(run.path(name), Progress(isQuiet: true)).tree.mark == expectedMark
    }
  }
}

extension Peer {
  /// This program, run as the others are.
  static let ours = Peer(
    name: "suture-delta", version: { _ in SutureDelta.configuration.version },
    make: { run, input in
      try run.run(try ProcessLauncher.ownExecutable(), "diff", "--jobs", "1", input.old, input.new, run.path("patch"))
      return ["patch"]
    },
    apply: { run, input in
      try run.run(try ProcessLauncher.ownExecutable(), "patch", input.old, run.path("patch"), run.path("rebuilt"))
      return Files.isFolder(run.path("rebuilt")) ? .folder("rebuilt") : .file("rebuilt")
    })
}
