import BinaryDelta
import DeltaEncoding
import Foundation
import Testing

/// Real security updates of Debian, where the machine has them: SUTURE_CORPUS names the folder of .deb files.
@Suite struct CorpusTests {
  /// A pair of packages, the file in both, and what a payload of it may take in bytes.
  struct Pair: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let file: String
    let limit: Int
    var testDescription: String { file }
  }

  static let folder: URL = {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["SUTURE_CORPUS"], !named.isEmpty { return URL(fileURLWithPath: named) }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
    return package.appendingPathComponent("../shared/corpus").standardizedFileURL
  }()

  static let pairs = [
    Pair(
      old: "libexpat1_2.5.0-1+deb12u2_amd64.deb", new: "libexpat1_2.5.0-1+deb12u5_amd64.deb",
      file: "lib/x86_64-linux-gnu/libexpat.so.1.8.10", limit: 22_000),
    Pair(
      old: "libpng16-16_1.6.39-2+deb12u5_amd64.deb", new: "libpng16-16_1.6.39-2+deb12u6_amd64.deb",
      file: "usr/lib/x86_64-linux-gnu/libpng16.so.16.39.0", limit: 450),
  ]

  static let isPresent =
    FileManager.default.isExecutableFile(atPath: "/usr/bin/dpkg-deb")
    && pairs.allSatisfy { pair in
      [pair.old, pair.new].allSatisfy {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
      }
    }

  static func extract(_ file: String, from archive: String, into scratch: URL) throws -> [UInt8] {
    let target = scratch.appendingPathComponent(archive)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/dpkg-deb")
    process.arguments = ["-x", folder.appendingPathComponent(archive).path, target.path]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return Array(try Data(contentsOf: target.appendingPathComponent(file)))
  }

  @Test(
    .enabled(if: isPresent, "NOT RUN: no corpus of .deb files (SUTURE_CORPUS) or no dpkg-deb"),
    .timeLimit(.minutes(10)), arguments: pairs)
  func `a real update comes back, and its references cost next to nothing`(pair: Pair) throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("suture-corpus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let baseline = try Self.extract(pair.file, from: pair.old, into: scratch)
    let improved = try Self.extract(pair.file, from: pair.new, into: scratch)

    let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
    #expect(payload.count <= pair.limit)
    #expect(try PayloadHeader(parsing: payload).parts[0].method == .structured)
    let isExact = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count) == improved
    #expect(isExact)
  }
}
