import Synchronization
import Terminal

/// How many files of a number of them are done, told as progress.
final class Tally: Sendable {
  private let lengths: [Int]
  private let progress: Progress
  private let done = Mutex((files: 0, bytes: 0))

  /// Counts files of these lengths.
  init(lengths: [Int], _ progress: Progress) {
    self.lengths = lengths
    self.progress = progress
  }

  /// Says that nothing is done yet.
  func begin() { progress.say(text(0, 0)) }

  /// Counts a file.
  func finish(_ index: Int) {
    let now = done.withLock { done in
      done.files += 1
      done.bytes += lengths[index]
      return done
    }
    progress.count(text(now.files, now.bytes))
  }

  private func text(_ files: Int, _ bytes: Int) -> String {
    let all = lengths.reduce(0, +)
    return "\(Figure.count(files)) of \(Figure.count(lengths.count)) files, \(Figure.percent(bytes, of: all)) of "
      + "\(Figure.count(all)) bytes"
  }
}
