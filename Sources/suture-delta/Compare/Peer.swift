import Linux

/// What is given to a peer: two files, or two trees as files of tar and as folders.
struct PeerInput: Sendable {
  /// The old file, or the old tree's tar file.
  let old: String
  /// The new one.
  let new: String
  /// The longer one's length, in bytes.
  let byteCount: Int
  /// The trees as folders; for files, folders with nothing but the file.
  let oldFolder: String
  let newFolder: String
}

/// What a peer rebuilds.
enum PeerResult: Sendable {
  /// The new file, under this name.
  case file(String)
  /// The new tree, in the folder of this name.
  case folder(String)
}

/// Another program, or pair of programs, that makes and applies a delta.
struct Peer: Sendable {
  /// How it is called in tables.
  let name: String
  /// Gives its version, or nil where it is not installed.
  let version: @Sendable (PeerRun) throws -> String?
  /// Makes the delta, and names the files that it consists of.
  let make: @Sendable (PeerRun, PeerInput) throws -> [String]
  /// Applies it.
  let apply: @Sendable (PeerRun, PeerInput) throws -> PeerResult

  /// All that are known.
  static let all: [Peer] = [
    bsdiff, python("bsdiff4", "bsdiff4", bsdiff4), xdelta3, zstandard, rdiff, ostree, hdiffz,
    python("HDiffPatch (Python)", "hdiffpatch", hdiffpatch), python("detools", "detools", detools), wholeFile,
  ]

  /// The first number with a dot in what a program says of itself.
  private static func version(
    _ program: String, _ arguments: String...
  ) -> @Sendable (PeerRun) throws -> String? {
    { run in
      guard let executable = Executables.find(program) else { return nil }
      let said = try ProcessLauncher.run(
        executable, arguments: arguments, environment: Executables.environment(home: run.folder))
      let words = (said.output + " " + said.error).split { " \n\t,()'".contains($0) }
      let number = words.first { $0.contains(".") && ($0.first?.isNumber ?? false || $0.hasPrefix("v")) }
      return number.map { String($0.drop { $0 == "v" }) } ?? "of an unknown version"
    }
  }

  /// The version of an installed Debian package, for programs that do not say theirs.
  private static func packageVersion(
    _ program: String, _ package: String
  ) -> @Sendable (PeerRun) throws -> String? {
    { run in
      guard Executables.find(program) != nil else { return nil }
      guard let query = Executables.find("dpkg-query") else { return "of an unknown version" }
      let said = try ProcessLauncher.run(
        query, arguments: ["-W", "-f", "${Version}", package], environment: Executables.environment(home: run.folder))
      return said.end == .exited(0) ? said.output : "of an unknown version"
    }
  }

  static let bsdiff = Peer(
    name: "bsdiff", version: packageVersion("bsdiff", "bsdiff"),
    make: { run, input in
      // bsdiff 4.3 takes seventeen times the file in memory, and sorts repetitive files in quadratic time.
      guard input.byteCount <= 32 << 20 else { throw PeerRun.Refusal(reason: "the file is above 32 MiB") }
      try run.run("bsdiff", input.old, input.new, run.path("patch"))
      return ["patch"]
    },
    apply: { run, input in
      try run.run("bspatch", input.old, run.path("rebuilt"), run.path("patch"))
      return .file("rebuilt")
    })

  static let xdelta3 = Peer(
    name: "xdelta3 -9 -S lzma", version: version("xdelta3", "-V"),
    make: { run, input in
      let window = String(max(input.byteCount, 64 << 20))
      try run.run(
        "xdelta3", "-e", "-9", "-S", "lzma", "-f", "-A=", "-B", window, "-s", input.old, input.new, run.path("patch"))
      return ["patch"]
    },
    apply: { run, input in
      let window = String(max(input.byteCount, 64 << 20))
      try run.run("xdelta3", "-d", "-f", "-B", window, "-s", input.old, run.path("patch"), run.path("rebuilt"))
      return .file("rebuilt")
    })

  private static func window(_ input: PeerInput) -> String {
    var log = 27
    while log < 31, input.byteCount > 1 << log { log += 1 }
    return "--long=\(log)"
  }

  static let zstandard = Peer(
    name: "zstd -22 --patch-from", version: version("zstd", "--version"),
    make: { run, input in
      try run.run(
        "zstd", "--ultra", "-22", window(input), "-q", "-f", "--patch-from=\(input.old)", input.new, "-o",
        run.path("patch"))
      return ["patch"]
    },
    apply: { run, input in
      try run.run(
        "zstd", "-d", window(input), "-q", "-f", "--patch-from=\(input.old)", run.path("patch"), "-o",
        run.path("rebuilt"))
      return .file("rebuilt")
    })

  static let rdiff = Peer(
    name: "rdiff and xz -9e", version: version("rdiff", "--version"),
    make: { run, input in
      try run.run("rdiff", "-f", "signature", input.old, run.path("signature"))
      try run.run("rdiff", "-f", "delta", run.path("signature"), input.new, run.path("patch"))
      try run.run("xz", "-9e", "-k", "-c", run.path("patch"), output: "patch.xz")
      return ["patch.xz"]
    },
    apply: { run, input in
      try run.run("xz", "-d", "-c", run.path("patch.xz"), output: "unpacked")
      try run.run("rdiff", "-f", "patch", input.old, run.path("unpacked"), run.path("rebuilt"))
      return .file("rebuilt")
    })

  static let wholeFile = Peer(
    name: "xz -9e of the new file", version: version("xz", "--version"),
    make: { run, input in
      try run.run("xz", "-9e", "-k", "-c", input.new, output: "patch")
      return ["patch"]
    },
    apply: { run, input in
      try run.run("xz", "-d", "-c", run.path("patch"), output: "rebuilt")
      return .file("rebuilt")
    })

  static let hdiffz = Peer(
    name: "hdiffz", version: version("hdiffz", "-v"),
    make: { run, input in
      // The smallest of what its makers offer for files.
      try run.run(
        "hdiffz", "-f", "-m-1", "-SD", "-block-0", "-c-lzma2-9-64m", input.old, input.new, run.path("patch"))
      return ["patch"]
    },
    apply: { run, input in
      try run.run("hpatchz", "-f", "-s", input.old, run.path("patch"), run.path("rebuilt"))
      return .file("rebuilt")
    })
}
