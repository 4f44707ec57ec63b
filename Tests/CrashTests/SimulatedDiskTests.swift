import Testing

/// The simulated disk loses what it may lose, and nothing else.
@Suite struct SimulatedDiskTests {
  private func disk(_ effects: Effect...) throws -> SimulatedDisk {
    let folder = DiskImage(entries: ["d": .directory(mode: 0o755)])
    var disk = try SimulatedDisk(folder)
    for effect in effects { try disk.perform(effect) }
    return disk
  }

  private func files(_ disk: SimulatedDisk, _ loss: SimulatedDisk.Loss) -> [String: [UInt8]] {
    var disk = disk
    return disk.image(after: loss).entries.compactMapValues { entry in
      if case .file(let content, _) = entry { content.bytes } else { nil }
    }
  }

  @Test func `a synced file without a synced name is lost, and a synced name without a synced file is empty`() throws {
    let nameless = try disk(.create("d/x", mode: 0o644), .write("d/x", offset: 0, [1, 2]), .synchronize("d/x"))
    #expect(files(nameless, .everything).isEmpty)
    #expect(files(nameless, .nothing) == ["d/x": [1, 2]])
    let empty = try disk(.create("d/x", mode: 0o644), .write("d/x", offset: 0, [1, 2]), .synchronize("d"))
    #expect(files(empty, .everything) == ["d/x": []])
    let whole = try disk(
      .create("d/x", mode: 0o644), .write("d/x", offset: 0, [1, 2]), .synchronize("d/x"), .synchronize("d"))
    #expect(files(whole, .everything) == ["d/x": [1, 2]])
    #expect(whole.pendingCount == 0)
  }

  @Test func `a rename happened or it did not, and never took both names away`() throws {
    let renamed = try disk(
      .create("d/old", mode: 0o644), .write("d/old", offset: 0, [1]), .synchronize("d/old"), .synchronize("d"),
      .create("d/new", mode: 0o644), .write("d/new", offset: 0, [2]), .synchronize("d/new"),
      .rename("d/new", to: "d/old"))
    for seed in 0..<64 {
      let found = files(renamed, .some(seed: UInt64(seed)))
      #expect(found["d/old"] == [1] || (found["d/old"] == [2] && found["d/new"] == nil))
    }
    #expect(files(renamed, .everything) == ["d/old": [1]])
    #expect(files(renamed, .nothing) == ["d/old": [2]])
  }

  @Test func `what was removed may come back until its folder is synced`() throws {
    var removed = try disk(
      .create("d/x", mode: 0o644), .write("d/x", offset: 0, [1]), .synchronize("d/x"), .synchronize("d"),
      .write("d/x", offset: 0, [2]), .remove("d/x"))
    #expect(files(removed, .everything) == ["d/x": [1]])
    try removed.perform(.synchronize("d"))
    #expect(files(removed, .everything).isEmpty)
  }

  @Test func `a file in a folder whose name is lost is lost, however often it was synced`() throws {
    var lost = try disk(
      .makeDirectory("d/e", mode: 0o755), .create("d/e/x", mode: 0o644), .synchronize("d/e/x"), .synchronize("d/e"))
    #expect(files(lost, .everything).isEmpty)
    try lost.perform(.synchronize("d"))
    #expect(files(lost, .everything) == ["d/e/x": []])
  }

  @Test func `each change can be the only one that is lost, and the only one that is not`() throws {
    let two = try disk(
      .create("d/x", mode: 0o644), .create("d/y", mode: 0o644), .symbolicLink("d/z", target: "x"),
      .write("d/x", offset: 0, [1]))
    #expect(two.pendingCount == 4)
    let only = (0..<4).map { files(two, .only($0)) }
    #expect(only == [["d/y": []], ["d/x": [1]], ["d/x": [1], "d/y": []], ["d/x": [], "d/y": []]])
    let allBut = (0..<4).map { files(two, .allBut($0)) }
    #expect(allBut == [["d/x": []], ["d/y": []], [:], [:]])
  }

