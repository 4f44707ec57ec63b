import ELFImage

/// Any bytes are refused or read, never trapped on; and what counts as a change of identity is nothing else.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzELF(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let image: ELFImage
  do {
    image = try ELFImage(parsing: bytes)
  } catch {
    precondition(!error.description.isEmpty)
    return 0
  }
  read { try image.dynamic() }
  read { try image.dynamicSymbols() }
  read { try image.buildID() }
  read { try image.debugLink() }
  for section in image.sections {
    precondition(image.contents(of: section).count == section.fileRange.count)
  }
  precondition(ELFImage.change(from: image, to: image) == .none)
  flip(in: image)
  return 0
}

/// Reads a part; refusing it is as good.
private func read<Part>(_ part: () throws -> Part) {
  do {
    _ = try part()
  } catch {
    guard let error = error as? ELFError else { preconditionFailure("another error than ELFError: \(error)") }
    precondition(!error.description.isEmpty)
  }
}

/// Flips a bit of a byte that the image's own bytes choose, and of one in each identity section.
private func flip(in image: ELFImage) {
  var hash = image.bytes.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
  hash ^= hash >> 29
  let identity = [".note.gnu.build-id", ".gnu_debuglink"].compactMap { image.section(named: $0)?.fileRange }
  let chosen = identity.compactMap { $0.isEmpty ? nil : $0.lowerBound + Int(hash % UInt64($0.count)) }
  for index in chosen + [Int(hash % UInt64(image.bytes.count))] {
    var bytes = image.bytes
    bytes[index] ^= 1 << UInt8(hash >> 61)
    guard let other = try? ELFImage(parsing: bytes) else { continue }
    for change in [ELFImage.change(from: image, to: other), ELFImage.change(from: other, to: image)] {
      precondition(change != .none, "a flipped bit was not seen")
      if change == .identityOnly {
        precondition(identity.contains { $0.contains(index) }, "a flipped bit outside the identity was passed over")
        for section in image.sections where section.fileRange.contains(index) {
          precondition([".note.gnu.build-id", ".gnu_debuglink"].contains(section.name), "\(section.name) is code")
        }
      }
    }
  }
}
