package import Linux

/// A process that holds a record lock on a file, as package managers do, until it is ended.
package final class LockingProcess: Sendable {
  /// The process.
  package let process: ProcessIdentity
  /// A child of it that only sleeps.
  package let child: ProcessIdentity?

  /// Starts one and waits until it holds the lock.
  package init(on file: String) throws {
    let temporary = try TemporaryDirectory()
    let log = try temporary.directory.appendingFile(path("log"))
    // struct flock of x86-64 and aarch64; F_SETLK is 6, F_WRLCK 1.
    let program = """
      my $lock = pack("s s x4 q q i x4", 1, 0, 0, 0, 0);
      open(F, "+>>", $ARGV[0]) and fcntl(F, 6, $lock) or die "no lock: $!";
      my $child = fork();
      if ($child == 0) { sleep 1000; exit }
      $SIG{TERM} = sub { kill "KILL", $child; exit };
      $| = 1; print "$child held\\n"; sleep 1000;
      """
    let process = try ProcessLauncher.start(
      "/usr/bin/perl", arguments: ["-e", program, file], environment: ["PATH": "/usr/bin:/bin"], output: log)
    self.process = process
    for _ in 0..<10_000 {
      let said = String(decoding: try temporary.directory.read(path("log"), limit: 1 << 16), as: UTF8.self)
      if said.hasSuffix(" held\n") {
        child = Int32(said.prefix { $0 != " " }).flatMap { ProcessIdentity(running: $0) }
        return
      }
      guard process.isRunning else { throw ConfigurationFile.Refusal("no process holds the lock: \(said)") }
      Pause.wait(.milliseconds(1))
    }
    throw ConfigurationFile.Refusal("no process came to hold the lock")
  }

  /// Ends it and its child.
  package func end() {
    _ = try? process.send(.terminate)
    process.reapSoon()
  }

  deinit { end() }
}
