import Basics
import Linux
import TestSupport
import Testing

/// A process whose first thread has ended, and with it all that the kernel shows under the process's own number.
@Suite(.enabled(if: CompiledProgram.absence == nil, "\(CompiledProgram.absence ?? "")"), .timeLimit(.minutes(10)))
struct EndedThreadTests {
  private static let source = """
    #include <fcntl.h>
    #include <pthread.h>
    #include <sys/mman.h>
    #include <unistd.h>

    static void *wait_long(void *nothing) {
      sleep(1000);
      return nothing;
    }

    int main(int count, char **words) {
      pthread_t thread;
      if (count != 2 || mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, open(words[1], O_RDONLY), 0) == MAP_FAILED) return 1;
      if (pthread_create(&thread, NULL, wait_long, NULL) != 0) return 1;
      pthread_exit(NULL);
    }
    """

  @Test func `it runs on, is found by what it maps, and ends when told`() async throws {
    let temporary = try TemporaryDirectory()
    let folder = temporary.directory
    let program = try CompiledProgram(Self.source, in: folder)
    try folder.write([UInt8](repeating: 1, count: 8_192), to: path("mapped"))
    let identity = try #require(try folder.status(path("mapped"))).identity
    let process = try ProcessLauncher.start(
      program.name, arguments: [folder.path + "/mapped"], environment: [:], output: folder.appendingFile(path("log")))
    let table = try Directory(path: "/proc/\(process.pid)")
    while !String(decoding: try table.read(path("stat"), limit: 4_096), as: UTF8.self).contains(") Z ") {
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(process.isRunning)
    #expect(!process.reap())
    var sources = [MappedIdentity.maps]
    if ProcessLauncher.userID == 0 { sources.append(.mapFiles) } else { print("NOT RUN: map_files needs root") }
    for source in sources {
      let mapped = try #require(try ProcessTable.mappedFiles(of: process.pid, by: source))
      #expect(mapped.contains { $0.identity == identity }, "\(source)")
    }
    #expect(ProcessTable.sharesRoot(process.pid))
    #expect(try process.send(.kill))
    while process.isRunning { try await Task.sleep(for: .milliseconds(1)) }
    #expect(process.reap())
    #expect(try ProcessTable.mappedFiles(of: process.pid) == nil)
  }
}
