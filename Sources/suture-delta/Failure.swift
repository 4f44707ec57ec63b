import ArgumentParser
import BinaryDelta
import DebianArchive
import ELFImage
import Linux
import Terminal
import TreeDelta

/// Why a command did not do what it was asked, with its exit status.
///
/// Every sentence of this program that is not a library's stands here.
struct Failure: Error {
  let text: String
  let status: Int32

  static func unread(_ path: String, _ error: some Error) -> Failure {
    Failure(text: "\(path) cannot be read: \(error)", status: 66)
  }
  static func unwritten(_ path: String, _ error: some Error) -> Failure {
    Failure(text: "\(path) cannot be written: \(error)", status: 73)
  }
  static func noName(_ path: String) -> Failure {
    Failure(text: "\(path) does not name a file", status: 64)
  }
  static func mixed(_ old: String, _ new: String) -> Failure {
    Failure(text: "\(old) and \(new) are not both files or both trees; name two of one kind", status: 64)
  }
  static func notTree(_ path: String) -> Failure {
    Failure(text: "the patch is one of trees, and \(path) is neither a folder nor a package", status: 64)
  }
  static func notFile(_ path: String) -> Failure {
    Failure(text: "the patch is one of a file, and \(path) is a folder", status: 64)
  }
  static func badName(_ name: String, in folder: String) -> Failure {
    Failure(text: "\(folder) has the name \"\(name)\", which no patch can carry; rename it", status: 66)
  }
  static func special(_ path: String, in tree: String) -> Failure {
    Failure(text: "\(tree) has a device, pipe or socket at \(path), which no patch can carry; remove it", status: 66)
  }
  static func changed(_ path: String) -> Failure {
    Failure(text: "\(path) changed while it was read; try again when nobody writes it", status: 66)
  }
  static func outputTooLong(_ length: Int, limit: Int) -> Failure {
    Failure(
      text: "the patch makes \(Figure.count(length)) bytes, above the limit of \(Figure.count(limit)); raise --limit "
        + "where that is right", status: 1)
  }
  static func setID(_ path: String) -> Failure {
    Failure(
      text: "the patch makes \(path) run as its owner or group, which the old tree does not have there; allow it with "
        + "--set-id where that is right", status: 1)
  }
  static func filesDisagree(declared: Int, listed: Int) -> Failure {
    Failure(text: "the patch carries \(declared) files, and its listing speaks of \(listed)", status: 1)
  }
}

/// What the commands share.
enum Work {
  static let console = Console(program: "suture-delta")

  /// Runs a command and turns what went wrong into a sentence and an exit status.
  static func reporting(_ work: () async throws -> Void) async throws {
    do { try await work() } catch let failure as Failure {
      console.error(failure.text)
      throw ExitCode(failure.status)
    } catch let error as PayloadError {
      console.error(error.description)
      throw ExitCode(error.isOwnDefect ? 70 : 1)
    } catch let error as TreeError {
      console.error(error.description)
      throw ExitCode(1)
    } catch let error as DebianError {
      console.error(error.description)
      throw ExitCode(66)
    } catch let error as ELFError {
      console.error(error.description)
      throw ExitCode(66)
    } catch let code as ExitCode {
      throw code
    } catch {
      console.error("\(error)")
      throw ExitCode(70)
    }
  }
}

extension PayloadError {
  /// Whether it is this program's fault and nobody's input.
  fileprivate var isOwnDefect: Bool {
    switch self {
    case .selfCheckFailed, .compressionFailed: true
    default: false
    }
  }
}
