import BinaryDelta
import DeltaEncoding
import Foundation
import Testing

/// Files of which only the build ID changes, and with it the name of their debug link.
@Suite struct IdentityTests {
  /// A library of the machine that goes into one piece of output.
  static let library: [UInt8]? = {
    guard let data = FileManager.default.contents(atPath: "/usr/lib/x86_64-linux-gnu/libdl.so.2"),
      data.count < 1 << 16, unsafe IdentityName(in: Array(data).span.bytes) != nil
    else { return nil }
    return Array(data)
  }()

  @Test(.enabled(if: library != nil, "NOT RUN: no small library with a debug link"))
  func `a build ID and its digits in one piece take less than a hundred bytes`() throws {
    let baseline = try #require(Self.library)
    let identity = try #require(unsafe IdentityName(in: baseline.span.bytes))
    let all = DeltaBlock(baselineStart: 0, copyLength: baseline.count, extraLength: 0)
    let place = try #require(identity.place(in: [all]))
    var improved = baseline
    for index in place { improved[index] ^= 0x5a }
    improved.replaceSubrange(identity.name, with: IdentityName.name(of: Array(improved[place])))
    let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
    #expect(try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count) == improved)
    #expect(payload.count < 100)
  }
}
