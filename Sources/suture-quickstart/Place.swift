import Basics
import Linux
import Terminal

/// Where the way is gone.
enum Place: Sendable {
  /// Over the machine's own files, in a mount namespace that nobody else sees.
  case realPath
  /// In a folder, and why not over the machine's own files.
  case folder(why: String)

  /// As facts name it.
  var name: String {
    switch self {
    case .realPath: "real path"
    case .folder: "folder"
    }
  }

  var isRealPath: Bool { if case .realPath = self { true } else { false } }

  /// One line for whoever looks on.
  var sentence: String {
    switch self {
    case .realPath:
      "over this machine's own files, in mount and process namespaces of its own: nobody else sees any of it"
    case .folder(let why): "in a folder: \(why)"
    }
  }
}

extension Quickstart {
  /// Finds the place; where it is the real path and this is not yet the program in namespaces of its own, runs that program
  /// and ends with its status.
  ///
  /// To be called while the process has one thread, to which alone it is asked to end.
  func place(_ console: Console) throws -> Place {
    if let outside { return try confirmed(apartFrom: outside) }
    guard !folder else { return .folder(why: "--folder asks for it") }
    guard ProcessLauncher.userID == 0 else { return .folder(why: "mounts over a machine's own files need root") }
    let name = try Stage.newName()
    let words = ["--outside", try MountNamespace.own.identity().description, "--stage", name.description]
    let end: ProcessEnd
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      end = try ProcessLauncher.runApart(ProcessLauncher.ownExecutable(), arguments: arguments + words)
    } catch { return .folder(why: "mounts are not possible here (\(error))") }
    switch end {
    case .exited(let status): ProcessLauncher.exit(status)
    case .signalled(let signal):
      // Its processes and its mounts ended with it.
      if !keep { try Stage.parent().removeTree(name) }
      console.error("signal \(signal) ended it; everything was taken down")
      ProcessLauncher.exit(1)
    }
  }

  // What is mounted from here on must be seen by nobody else, so nobody's word is taken for it.
  private func confirmed(apartFrom outside: String) throws -> Place {
    guard ProcessLauncher.ownPID == 1, try MountNamespace.own.identity().description != outside,
      try MountNamespace.own.mounts().entries.allSatisfy({ $0.peerGroup == nil })
    else { throw QuickstartError.silent("--outside is for the quickstart's own use") }
    return .realPath
  }
}
