import Basics
import Linux
import TestSupport
import Testing

@Suite struct MountTableTests {
  static let table = """
    27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
    40 27 254:0 /var/store/aa.644 /usr/lib/libx.so ro,nosuid,nodev shared:9 - ext4 /dev/vda rw
    41 27 254:0 /var/store/bb.644 /usr/lib/liby.so ro master:3 - ext4 /dev/vda rw
    42 41 254:0 /var/store/cc.644//deleted /usr/lib/liby.so ro - ext4 /dev/vda rw
    43 27 254:0 /var/store/dd.644 /mnt/again/usr/lib/libx.so ro shared:9 - ext4 /dev/vda rw
    44 27 0:31 /var/store/aa.644 /usr/lib/other ro - tmpfs tmpfs rw
    45 27 254:0 /var/store/aa.644 /srv/a\\040b\\134c ro shared:7 master:3 propagate_from:2 - ext4 /dev/vda rw
    46 27 254:0 /var/store /var/copy rw - ext4 /dev/vda rw
    47 27 254:0 /var/storehouse/aa.644 /usr/lib/house rw - ext4 /dev/vda rw
    """

  @Test func `fields are read, escapes and optional fields too`() throws {
    let table = MountTable(parsing: Array(Self.table.utf8))
    #expect(table.entries.count == 9)
    let entry = try #require(table.entry(45))
    #expect(entry.point == "/srv/a b\\c")
    #expect(entry.parent == 27 && entry.device == [254, 0] && entry.peerGroup == 7)
    #expect(table.entry(41)?.peerGroup == 3)
    #expect(table.entry(42)?.peerGroup == nil)
    #expect(table.entry(40)?.options == ["ro", "nosuid", "nodev"])
    #expect(table.entry(99) == nil)
  }

  @Test func `a mount under another at the same place is covered`() throws {
    let table = MountTable(parsing: Array(Self.table.utf8))
    #expect(table.entries.filter(table.isCovered).map(\.id) == [41])
  }

  @Test func `the files of a directory are found where they stand, by device and path`() throws {
    let table = MountTable(parsing: Array(Self.table.utf8))
    let found = table.fileMounts(of: ([254, 0], "/var/store"), beneath: "/")
    #expect(
      found.map(\.path.description) == [
        "srv/a b\\c", "usr/lib/libx.so", "usr/lib/liby.so", "mnt/again/usr/lib/libx.so",
      ])
    #expect(found.map(\.name) == ["aa.644", "aa.644", "cc.644", "dd.644"])
    #expect(found.map(\.isRemoved) == [false, false, true, false])
    #expect(
      table.fileMounts(of: ([254, 0], "/var/store"), beneath: "/usr/lib").map(\.path.description) == [
        "libx.so", "liby.so",
      ])
    #expect(table.fileMounts(of: ([254, 0], "/var/store"), beneath: "/usr/li").isEmpty)
    #expect(table.fileMounts(of: ([254, 1], "/var/store"), beneath: "/").isEmpty)
  }

  @Test(arguments: [
    "", "1", "x 1 1:1 / / rw - a b c", "1 2 3 / / rw - a b c", "1 2 1:1:1 / / rw - a b c", "1 2 1:1 / /\\04 rw - a b c",
    "1 2 1:1 / /\\999 rw - a b c", "-1 2 1:1 / / rw - a b c",
  ])
  func `a line in another form is passed over`(line: String) {
    let good = "27 1 254:0 / / rw - ext4 /dev/vda rw"
    #expect(MountTable(parsing: Array("\(line)\n\(good)\n".utf8)).entries.map(\.id) == [27])
  }

  @Test func `the machine's own table is read, and a directory is found in it`() throws {
    let proc = try OwnProcFolder()
    let table = try proc.mounts()
    #expect(table.entries.contains { $0.point == "/" })
    #expect(try table == MountNamespace.own.mounts())
    let temporary = try TemporaryDirectory()
    _ = try temporary.directory.creatingDirectory(path("a"))
    try temporary.directory.link(to: "a", at: path("link"))
    let real = try Directory(path: temporary.path + "/link")
    #expect(try real.realName(proc) == temporary.path + "/a")
    let (device, name) = try real.placeInFileSystem(table, proc)
    #expect(name.hasSuffix("/" + (temporary.path.split(separator: "/").last ?? "") + "/a"))
    #expect(table.entries.contains { $0.device == device })
  }

  @Test func `a process is in its own namespace, by any name`() throws {
    #expect(try MountNamespace.own.isOwn())
    #expect(try MountNamespace.of(process: ProcessLauncher.ownPID).isOwn())
    #expect(throws: LinuxError.self) { try MountNamespace.of(process: Int32.max).isOwn() }
  }
}
