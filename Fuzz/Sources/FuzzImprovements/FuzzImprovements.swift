import FuzzedImprovements
import Kind

/// The first byte chooses a kind of file, the rest is the file; `FuzzedImprovements` says what holds of each.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImprovements(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = input.first else { return 0 }
  guard Kind.isWanted(choice & 15) else { return -1 }
  check(kind: choice & 15, Array(input.dropFirst()))
  return 0
}
