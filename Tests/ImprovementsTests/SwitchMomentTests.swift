import Basics
import CanonicalJSON
import Improvements
import Testing

/// When the files of an improvement may take their place, by what its manifest says.
@Suite struct SwitchMomentTests {
  private func manifest(
    _ activation: ActivationClass, coherent: JSON? = nil, path: String = "usr/lib/x86_64-linux-gnu/libexpat.so.1.8.10",
    severity: String? = nil
  ) throws -> Manifest {
    guard case .object(var members) = try ManifestTests.sample().json else { throw ManifestError.malformed("") }
    members["activation"] = .string(activation.rawValue)
    members["coherent"] = coherent
    let former = JSON.object(members).compactText
    let text = former.replacing("usr/lib/x86_64-linux-gnu/libexpat.so.1.8.10", with: path)
    let word = severity.map { "\"urgency\":\"\($0)\"" } ?? "\"urgency\":\"high\""
    return try Manifest(parsing: Array(text.replacing("\"urgency\":\"high\"", with: word).utf8))
  }

  @Test func `the class decides, and of a set that nobody uses it`() throws {
    #expect(try manifest(.restart).switchMoment == .anytime)
    #expect(try manifest(.relaunch).switchMoment == .anytime)
    #expect(try manifest(.relaunch, coherent: true).switchMoment == .unused)
    #expect(try manifest(.relaunch, coherent: false).switchMoment == .anytime)
    #expect(try manifest(.softReboot).switchMoment == .start)
    #expect(try manifest(.reboot, coherent: true).switchMoment == .start)
  }

  @Test(arguments: [
    "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "usr/lib/ld-linux-aarch64.so.1",
    "usr/lib/ld-musl-x86_64.so.1", "usr/lib64/ld64.so.2", "usr/lib/x86_64-linux-gnu/libc-2.31.so",
    "usr/lib/x86_64-linux-gnu/ld-2.31.so",
  ])
  func `the C library and the loader wait for the machine, whatever the manifest says`(path: String) throws {
    #expect(try manifest(.restart, path: path).switchMoment == .start)
    #expect(try manifest(.relaunch, coherent: true, path: path).switchMoment == .start)
  }

  @Test(arguments: [
    "usr/lib/libcap.so.2", "usr/lib/libcrypt.so.1", "usr/lib/libld.so", "usr/bin/ld-x", "usr/lib/libc++.so.1",
  ])
  func `other files do not`(path: String) throws {
    #expect(try manifest(.restart, path: path).switchMoment == .anytime)
  }

  @Test func `a set is read back, and refused where an older device would take it for something else`() throws {
    let set = try manifest(.relaunch, coherent: true)
    #expect(set.isCoherent && set.json["coherent"] == true)
    #expect(try Manifest(parsing: set.bytes) == set)
    #expect(try manifest(.restart).json["coherent"] == nil)
    for coherent in [1, "yes", .null] as [JSON] {
      #expect(throws: ManifestError.self) { try manifest(.relaunch, coherent: coherent) }
    }
    for activation in [ActivationClass.restart, .live] {
      #expect(throws: ManifestError.self) { try manifest(activation, coherent: true) }
    }
  }

  @Test func `what is grave waits for a day, and the rest for a week`() throws {
    for word in ["high", "HIGH", "critical", "emergency"] {
      #expect(try manifest(.relaunch, severity: word).switchPatience == .seconds(86_400))
    }
    for word in ["medium", "low", "unknown"] {
      #expect(try manifest(.relaunch, severity: word).switchPatience == .seconds(7 * 86_400))
    }
  }
}
