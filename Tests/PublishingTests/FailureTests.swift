import Basics
import CanonicalJSON
import DebianArchive
import Linux
import TUF
import TestSupport
import Testing

@testable import Publishing

@Suite struct FailureTests {
  @Test func `every kind of error ends a program as documented`() {
    let statuses: [(any Error, Int32)] = [
      (PublishingError.noWorkspace(folder: "x"), 64), (PublishingError.missingKey(files: ["x"], role: "y"), 69),
      (PublishingError.otherRoot(folder: "x"), 1), (PublishingError.payloadFailed(path: somePath, reason: "x"), 70),
      (DebianError.aptMissing(tool: "apt-get"), 69), (DebianError.archiveUnreachable(message: "x"), 69),
      (DebianError.notAPackage(file: "x", reason: "y"), 1), (DebianError.badName("x"), 64),
      (Refusal.absent(file: "x"), 1), (LinuxError("open", "x", code: 2), 64),
      (LinuxError("write", "x", code: 28), 70),
    ]
    for (error, status) in statuses {
      let failure = Failure(error)
      #expect(failure.kind.exitStatus == status, "\(error)")
      #expect(!failure.sentence.isEmpty && !failure.sentence.hasSuffix("."))
    }
  }

  @Test func `an archive that does not answer comes with what to do`() {
    #expect(Failure(DebianError.archiveUnreachable(message: "x")).hint?.contains("/etc/apt") == true)
    #expect(Failure(PublishingError.exposedKey(file: "keys/a.json", mode: "644")).hint == "chmod 600 keys/a.json")
  }

  @Test func `what is told as JSON says the same as the sentences`() throws {
    var builds = Builds()
    builds.new = builds.new.with("Depends", "libc6 (>= 2.36), demo-data (= 1.0-1+deb12u2), libnew1")
    let verdict = try builds.verdict()
    let json = try JSON(parsing: Array(verdict.json.compactText.utf8))
    #expect(json["eligible"]?.bool == false && json["event"]?.string == "verdict")
    let refusal = json["refusals"]?.array?.first
    #expect(refusal?["gate"]?.string == "dependencies")
    #expect(refusal?["sentence"]?.string == verdict.refusals.first?.description)
  }

  private var somePath: RelativePath {
    guard let path = RelativePath("usr/lib/x") else { preconditionFailure("a path") }
    return path
  }
}