  @Test func `a torn write leaves whole sectors of the one content or of the other`() throws {
    let old = [UInt8](repeating: 1, count: 2_048)
    let new = [UInt8](repeating: 2, count: 4_096)
    let written = try disk(
      .create("d/x", mode: 0o644), .write("d/x", offset: 0, old), .synchronize("d/x"), .synchronize("d"),
      .write("d/x", offset: 0, new))
    var kinds: Set<[UInt8]> = []
    for seed in 0..<200 {
      let bytes = try #require(files(written, .some(seed: UInt64(seed)))["d/x"])
      #expect(bytes == files(written, .some(seed: UInt64(seed)))["d/x"], "the same seed gives the same crash")
      #expect(bytes.count >= old.count && bytes.count % SimulatedDisk.sector == 0)
      for start in stride(from: 0, to: bytes.count, by: SimulatedDisk.sector) {
        let sector = Set(bytes[start..<(start + SimulatedDisk.sector)])
        #expect(sector.count == 1 && sector.isSubset(of: start < old.count ? [1, 2] : [0, 2]))
      }
      kinds.insert(bytes)
    }
    #expect(kinds.count > 20)
    #expect(kinds.contains(old) && kinds.contains(new))
  }

  @Test func `what cannot have happened is refused`() throws {
    #expect(throws: Impossible.self) { try disk(.write("d/x", offset: 0, [1])) }
    #expect(throws: Impossible.self) { try disk(.create("e/x", mode: 0o644)) }
    #expect(throws: Impossible.self) { try disk(.makeDirectory("d", mode: 0o755)) }
    #expect(throws: Impossible.self) { try disk(.create("d/x", mode: 0o644), .rename("d/x", to: "x")) }
  }
}

/// What strace writes becomes effects, and what is not understood is refused.
@Suite struct RecordingTests {
  private func hex(_ text: String) -> String {
    text.utf8.map { byte in
      let digits = String(byte, radix: 16)
      return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }

  private func effects(_ lines: String...) throws -> [Effect] {
    let image = DiskImage(entries: ["f": .file(.init([1, 2, 3]), mode: 0o644)])
    return try Recording(of: Array(lines.joined(separator: "\n").utf8), root: "/r", from: image).effects
  }

  @Test func `a file is created, written, synced and renamed`() throws {
    let file = "4<\(hex("/r/a"))>"
    let found = try effects(
      "7   openat(3<\(hex("/r"))>, \"\(hex("a"))\", O_WRONLY|O_CREAT|O_EXCL, 0600) = \(file)",
      "7   write(\(file), \"\(hex("one"))\", 3) = 3", "7   write(\(file), \"\(hex("two"))\", 3) = 2",
      "7   pwrite64(\(file), \"\(hex("x"))\", 1, 1) = 1", "7   fdatasync(\(file)) = 0",
      "7   renameat(3<\(hex("/r"))>, \"\(hex("a"))\", 3<\(hex("/r"))>, \"\(hex("b"))\") = 0",
      "7   write(5<\(hex("/elsewhere"))>, \"\(hex("x"))\", 1) = 1",
      "7   unlinkat(3<\(hex("/r"))>, \"\(hex("none"))\", 0) = -1 ENOENT (No such file or directory)")
    #expect(
      found == [
        .create("a", mode: 0o600), .write("a", offset: 0, Array("one".utf8)), .write("a", offset: 3, Array("tw".utf8)),
        .write("a", offset: 1, Array("x".utf8)), .synchronize("a"), .rename("a", to: "b"),
      ])
  }

  @Test func `an effect counts from its end, and what is told from its beginning`() throws {
    let found = try effects(
      "7   fsync(4<\(hex("/r/f"))> <unfinished ...>",
      "8   write(2<\(hex("/log"))>, \"\(hex("done"))\", 4 <unfinished ...>",
      "9   mkdirat(3<\(hex("/r"))>, \"\(hex("d"))\", 0755) = 0", "8   <... write resumed>) = 4",
      "7   <... fsync resumed>) = 0")
    #expect(found == [.tell("done"), .makeDirectory("d", mode: 0o755), .synchronize("f")])
  }

  @Test(arguments: [
    "7   linkat(3<\\x2f\\x72>, \"\\x66\", 3<\\x2f\\x72>, \"\\x67\", 0) = 0",
    "7   mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 4<\\x2f\\x72\\x2f\\x66>, 0) = 0x7f",
    "7   write(4<\\x2f\\x72\\x2f\\x66>, \"\\x66\", 1) = 1", "7   <... fsync resumed>) = 0", "7   fsync(4<\\x2f\\x72",
  ])
  func `what is not simulated or not understood is refused`(line: String) {
    #expect(throws: Impossible.self) { try effects(line) }
  }
}
