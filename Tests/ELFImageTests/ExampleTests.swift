import ELFImage
import Testing

/// What the library's documentation shows, line by line; the tidy test holds the two together.
@Suite struct ExampleTests {
  @Test func `the documented examples read an image and compare two`() throws {
    var library = SyntheticImage.library()
    let file = library.bytes()
    let image = try ELFImage(parsing: file)
    let soname = try image.dynamic()?.soname
    let exported = try image.dynamicSymbols().filter(\.isExported)
    #expect(soname == "libtest.so.1")
    #expect(!exported.isEmpty)
    let (old, new) = (image, image)
    let change = ELFImage.change(from: old, to: new)
    #expect(change == .none)
  }
}
