import Basics
import CanonicalJSON
import TUF
import Testing

/// Snapshot put together from an older one: never anything but the very bytes of the newer one.
@Suite struct SnapshotChangesTests {
  /// A publisher's snapshots of some versions, each with one role more than the one before.
  private func snapshots(_ count: Int) throws -> [[UInt8]] {
    var publisher = try Publisher()
    var found: [[UInt8]] = []
    for number in 1...count {
      try publisher.editor.delegate(
        to: "role-\(number)", keys: try RoleKeys([publisher.online.key], threshold: 1),
        paths: .patterns([try #require(PathPattern("\(number)/*"))]))
      try publisher.publish()
      found.append(try #require(publisher.folder["\(number).snapshot.json"]))
    }
    return found
  }

  @Test func `changes lead from any version since their oldest to the newest, byte for byte`() throws {
    let snapshots = try snapshots(5)
    let changes = try #require(SnapshotChanges(from: snapshots[1], to: snapshots[4]))
    let read = try #require(SnapshotChanges(parsing: changes.bytes))
    #expect(read.since == 2 && read.sha256 == Digest(of: snapshots[4]))
    for older in snapshots[1...] { #expect(read.applied(to: older) == snapshots[4]) }
    #expect(read.applied(to: snapshots[0]) == nil)
    #expect(changes.bytes.count < snapshots[4].count)
  }

  @Test func `a snapshot that is written otherwise has no changes, since its bytes would be others`() throws {
    let snapshots = try snapshots(2)
    #expect(SnapshotChanges(from: snapshots[0], to: snapshots[1] + [0x0a]) == nil)
    #expect(SnapshotChanges(from: [1, 2, 3], to: snapshots[1]) == nil)
  }

  @Test func `changes with a flipped byte lead to the same snapshot or to none`() throws {
    let snapshots = try snapshots(3)
    let bytes = try #require(SnapshotChanges(from: snapshots[0], to: snapshots[2])).bytes
    for index in bytes.indices {
      var flipped = bytes
      flipped[index] ^= 0x01
      let made = SnapshotChanges(parsing: flipped)?.applied(to: snapshots[1])
      #expect(made == nil || made == snapshots[2])
    }
  }

  @Test(arguments: ["", "{}", "[]", #"{"format":1}"#, #"{"format":2,"since":1,"sha256":"00","snapshot":{}}"#])
  func `what is no file of changes is none`(text: String) {
    #expect(SnapshotChanges(parsing: Array(text.utf8)) == nil)
    #expect(SnapshotChanges(parsing: [UInt8](repeating: 0x20, count: SnapshotChanges.byteLimit + 1)) == nil)
  }
}
