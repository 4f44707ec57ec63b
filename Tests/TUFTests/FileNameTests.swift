import Basics
import CanonicalJSON
import Testing

@testable import TUF

/// Names that others chose, as files of a repository and of a disk.
@Suite struct FileNameTests {
  static let unusual = [
    "?", "#", "/delegatedrole", "../delegatedrole", ".", "..", "a/b", "a\\b", "a b", "a\0b", "a\nb", "é", "e\u{301}x",
    "%2e", "A", "a", "Root", "ROOT", "con", "nul.x", "COM1", "lpt9", "aux", "...", " ", "~", "*", "a:b", "日本",
    "\u{202e}x", ".hidden", "x.", String(repeating: "a", count: 256), String(repeating: "A", count: 256),
    String(repeating: "/", count: 256), String(repeating: "é", count: 128),
  ]

  @Test(arguments: unusual)
  func `a role of any name is one component of a path, and asked for under its encoded name`(name: String) async throws
  {
    let world = World { repository in
      repository.delegate(to: name, key: 9, paths: ["*"])
      repository.addTarget("x", to: name)
      repository.publish()
      let encoded = FileName.remote(name)
      repository.files["2.\(encoded).json"] = repository.files["2.\(name).json"]
      if encoded != name { repository.files["2.\(name).json"] = nil }
    }
    let found = try await world.search("x")
    #expect(found.role == name)
    #expect(found.asked == ["2.\(FileName.remote(name)).json"])
    #expect(found.asked.allSatisfy { !$0.contains("/") && $0.utf8.allSatisfy { (0x21..<0x7f).contains($0) } })
    let stored = Set(world.store.files.keys).subtracting([
      "root.json", "timestamp.json", "snapshot.json", "targets.json",
    ])
    #expect(stored == [FileName.local(name) + ".json"])
    #expect(stored.allSatisfy { RelativePath.isComponent($0) && $0.utf8.count <= 255 })
    // It is found again under the same name.
    #expect(try await world.search("x").asked == [])
  }

  @Test func `no two names meet on a disk that does not tell upper case from lower`() {
    let names = Self.unusual + ["root", "timestamp", "1.root", "bin-0a", "bin-0A", "%41", "%c3%a9"]
    #expect(Set(names.map { FileName.local($0).lowercased() }).count == names.count)
    #expect(Set(names.map { FileName.remote($0) }).count == names.count)
  }

  @Test func `no name is a device's, hidden, or more than its file name may be`() {
    let devices = ["con", "prn", "aux", "nul", "com1", "lpt9"]
    for name in Self.unusual + devices + devices.map({ $0 + ".json" }) {
      let local = FileName.local(name)
      let stem = local.prefix { $0 != "." }.lowercased()
      #expect(!devices.contains(stem) && !local.hasPrefix(".") && local.utf8.count <= 200)
      #expect(local.utf8.allSatisfy { $0 < 0x7f && !"/\\:*?\"<>|".utf8.contains($0) })
    }
  }

  @Test func `plain names stay what they are`() {
    for name in ["expat", "libwebkit2gtk-4.1-0", "libstdc++6", "bin-0a", "registry.npmjs.org", "a_b"] {
      #expect(FileName.local(name) == name && FileName.remote(name) == name)
    }
    #expect(FileName.remote("../x") == "..%2Fx" && FileName.remote("?") == "%3F" && FileName.remote("é") == "%C3%A9")
  }

  @Test(arguments: ["a/b/c.json", "A/b", "con", "x", "a b", String(repeating: "d/", count: 400) + "x"])
  func `a target is kept under a name that stays in its folder`(text: String) {
    let name = path(text).localName
    #expect(RelativePath.isComponent(name) && name != ".." && !name.contains("\\"))
    #expect(name != path(text + "x").localName)
  }

  @Test func `a role of an unusual name is read and not made`() throws {
    var editor = RepositoryEditor(
      root: try RoleKeys([SimulatedRepository.key(1).key], threshold: 1),
      targets: try RoleKeys([SimulatedRepository.key(1).key], threshold: 1),
      snapshot: try RoleKeys([SimulatedRepository.key(1).key], threshold: 1),
      timestamp: try RoleKeys([SimulatedRepository.key(1).key], threshold: 1))
    let keys = try RoleKeys([SimulatedRepository.key(2).key], threshold: 1)
    for name in ["../x", "a/b", ".hidden", "a b", "a\\b", "é", "a\nb", "a%2fb", String(repeating: "a", count: 129)] {
      #expect(throws: Refusal.badRoleName(file: "targets.json", name: name)) {
        try editor.delegate(to: name, keys: keys, paths: .patterns([]))
      }
    }
  }
}
