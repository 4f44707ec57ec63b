import Basics
import Testing

@Suite struct RelativePathTests {
  @Test func `a plain path keeps its parts`() throws {
    let path = try #require(RelativePath("usr/lib/libexpat.so.1.8.10"))
    #expect(path.components == ["usr", "lib", "libexpat.so.1.8.10"])
    #expect(path.name == "libexpat.so.1.8.10")
    #expect(path.parent?.description == "usr/lib")
    #expect(RelativePath("usr")?.parent == nil)
    #expect(path.appending("..") == nil)
    #expect(RelativePath("usr/lib").map { path.isBeneath($0) } == true)
    #expect(RelativePath("usr/li").map { path.isBeneath($0) } == false)
  }

  @Test(arguments: [
    "", "/", "/etc/passwd", "usr/", "usr//lib", ".", "..", "../etc", "usr/../etc", "usr/./lib", "a\0b", "a\nb",
    String(repeating: "a", count: 256), Array(repeating: "aaaaaaa", count: 600).joined(separator: "/"),
  ])
  func `a path that could leave its root or is not a path is refused`(text: String) {
    #expect(RelativePath(text) == nil)
  }
}
