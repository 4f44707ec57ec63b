import Improvements
import TestSupport
import Testing

@Suite struct CohortTests {
  private struct Vector {
    let device: String
    let stream: String
    let serial: Int64
    let cohort: Int
  }

  // The table of docs/formats/rollout.md, computed by another program than this one.
  private static let vectors = [
    Vector(
      device: "000102030405060708090a0b0c0d0e0f", stream: "debian-12/amd64/libexpat1", serial: 1, cohort: 8_583),
    Vector(
      device: "000102030405060708090a0b0c0d0e0f", stream: "debian-12/amd64/libexpat1", serial: 2, cohort: 6_774),
    Vector(
      device: "000102030405060708090a0b0c0d0e0f", stream: "debian-12/arm64/libexpat1", serial: 1, cohort: 2_396),
    Vector(device: "ffffffffffffffffffffffffffffffff", stream: "debian-12/amd64/libexpat1", serial: 1, cohort: 877),
    Vector(
      device: "00000000000000000000000000000000", stream: "debian-13/amd64/libwebkit2gtk-4.1-0",
      serial: 9_007_199_254_740_991, cohort: 6_553),
    Vector(
      device: "9f86d081884c7d659a2feaa0c55ad015", stream: "ubuntu-24.04/s390x/g++-13", serial: 10, cohort: 2_968),
  ]

  @Test func `cohorts are those of the published vectors`() throws {
    for vector in Self.vectors {
      let cohort = Cohort(
        of: try #require(DeviceID(vector.device)), stream: try #require(Stream(vector.stream)),
        serial: try #require(Serial(vector.serial)))
      #expect(cohort.number == vector.cohort, "\(vector.stream) \(vector.serial)")
    }
  }

  @Test(arguments: [
    "", "0001", "000102030405060708090A0B0C0D0E0F", "000102030405060708090a0b0c0d0e0g",
    "000102030405060708090a0b0c0d0e0f0",
  ])
  func `a device id has one spelling`(text: String) {
    #expect(DeviceID(text) == nil)
  }

  @Test func `a new device id is read back and differs from the next`() {
    var random = SeededGenerator(seed: 1)
    let (one, other) = (DeviceID(using: &random), DeviceID(using: &random))
    #expect(DeviceID(one.description) == one && one != other)
  }

  // Chi square over equal bins. For 99 degrees of freedom its mean is 99 and its deviation 14.1: a sound hash is below 170
  // but once in 100,000 seeds, and the seed is fixed. A cohort that took a thousandth too few values would be far above.
  @Test func `100,000 devices are spread evenly over the cohorts`() throws {
    var random = SeededGenerator(seed: 12)
    let stream = try #require(Stream("debian-12/amd64/libexpat1"))
    var bins = [Int](repeating: 0, count: 100)
    for _ in 0..<100_000 {
      bins[Cohort(of: DeviceID(using: &random), stream: stream, serial: .first).number / 100] += 1
    }
    #expect(chiSquare(bins) < 170, "\(bins)")
    // The measure sees what it is for: every tenth bin a seventh too full.
    let uneven = (0..<100).map { $0 % 10 == 0 ? 1_143 : 984 }
    #expect(chiSquare(uneven) > 170)
  }

  // At most 99 degrees of freedom again.
  @Test func `who is early for one improvement is anywhere for the next`() throws {
    var random = SeededGenerator(seed: 13)
    let stream = try #require(Stream("debian-12/amd64/libexpat1"))
    let second = try #require(Serial(2))
    var table = [Int](repeating: 0, count: 100)
    for _ in 0..<100_000 {
      let device = DeviceID(using: &random)
      let first = Cohort(of: device, stream: stream, serial: .first).number / 1_000
      table[first * 10 + Cohort(of: device, stream: stream, serial: second).number / 1_000] += 1
    }
    #expect(chiSquare(table) < 170, "\(table)")
  }

  private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }
}
