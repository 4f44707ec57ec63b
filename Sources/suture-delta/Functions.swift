import ArgumentParser
import Basics
import CanonicalJSON
import ELFImage
import Terminal
import TreeDelta

struct Functions: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says which functions differ between two builds, once everything is set aside that only moved.",
    discussion: """
      OLD and NEW are ELF images for x86-64 or aarch64, or two trees: then every image that differs is told of. Functions \
      have their symbols' names where there are symbols (pipe through c++filt for C++), else their addresses. A reviewer \
      looks first at what changed; "redirected" is code that is the same and uses something else. Data is compared only as \
      far as references lead to text.
      """)

  @Argument(help: ArgumentHelp("The old file, folder or .deb.", valueName: "old"))
  var old: String

  @Argument(help: ArgumentHelp("The new file, folder or .deb.", valueName: "new"))
  var new: String

  @Flag(name: .long, help: "Print one JSON object for each image, with addresses as numbers.")
  var json = false

  @Option(name: .long, help: ArgumentHelp("How many changes of one kind are told of, for people.", valueName: "n"))
  var limit = 200

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
  }

  func run() async throws {
    try await Work.reporting {
      let progress = Progress(isQuiet: json)
      try await progress.during {
        switch try Side.pair(old, new, packagesAreFiles: false, progress) {
        case .files(let old, let new):
          progress.say("comparing \(new)")
          show(try FunctionReport(name: new, old: Files.read(old), new: Files.read(new)), progress)
        case .trees(let old, let new): try compare(old, new, progress)
        }
      }
    }
  }

  private func show(_ report: FunctionReport, _ progress: Progress) {
    progress.clear()
    if json { return Work.console.line(report.json.compactText) }
    report.show(limit: limit, Work.console)
  }

  private func compare(_ old: any TreeSource, _ new: any TreeSource, _ progress: Progress) throws {
    let files = TreeDifference(from: old.tree, to: new.tree).files
    try old.prepare(Set(files.compactMap(\.old)))
    try new.prepare(Set(files.map(\.new)))
    var (images, identical) = (0, 0)
    for file in files {
      let path = new.tree.entries[file.new].path
      let after = try new.read(file.new)
      guard let before = try file.old.map({ try old.read($0) }), ELFImage.looksLikeImage(after),
        ELFImage.looksLikeImage(before)
      else { continue }
      images += 1
      progress.say("comparing \(path)")
      do {
        if try ELFImage.isIdentityOnlyChange(from: ELFImage(parsing: before), to: ELFImage(parsing: after)) {
          identical += 1
          if !json { Work.console.line("\(path): nothing differs but the build ID and the debug link") }
          continue
        }
        show(try FunctionReport(name: path.description, old: before, new: after), progress)
      } catch {
        progress.clear()
        Work.console.note("suture-delta: \(path) is passed over: \(error)")
      }
    }
    progress.clear()
    if images == 0, !json { Work.console.line("no ELF image differs") }
  }
}
