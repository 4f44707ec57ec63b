import ArgumentParser
import Basics
import BinaryDelta
import DeltaEncoding
import Linux
import Terminal

struct Diff: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes the smallest patch from the old file or tree to the new one.",
    discussion: """
      Every payload is applied once before it is written. The same files give the same patch, whatever the number of \
      jobs. Matching a file takes about twelve times its size in memory.
      """)

  @Argument(help: ArgumentHelp("The old file, folder or .deb.", valueName: "old"))
  var old: String

  @Argument(help: ArgumentHelp("The new file, folder or .deb.", valueName: "new"))
  var new: String

  @Argument(help: ArgumentHelp("Where the patch goes.", valueName: "patch"))
  var patch: String

  @Option(name: .long, help: ArgumentHelp("How many files are worked on at a time.", valueName: "n"))
  var jobs = ProcessLauncher.processorCount

  @Flag(
    name: .long,
    help: "Of trees: leave files as they are of which nothing changed but the build ID and the debug link.")
  var surgical = false

  @Flag(name: .long, help: "Take .deb packages as the files that they are.")
  var packed = false

  @Flag(
    name: .long,
    help: "Of files: say the size of every payload that was tried. Of trees: say what became of every file.")
  var details = false

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("--jobs must be at least 1.") }
  }

  func run() async throws {
    try await Work.reporting {
      let progress = Progress()
      try await progress.during {
        switch try Side.pair(old, new, packagesAreFiles: packed, progress) {
        case .files(let old, let new): try makeFile(Files.read(old), Files.read(new), progress)
        case .trees(let old, let new):
          let making = TreeMaking(old: old, new: new, jobs: jobs, progress: progress)
          let made = try await making.make(leavingOutIdentity: surgical)
          try Files.write(made.patch, to: patch)
          progress.clear()
          tell(made)
        }
      }
    }
  }

  private func makeFile(_ baseline: [UInt8], _ improved: [UInt8], _ progress: Progress) throws {
    progress.say("making a patch of \(Figure.count(improved.count)) bytes")
    if details {
      for payload in try PayloadEncoder.candidates(baseline: baseline, improved: improved) {
        progress.clear()
        Work.console.note("\(try Self.kind(payload)): \(Figure.count(payload.count)) bytes")
      }
    }
    let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
    try Files.write(payload, to: patch)
    progress.clear()
    Work.console.line("\(Figure.count(payload.count)) bytes, \(try Self.kind(payload))")
  }

  private static func kind(_ payload: [UInt8]) throws -> String {
    let header = try PayloadHeader(parsing: payload)
    return "\(header.parts[0].method), \(header.coding)"
  }

  private func tell(_ made: TreeMaking.Made) {
    let console = Work.console
    if details {
      for file in made.files {
        console.line(
          Columns.right(Figure.count(file.share), 12) + Columns.right(Figure.count(file.length), 14)
            + "  \(Columns.left(file.method.description, 10))  \(file.path)")
      }
    }
    for path in made.leftOut { console.line("left as it is: \(path); nothing changed but its identity") }
    console.line(
      "\(Figure.count(made.patch.count)) bytes, \(Figure.count(made.files.count)) files travel"
        + (made.leftOut.isEmpty ? "" : ", \(Figure.count(made.leftOut.count)) left as they are"))
  }
}
