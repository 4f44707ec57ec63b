import ArgumentParser
import Basics
import BinaryDelta
import Linux
import TreeDelta

struct Patch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Applies a patch to the old file or tree.",
    discussion: """
      The new file or tree appears whole, or not at all; what stands at its place is replaced if it is a file, and refused if \
      it is a folder with anything in it. A tree has the modes of the patch and the owner of who runs this. A patch of \
      trees takes the old tree as a folder or as the .deb that it was made from.
      """)

  @Argument(help: ArgumentHelp("The old file, folder or .deb.", valueName: "old"))
  var old: String

  @Argument(help: ArgumentHelp("The patch.", valueName: "patch"))
  var patch: String

  @Argument(help: ArgumentHelp("Where the new file or folder goes.", valueName: "new"))
  var new: String

  @Option(name: .long, help: ArgumentHelp("The most bytes that the new files may have together.", valueName: "bytes"))
  var limit = Files.byteLimit

  @Flag(name: .long, help: "Allow files that run as their owner or group where the old tree has none such.")
  var setID = false

  func run() async throws {
    try await Work.reporting {
      let progress = Progress()
      try await progress.during {
        guard TreePatch.looksLikeTreePatch(try Files.beginning(of: patch, count: 8)) else {
          return try patchFile(progress)
        }
        guard case .tree(let source) = try Side(old, packagesAreFiles: false, progress) else {
          throw Failure.notTree(old)
        }
        let patching = TreePatching(
          patch: try Files.read(patch), old: source, limit: limit, allowsSetID: setID, progress: progress)
        try patching.apply(at: new)
      }
    }
  }

  private func patchFile(_ progress: Progress) throws {
    guard !Files.isFolder(old) else { throw Failure.notFile(old) }
    let baseline = try Files.map(old)
    let payload = try Files.map(patch)
    progress.say("rebuilding \(new)")
    do {
      let (folder, name) = try Files.split(new)
      let file = try folder.pendingFile(for: name)
      try baseline.withBytes { (baseline) throws in
        try payload.withBytes { (payload) throws in
          try PayloadDecoder.apply(payload, to: baseline, outputLimit: limit) { try file.write($0) }
        }
      }
      try file.commit()
    } catch let error as LinuxError { throw Failure.unwritten(new, error) }
  }
}
