import Basics
import Grafting
import Linux
import TestSupport
import Testing

/// strace(1), by which a program is killed at a system call.
private enum Strace {
  /// Why it cannot be used here; nil where it can.
  static let absence: String? =
    ((try? Directory(path: "/", links: .withinRoot).status(path("usr/bin/strace"))) ?? nil) == nil
    ? "NOT RUN: no strace on this machine" : nil
}

/// `suture-graft`, killed as it begins each system call by which it changes mounts.
@Suite(
  .enabled(if: PrivateNamespace.absence == nil, "\(PrivateNamespace.absence ?? "")"),
  .enabled(if: Strace.absence == nil, "\(Strace.absence ?? "")"), .timeLimit(.minutes(10)))
struct KilledHelperTests {
  private static let calls = ["open_tree", "mount_setattr", "move_mount", "umount2"]
  private static let paths = [libraryPath, programPath]

  /// A program that stands for `suture-graft` and has it killed.
  private func killer(_ world: MountWorld, at call: String, number: Int) throws -> String {
    let script = """
      #!/bin/sh
      exec /usr/bin/strace -qq -o /dev/null -e trace=\(call) -e inject=\(call):signal=KILL:when=\(number) \
      \(try BindMounts.programBesideOwn()) "$@"

      """
    try world.temporary.directory.write(Array(script.utf8), to: path("killer.text"))
    let program = world.temporary.path + "/killer"
    // Written by another process: what another test starts at this moment would keep a file of ours open for writing.
    let made = try ProcessLauncher.run(
      "/usr/bin/install", arguments: ["-m", "755", world.temporary.path + "/killer.text", program])
    try #require(made.end == .exited(0), "\(made.error)")
    return program
  }

  private func contents(_ world: MountWorld) throws -> [String] { try Self.paths.map { try world.content($0) } }

  @Test(arguments: [false, true])
  func `after a kill each file is of the old set or of the new one, and the next change leaves nothing behind`(
    isWithoutBeneath: Bool
  ) throws {
    let world = try MountWorld(isWithoutBeneath: isWithoutBeneath)
    let baseline = try contents(world)
    var sets: [(grafts: Set<Graft>, contents: [String])] = [([], baseline)]
    for name in ["a", "b"] {
      let contents = Self.paths.map { "\(name) \($0)" }
      let grafts = try zip(Self.paths, contents).map { try world.graft($1, at: $0) }
      sets.append((Set(grafts), contents))
    }
    var kills = 0
    for (from, to) in [(0, 1), (1, 2), (2, 0)] {
      for call in Self.calls {
        var number = 1
        while try isKilled(world, at: call, number, from: sets[from].grafts, to: sets[to].grafts, isWithoutBeneath) {
          for (index, content) in try contents(world).enumerated() {
            // On an older kernel the baseline is seen between two grafts.
            let allowed = [from, to] + (isWithoutBeneath ? [0] : [])
            #expect(allowed.map { sets[$0].contents[index] }.contains(content), "\(call) \(number), \(from) to \(to)")
          }
          // Whatever it left, the next change finishes or undoes it, and nothing of it comes to light later.
          for end in [to, from, 0] {
            try world.mounts.establish(sets[end].grafts)
            #expect(try contents(world) == sets[end].contents, "\(call) \(number), \(from) to \(to), then \(end)")
            #expect(try world.mounts.standing() == sets[end].grafts)
          }
          #expect(try world.space.mountCount(beneath: world.root.path) == 0, "\(call) \(number), \(from) to \(to)")
          kills += 1
          number += 1
        }
      }
    }
    #expect(kills > 10)
    let kernel = isWithoutBeneath ? "as on kernels before 6.5" : "each file in one step"
    print("FIGURE: suture-graft killed at every mount call, \(kernel): \(kills) kills, nothing left behind")
  }

  // Whether the change from one set to another comes to the Nth call of a kind.
  private func isKilled(
    _ world: MountWorld, at call: String, _ number: Int, from: Set<Graft>, to: Set<Graft>, _ isWithoutBeneath: Bool
  ) throws -> Bool {
    try world.mounts.establish(from)
    let killed = try BindMounts(
      root: world.root, store: world.store, namespace: world.space.namespace,
      program: killer(world, at: call, number: number), isWithoutBeneath: isWithoutBeneath)
    do {
      try killed.establish(to)
      return false
    } catch GraftError.mountsUnknown(_, .signalled(9)) { return true }
  }
}
