import BinaryDelta

/// The first byte chooses what the rest is: a payload, the parts of a delta, or two files to make a payload of.
///
/// Digests would keep a fuzzer out, so the second kind is wrapped in a header whose baseline is right and in streams that need
/// no compressor. Its result has another digest than the header says, which shows only after every byte was rebuilt.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDelta(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = input.first else { return 0 }
  let rest = Array(input.dropFirst())
  switch choice % 3 {
  case 0: apply(rest)
  case 1: apply(Wrapping.payload(around: rest))
  default: roundTrip(rest)
  }
  return 0
}

private let outputLimit = 1 << 20

/// Applies a payload: it gives what it names, or is refused having given no more than it declares.
private func apply(_ payload: [UInt8]) {
  let baseline = Wrapping.baseline
  var delivered: [UInt8] = []
  do {
    try unsafe PayloadDecoder.apply(payload.span.bytes, to: baseline.span.bytes, outputLimit: outputLimit) { piece in
      unsafe piece.withUnsafeBytes { unsafe delivered.append(contentsOf: $0) }
    }
    let header = try PayloadHeader(parsing: payload)
    precondition(unsafe header.improved == PayloadFile(of: delivered.span.bytes), "a payload gave another file")
  } catch let error as PayloadError {
    precondition(!error.description.isEmpty && !error.description.utf8.contains { $0 < 0x20 })
    let declared = (try? PayloadHeader(parsing: payload))?.improved.length ?? 0
    precondition(delivered.count <= min(declared, outputLimit), "more came out than was declared")
  } catch {
    preconditionFailure("another error than PayloadError: \(error)")
  }
}

/// Splits the input into two files by its first two bytes, and makes and applies a payload.
private func roundTrip(_ input: [UInt8]) {
  guard input.count >= 2 else { return }
  let files = input.dropFirst(2)
  let split = files.startIndex + min(files.count, Int(input[0]) << 8 + Int(input[1]))
  let (baseline, improved) = (Array(files[..<split]), Array(files[split...]))
  do {
    let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
    let rebuilt = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count)
    precondition(rebuilt == improved, "another file came back")
  } catch {
    preconditionFailure("no payload for two files: \(error)")
  }
}
