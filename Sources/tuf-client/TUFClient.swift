import ArgumentParser
import Basics
import Delivery
import Linux
import TUF
import Terminal

/// Ends with 0 or 1 whatever happens, as the suite's protocol wants.
@main
struct Program {
  static func main() async {
    let console = Console(program: "tuf-client")
    do {
      try await TUFClient.parse(try arguments()).run()
    } catch {
      let isParsers = TUFClient.exitCode(for: error) != .failure
      guard TUFClient.exitCode(for: error) != .success else { return console.line(TUFClient.fullMessage(for: error)) }
      console.error(isParsers ? TUFClient.message(for: error) : "\(error)")
      ProcessLauncher.exit(1)
    }
  }

  /// The command line without the program's name.
  ///
  /// Swift looks for it in front of the environment, and finds nothing where a preloaded library has moved that, as
  /// libfaketime does, with which the suite tests expiry. The kernel knows better.
  private static func arguments() throws -> [String] {
    guard CommandLine.arguments.isEmpty else { return Array(CommandLine.arguments.dropFirst()) }
    guard let path = RelativePath("\(ProcessLauncher.ownPID)/cmdline") else { return [] }
    let bytes = try Directory(path: "/proc").read(path, limit: 1 << 20)
    let words = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    return words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
  }
}

struct TUFClient: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tuf-client",
    abstract: "Brings files from a TUF repository, verified from a root that is trusted.",
    discussion: "init ROOT.json pins a root; refresh verifies what is current; download brings targets besides.")

  enum Action: String, ExpressibleByArgument, CaseIterable {
    case begin = "init"
    case refresh
    case download
  }

  @Option(help: ArgumentHelp("The folder of trusted metadata.", valueName: "dir"))
  var metadataDir: String

  @Option(help: ArgumentHelp("The address of the repository's metadata.", valueName: "url"))
  var metadataURL: String?

  @Option(help: ArgumentHelp("A target to bring; may be given several times.", valueName: "path"))
  var targetName: [String] = []

  @Option(help: ArgumentHelp("The folder where targets are kept.", valueName: "dir"))
  var targetDir: String?

  @Option(help: ArgumentHelp("The address of the repository's targets.", valueName: "url"))
  var targetBaseURL: String?

  @Argument(help: "init, refresh or download.")
  var action: Action

  @Argument(help: ArgumentHelp("The root to pin, with init.", valueName: "root.json"))
  var trustedRoot: String?

  func validate() throws {
    guard (action == .begin) == (trustedRoot != nil) else { throw ValidationError("A file of a root goes with init.") }
    guard action == .begin || metadataURL != nil else {
      throw ValidationError("\(action.rawValue) needs --metadata-url.")
    }
    guard action == .download else { return }
    guard !targetName.isEmpty, targetDir != nil, targetBaseURL != nil else {
      throw ValidationError("download needs --target-name, --target-dir and --target-base-url.")
    }
  }

  func run() async throws {
    let now = WallClock.now()
    let folder = try MetadataFolder(path: metadataDir)
    switch action {
    case .begin: try folder.pin(try Self.read(trustedRoot ?? ""), now: now)
    case .refresh: try await Self.using(metadataURL, escaped: true) { _ = try await update(folder, $0, now) }
    case .download: try await download(folder, now)
    }
  }

  private func update(_ folder: MetadataFolder, _ transport: HTTPTransport, _ now: UTCTime) async throws -> Update {
    let client = Client(pinnedRoot: try folder.pinnedRoot(), fetcher: RemoteMetadata(transport), store: folder)
    return try await client.update(now: now)
  }

  private func download(_ folder: MetadataFolder, _ now: UTCTime) async throws {
    try await Self.using(metadataURL, escaped: true) { metadata in
      try await Self.using(targetBaseURL, escaped: false) { transport in
        var update = try await update(folder, metadata, now)
        let targets = try TargetFolder(transport, path: targetDir ?? "")
        for name in targetName {
          guard let path = TargetPath(name) else { throw ClientError("\(name) is not a plain relative path") }
          guard let target = try await update.target(at: path) else {
            throw ClientError("the repository describes no target \(path)")
          }
          try await targets.bring(target)
        }
      }
    }
  }

  /// Opens a transport and shuts it down in the end.
  private static func using(
    _ address: String?, escaped: Bool, _ body: (HTTPTransport) async throws -> Void
  ) async throws {
    let transport = try HTTPTransport(address: address ?? "", takesEscapes: escaped)
    do { try await body(transport) } catch {
      await transport.shutdown()
      throw error
    }
    await transport.shutdown()
  }

  private static func read(_ path: String) throws -> [UInt8] {
    let parts = path.split(separator: "/")
    let parent = (path.hasPrefix("/") ? "/" : "./") + parts.dropLast().joined(separator: "/")
    guard let name = parts.last.flatMap({ RelativePath($0) }) else { throw ClientError("\(path) is no file") }
    return try Directory(path: parent).read(name, limit: Limits.rootByteCount)
  }
}
