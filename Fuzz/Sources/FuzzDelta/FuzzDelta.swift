import BinaryDelta
import DeltaEncoding

/// The first byte chooses what the rest is: a payload, a body for the fixed baseline, two files to make a payload of, a baseline
/// and a body for it, or a body for two baselines, the fixed one and one that comes with it.
///
/// Marks would keep a fuzzer out, so bodies are wrapped in a header whose baseline is right. Their result has another mark than
/// the header says, which shows only after every byte was rebuilt.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDelta(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = input.first else { return 0 }
  let rest = input.dropFirst()
  switch choice % 5 {
  case 0: apply(Array(rest), to: Wrapping.baseline)
  case 1: apply(Wrapping.payload(around: rest, for: Wrapping.baseline), to: Wrapping.baseline)
  case 2: roundTrip(Array(rest))
  case 3:
    guard let (baseline, body) = split(Array(rest)) else { break }
    apply(Wrapping.payload(around: body[...], for: baseline), to: baseline)
  default:
    guard let (baseline, body) = split(Array(rest)) else { break }
    let baselines = [Wrapping.baseline, baseline]
    applySolid(Wrapping.solidPayload(around: body[...], for: baselines), to: baselines)
  }
  return 0
}

/// Applies a payload of several files, which gives what it names or is refused.
private func applySolid(_ payload: [UInt8], to baselines: [[UInt8]]) {
  do throws(PayloadError) {
    let files = try PayloadDecoder.apply(payload, toEach: baselines, outputLimit: outputLimit)
    let header = try PayloadHeader(parsing: payload)
    precondition(header.parts.map(\.improvedLength) == files.map(\.count), "a file has another length")
    let digests = files.map { unsafe PayloadFile(of: $0.span.bytes).digest }
    precondition(header.improvedMark == PayloadMark(of: digests), "a payload gave other files")
  } catch {
    precondition(!error.description.isEmpty && !error.description.utf8.contains { $0 < 0x20 })
  }
}

private let outputLimit = 1 << 20

/// Applies a payload: it gives what it names, or is refused having given no more than it declares.
private func apply(_ payload: [UInt8], to baseline: [UInt8]) {
  var delivered: [UInt8] = []
  do {
    try unsafe PayloadDecoder.apply(payload.span.bytes, to: baseline.span.bytes, outputLimit: outputLimit) { piece in
      unsafe piece.withUnsafeBytes { unsafe delivered.append(contentsOf: $0) }
    }
    let header = try PayloadHeader(parsing: payload)
    let file = unsafe PayloadFile(of: delivered.span.bytes)
    precondition(header.improvedMark == PayloadMark(of: [file.digest]), "a payload gave another file")
  } catch let error as PayloadError {
    precondition(!error.description.isEmpty && !error.description.utf8.contains { $0 < 0x20 })
    let declared = (try? PayloadHeader(parsing: payload))?.improvedLength ?? 0
    precondition(delivered.count <= min(declared, outputLimit), "more came out than was declared")
  } catch {
    preconditionFailure("another error than PayloadError: \(error)")
  }
}

/// Splits the input into two parts by its first two bytes.
private func split(_ input: [UInt8]) -> (first: [UInt8], second: [UInt8])? {
  guard input.count >= 2 else { return nil }
  let files = input.dropFirst(2)
  let middle = files.startIndex + min(files.count, Int(input[0]) << 8 + Int(input[1]))
  return (Array(files[..<middle]), Array(files[middle...]))
}

/// Makes a payload of two files and applies it.
private func roundTrip(_ input: [UInt8]) {
  guard let (baseline, improved) = split(input) else { return }
  do {
    let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
    let rebuilt = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count)
    precondition(rebuilt == improved, "another file came back")
  } catch {
    preconditionFailure("no payload for two files: \(error)")
  }
}
