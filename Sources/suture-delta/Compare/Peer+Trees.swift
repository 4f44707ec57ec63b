import Linux

extension Peer {
  static let ostree = Peer(
    name: "ostree static-delta", version: { try versionOfOSTree($0) },
    make: { run, input in
      let place = run.path("publisher")
      try run.run("ostree", "init", "--repo=\(place)", "--mode=bare-user")
      try run.uncounted { try commit(run, place, input.oldFolder, "old") }
      try commit(run, place, input.newFolder, "new")
      try run.run(
        "ostree", "static-delta", "generate", "--repo=\(place)", "--from=\(try run.text("old"))",
        "--to=\(try run.text("new"))", "--inline", "--min-fallback-size=0", "--filename=\(run.path("patch"))")
      return ["patch"]
    },
    apply: { run, input in
      let place = run.path("device")
      try run.uncounted {
        try run.run("ostree", "init", "--repo=\(place)", "--mode=bare-user")
        try commit(run, place, input.oldFolder, "there")
      }
      try run.run("ostree", "static-delta", "apply-offline", "--repo=\(place)", run.path("patch"))
      try run.run("ostree", "checkout", "--repo=\(place)", "-U", try run.text("new"), run.path("rebuilt"))
      return .folder("rebuilt")
    })

  private static func versionOfOSTree(_ run: PeerRun) throws -> String? {
    guard let executable = Executables.find("ostree") else { return nil }
    let said = try ProcessLauncher.run(
      executable, arguments: ["--version"], environment: Executables.environment(home: run.folder))
    return said.output.split(separator: "'").dropFirst().first.map(String.init) ?? "of an unknown version"
  }

  // One time for both sides: a commit is known by its digest, which has to be the same in both places.
  private static func commit(_ run: PeerRun, _ place: String, _ folder: String, _ name: String) throws {
    try run.run(
      "ostree", "commit", "--repo=\(place)", "--branch=\(name)", "--tree=dir=\(folder)", "--timestamp=@0",
      "--owner-uid=0", "--owner-gid=0", "--no-xattrs", "--no-bindings", output: name)
  }
}
