internal import Subprocess
internal import SystemPackage

/// Runs apt's programs: argument arrays only, English messages, an end to time and output.
struct AptTool: Sendable {
  /// Options that stand before all arguments.
  let options: [String]

  /// Seconds for a question that needs no network.
  static let questionSeconds = 120
  /// Seconds for fetching.
  static let fetchSeconds = 1_800
  /// Bytes of output that are kept at most.
  static let outputLimit = 64 << 20

  private struct Ended: Sendable {
    let isSuccess: Bool
    let status: String
    let output: String
    let messages: [String]
  }

  /// Asks a program a question: what it printed; the messages of a failure become an error.
  func ask(_ tool: String, _ arguments: [String]) async throws(DebianError) -> String {
    let ended = try await Self.within(Self.questionSeconds, tool) {
      let result = try await run(
        Self.executable(tool), arguments: Arguments(options + arguments), environment: Self.environment,
        platformOptions: Self.platform, output: .string(limit: Self.outputLimit), error: .string(limit: 1 << 20))
      let lines = result.standardError.split(separator: "\n").map(String.init)
      return Ended(
        isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
        output: result.standardOutput, messages: lines)
    }
    guard ended.isSuccess else { throw Self.failure(tool, ended) }
    return ended.output
  }

  /// Lets a program work in a directory, telling every line that it prints; the lines that are warnings or errors.
  func work(
    _ tool: String, _ arguments: [String], in directory: String, progress: @escaping @Sendable (String) -> Void
  ) async throws(DebianError) -> [String] {
    let ended = try await Self.within(Self.fetchSeconds, tool) {
      let result = try await run(
        Self.executable(tool), arguments: Arguments(options + arguments), environment: Self.environment,
        workingDirectory: FilePath(directory), platformOptions: Self.platform, input: .none, output: .sequence,
        error: .combinedWithOutput
      ) { execution in
        var messages: [String] = []
        var bytes = 0
        for try await line in execution.standardOutput.strings() {
          bytes += line.utf8.count
          if bytes > Self.outputLimit { throw DebianError.aptSaidTooMuch(tool: tool, limit: Self.outputLimit) }
          if ["E:", "W:", "Err:"].contains(where: line.hasPrefix) { messages.append(line) }
          progress(line)
        }
        return messages
      }
      return Ended(
        isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)", output: "",
        messages: result.closureResult)
    }
    guard ended.isSuccess else { throw Self.failure(tool, ended) }
    return ended.messages
  }

  private static func executable(_ tool: String) -> Executable {
    tool.hasPrefix("/") ? .path(FilePath(tool)) : .name(tool)
  }

  private static var environment: Environment {
    .inherit.updating(["LC_ALL": "C", "LANGUAGE": nil, "DEBIAN_FRONTEND": "noninteractive"])
  }

  private static var platform: PlatformOptions {
    var options = PlatformOptions()
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
    return options
  }

  private static func failure(_ tool: String, _ ended: Ended) -> DebianError {
    let errors = ended.messages.filter { $0.hasPrefix("E:") }
    let message = (errors.isEmpty ? ended.messages : errors).joined(separator: " ")
    return .aptFailed(tool: tool, status: ended.status, message: message.isEmpty ? "it gave no reason" : message)
  }

  /// Runs `body`, ending it (and the program that it waits for) after some seconds.
  private static func within<T: Sendable>(
    _ seconds: Int, _ tool: String, _ body: @escaping @Sendable () async throws -> T
  ) async throws(DebianError) -> T {
    do {
      return try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask { try await body() }
        group.addTask {
          try await Task.sleep(for: .seconds(seconds))
          throw DebianError.aptTimedOut(tool: tool, seconds: seconds)
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw DebianError.aptTimedOut(tool: tool, seconds: seconds) }
        return first
      }
    } catch let error as DebianError {
      throw error
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw .aptMissing(tool: tool)
    } catch let error as SubprocessError where error.code == .outputLimitExceeded {
      throw .aptSaidTooMuch(tool: tool, limit: outputLimit)
    } catch {
      throw .aptFailed(tool: tool, status: "not run to its end", message: "\(error)")
    }
  }
}
