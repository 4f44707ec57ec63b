import ArgumentParser
import CanonicalJSON
import Linux
import Terminal
import TreeDelta

struct Info: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what a patch claims about itself, and what its bytes are for.",
    discussion: """
      Without --old nothing of it is verified. With it the patch is applied, in memory and for nothing but its account: what \
      its bytes are for, and which references were not as predicted, where they stand, and why.
      """)

  @Argument(help: ArgumentHelp("The patch.", valueName: "patch"))
  var patch: String

  @Option(name: .long, help: ArgumentHelp("The old file, folder or .deb.", valueName: "old"))
  var old: String?

  @Flag(name: .long, help: "Print one JSON object.")
  var json = false

  func run() async throws {
    try await Work.reporting {
      let bytes = try Files.read(patch)
      if TreePatch.looksLikeTreePatch(bytes) {
        try show(TreePatch(parsing: bytes), bytes)
      } else {
        let report = try report(bytes)
        if json { Work.console.line(report.json.compactText) } else { report.show("", Work.console) }
      }
    }
  }

  private func report(_ bytes: [UInt8]) throws -> PayloadReport {
    guard let old else { return try PayloadReport(bytes) }
    guard !Files.isFolder(old) else { throw Failure.notFile(old) }
    let baseline = try Files.map(old)
    return try PayloadReport(bytes, baselines: [{ body in try baseline.withBytes(body) }])
  }

  // MARK: A patch of trees

  private func reports(_ patch: TreePatch, _ bytes: [UInt8]) throws -> [PayloadReport] {
    guard let old else { return try patch.payloads.map { try PayloadReport(Array(bytes[$0])) } }
    let progress = Progress()
    guard case .tree(let source) = try Side(old, packagesAreFiles: false, progress) else { throw Failure.notTree(old) }
    return try TreePatching(
      patch: bytes, old: source, limit: Files.byteLimit, allowsSetID: true, progress: progress
    ).reports()
  }

  private func show(_ patch: TreePatch, _ bytes: [UInt8]) throws {
    let reports = try reports(patch, bytes)
    let listing =
      switch patch.listing {
      case .plain(let bytes): bytes.count
      case .packed(let range): range.count
      }
    guard !json else {
      return Work.console.line(
        JSON.object([
          "bytes": .integer(Int64(bytes.count)), "oldMark": .string(TreePatch.text(patch.oldMark)),
          "newMark": .string(TreePatch.text(patch.newMark)), "listingBytes": .integer(Int64(listing)),
          "payloads": .array(reports.map(\.json)),
        ]).compactText)
    }
    let console = Work.console
    console.line("patch of trees  \(Figure.count(bytes.count)) bytes, format \(TreePatch.format)")
    console.line("old tree        mark \(TreePatch.text(patch.oldMark))")
    console.line("new tree        mark \(TreePatch.text(patch.newMark))")
    console.line("listing         \(Figure.count(listing)) bytes")
    for report in reports { report.show("  ", console) }
  }
}
