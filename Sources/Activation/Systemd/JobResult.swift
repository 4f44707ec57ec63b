/// How a job of systemd's ended (org.freedesktop.systemd1(5), JobRemoved).
package enum JobResult: Sendable, Hashable {
  /// It did what it was for.
  case done
  /// It did not, and this is why, as the end of a sentence.
  case undone(String)

  /// Reads systemd's word for it.
  package init(_ word: String) {
    self =
      switch word {
      case "done": .done
      case "failed": .undone("it failed")
      case "dependency": .undone("a unit that it needs did not start")
      case "timeout": .undone("systemd's own limit of time for it passed")
      case "skipped": .undone("systemd passed over its start, because a condition in its unit file does not hold")
      case "canceled": .undone("another job took its place")
      case "invalid": .undone("it cannot be reloaded as it is")
      case "assert": .undone("an assertion in its unit file does not hold")
      case "unsupported": .undone("units of its kind are not supported on this machine")
      case "collected": .undone("systemd forgot it, because nothing needs it any more")
      case "once": .undone("it was started once already and may not be again")
      case "frozen": .undone("it is frozen; `systemctl thaw` thaws it")
      case "concurrency": .undone("too many units of its slice run")
      default: .undone("systemd says '\(word.prefix(64))'")
      }
  }
}
