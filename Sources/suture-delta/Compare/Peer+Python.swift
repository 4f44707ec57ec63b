import Linux

extension Peer {
  /// How a module of Python makes and applies.
  struct Scripts: Sendable {
    let make: String
    let apply: String
  }

  /// A peer that is a module of Python; what Python itself costs is part of the figures.
  static func python(_ name: String, _ module: String, _ scripts: Scripts) -> Peer {
    let script: @Sendable (PeerRun, String, [String]) throws -> Void = { run, text, files in
      guard let python = Executables.python(with: module, home: run.folder), files.count == 3 else {
        throw PeerRun.Refusal(reason: "no Python has the module \(module)")
      }
      try run.run(python, "-c", text, files[0], files[1], files[2])
    }
    return Peer(
      name: name,
      version: { run in
        guard let python = Executables.python(with: module, home: run.folder) else { return nil }
        let text = "import importlib.metadata as m, sys; print(m.version('\(module)'))"
        return try ProcessLauncher.run(
          python, arguments: ["-c", text], environment: Executables.environment(home: run.folder)
        ).output.split(separator: "\n").first.map(String.init)
      },
      make: { run, input in
        try script(run, scripts.make, [input.old, input.new, run.path("patch")])
        return ["patch"]
      },
      apply: { run, input in
        try script(run, scripts.apply, [input.old, run.path("patch"), run.path("rebuilt")])
        return .file("rebuilt")
      })
  }

  static let bsdiff4 = Scripts(
    make: "import bsdiff4, sys; bsdiff4.file_diff(*sys.argv[1:])",
    apply: "import bsdiff4, sys; bsdiff4.file_patch(sys.argv[1], sys.argv[3], sys.argv[2])")

  /// The smallest of LZMA2, Zstandard and brotli, as its makers offer them.
  static let hdiffpatch = Scripts(
    make: """
      import hdiffpatch, sys
      old, new = (open(name, 'rb').read() for name in sys.argv[1:3])
      first = hdiffpatch.diff(old, new, compression=hdiffpatch.Lzma2Config(level=9, window=26), validate=False)
      second = hdiffpatch.recompress(first, hdiffpatch.ZStdConfig(level=22, window=27))
      third = hdiffpatch.recompress(first, hdiffpatch.BrotliConfig(level=11, window=24))
      open(sys.argv[3], 'wb').write(min(first, second, third, key=len))
      """,
    apply: """
      import hdiffpatch, sys
      old, patch = (open(name, 'rb').read() for name in sys.argv[1:3])
      open(sys.argv[3], 'wb').write(hdiffpatch.apply(old, patch))
      """)

  static let detools = Scripts(
    make: """
      import detools, sys
      with open(sys.argv[1], 'rb') as old, open(sys.argv[2], 'rb') as new, open(sys.argv[3], 'wb') as patch:
          detools.create_patch(old, new, patch, compression='lzma', patch_type='hdiffpatch', algorithm='hdiffpatch')
      """,
    apply: """
      import detools, sys
      with open(sys.argv[1], 'rb') as old, open(sys.argv[2], 'rb') as patch, open(sys.argv[3], 'wb') as new:
          detools.apply_patch(old, patch, new)
      """)
}
