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
    let map = try ReferenceMap(of: file.span)
    for field in map.references(in: file.indices, of: file.span) {
      let place = map.space.address(ofOffset: UInt64(field.offset)) ?? 0
      let value = field.encoded(place: place, target: field.target, base: field.base)
      #expect(field.target(of: value, place: place, base: field.base, predicted: field.target) == field.target)
    }
    let rebuilt = file
    let comparison = try FunctionComparison(old: file.span, new: rebuilt.span)
    let changed = comparison.changes.map { ($0.kind, $0.old?.label, $0.new?.label) }
    #expect(changed.isEmpty)
  }
}
