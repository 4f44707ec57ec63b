package import Linux

extension ProcessIdentity {
  /// Waits, ten seconds at most, for the end of a child that was told to end.
  ///
  /// A child that nobody waits for keeps Swift Testing busy: once a test has had an exit test, it looks without pause at
  /// whatever children have ended.
  package func reapSoon() {
    for _ in 0..<10_000 {
      if reap() { return }
      Pause.wait(.milliseconds(1))
    }
  }
}
