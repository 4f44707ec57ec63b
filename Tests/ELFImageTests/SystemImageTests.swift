import ELFImage
import Foundation
import Testing

/// The images of the machine that runs the tests, where it has them.
@Suite struct SystemImageTests {
  static let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib"]

  static func bytes(_ name: String) -> [UInt8]? {
    folders.lazy.compactMap { FileManager.default.contents(atPath: "\($0)/\(name)").map(Array.init) }.first
  }

  static let libc = bytes("libc.so.6")
  static let libz = bytes("libz.so.1")

  @Test(.enabled(if: libc != nil, "NOT RUN: this machine has no libc.so.6 of glibc"))
  func `the C library is what it says`() throws {
    let image = try ELFImage(parsing: try #require(Self.libc))
    #expect(image.header.kind == .shared)
    let dynamic = try #require(try image.dynamic())
    #expect(dynamic.soname == "libc.so.6")
    #expect(dynamic.needed.contains { $0.hasPrefix("ld-linux") })
    #expect((try image.buildID()?.bytes.count ?? 0) >= 8)
    let symbols = try image.dynamicSymbols()
    #expect(symbols.count > 1_000)
    let malloc = symbols.filter { $0.name == "malloc" }
    #expect(malloc.contains { $0.isExported && $0.isDefaultVersion && $0.kind == .function && $0.size > 0 })
    #expect(malloc.allSatisfy { $0.version?.hasPrefix("GLIBC_2.") ?? false })
    #expect(symbols.contains { !$0.isDefined && $0.version != nil })
  }

  @Test(.enabled(if: libz != nil, "NOT RUN: this machine has no libz.so.1"))
  func `a library that is rebuilt with one more instruction is not the same`() throws {
    let bytes = try #require(Self.libz)
    let image = try ELFImage(parsing: bytes)
    #expect(try image.dynamic()?.soname == "libz.so.1")
    #expect(try image.dynamic()?.needed.contains("libc.so.6") == true)
    #expect(try image.dynamicSymbols().contains { $0.name == "inflate" && $0.isExported })
    #expect(ELFImage.change(from: image, to: image) == .none)

    var rebuilt = bytes
    if let section = image.section(named: ".note.gnu.build-id") { rebuilt[section.fileRange.upperBound - 1] ^= 1 }
    if let section = image.section(named: ".gnu_debuglink") { rebuilt[section.fileRange.lowerBound] ^= 1 }
    #expect(try ELFImage.change(from: image, to: ELFImage(parsing: rebuilt)) == .identityOnly)

    let text = try #require(image.section(named: ".text"))
    rebuilt[text.fileRange.lowerBound] ^= 1
    guard case .substantive(let names) = try ELFImage.change(from: image, to: ELFImage(parsing: rebuilt)) else {
      Issue.record("one changed instruction was taken for a change of identity")
      return
    }
    #expect(names.contains(".text"))
  }
}
