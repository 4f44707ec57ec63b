import CanonicalJSON

/// Any bytes are refused or read, never trapped on; and what is read says the same after it was written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let limits = JSON.Limits(depth: 64, byteCount: 1 << 20)
  let json: JSON
  do {
    json = try JSON(parsing: bytes, limits: limits)
  } catch {
    precondition(!error.description.isEmpty && !error.description.utf8.contains { $0 < 0x20 })
    return 0
  }
  let text = json.compactText
  // Escapes make a text longer than it came, at most six times.
  let again = try? JSON(parsing: Array(text.utf8), limits: JSON.Limits(depth: 64, byteCount: 6 << 20))
  precondition(again == json, "compact text reads back as another value")
  precondition(again?.compactText == text, "compact text is not stable")
  precondition(again?.canonicalBytes == json.canonicalBytes, "the canonical form is not stable")
  return 0
}
