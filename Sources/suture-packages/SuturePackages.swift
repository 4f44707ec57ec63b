import Basics
import Grafting
import Linux
import Packages

/// One call by a hook of the package manager.
@main struct SuturePackages {
  /// After how many seconds it ends whatever it is at.
  static let limit: UInt32 = 90

  static func main() {
    // A hook that hangs would hold up the package manager for ever.
    ProcessLauncher.endAfter(seconds: limit)
    do {
      let options = try Options(CommandLine.arguments.dropFirst())
      guard options.concernsThisMachine, let here = try Workplace(options) else { return }
      switch options.moment {
      case .before: try StepAside(options, here).perform()
      case .after: try Aftermath(options, here).perform()
      }
    } catch Sentence.usage(let what) {
      StandardStream.error.write("suture-packages: error: \(Sentence.usage(what))\n")
      ProcessLauncher.exit(64)
    } catch {
      // Told, and no reason for the package manager to stop.
      tell("\(error)")
    }
  }

  /// Tells a sentence to whoever runs the package manager.
  static func tell(_ sentence: some CustomStringConvertible) { StandardStream.output.write("suture: \(sentence)\n") }
}

/// The places of the device whose grafts may stand in the way.
struct Workplace {
  let root: Directory
  let store: Store
  let runtime: Directory
  let mounts: BindMounts
  let work: PackageWork

  /// Opens them; nil where nothing was ever put in place.
  init?(_ options: Options) throws {
    guard let folder = try Self.existing("\(options.home)/var/lib/suture/store") else { return nil }
    root = try Directory(path: options.root, links: .withinRoot)
    store = Store(in: folder)
    runtime = try Directory.creating(path: "\(options.home)/run/suture")
    mounts = try BindMounts(
      root: root, store: store, namespace: options.isOwnNamespace ? .own : .of(process: 1),
      program: BindMounts.programBesideOwn())
    work = try PackageWork(root: root, runtime: runtime)
  }

  private static func existing(_ path: String) throws(LinuxError) -> Directory? {
    do { return try Directory(path: path) } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
  }
}
