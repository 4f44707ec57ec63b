import Basics
import Kind
import TransparencyLog

/// The first byte chooses a kind of file, the rest is the file: what is read comes out as it went in, and is believed only where
/// a key has signed it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLog(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = input.first else { return 0 }
  guard Kind.isWanted(choice & 15) else { return -1 }
  let rest = Array(input.dropFirst())
  let text = String(decoding: rest, as: UTF8.self)
  do {
    // In ASCII the digits.
    switch choice & 15 {
    case 0: try note(rest)
    case 1: try checkpoint(rest)
    case 2: try keys(text)
    case 3: path(text)
    case 4: try tile(rest)
    case 5: try proofs(rest)
    case 6: _ = try NoteSignature.parse(lines: rest)
    case 7: try logProof(rest)
    case 8: try request(rest)
    default: try policy(rest)
    }
  } catch {
    let sentence = error.description
    precondition(!sentence.isEmpty && !sentence.utf8.contains { $0 < 0x20 })
  }
  return 0
}

/// A key that nobody has the secret of, as far as the fuzzer goes.
private let stranger = made { () throws(LogRefusal) in
  try VerifierKey(parsing: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
}

private func made<Value>(_ make: () throws(LogRefusal) -> Value) -> Value {
  do {
    return try make()
  } catch {
    preconditionFailure("\(error)")
  }
}

/// The text of the one note that this key is known to have signed.
private let signedText = Array("This is an example message.\n".utf8)

private func note(_ bytes: [UInt8]) throws(LogRefusal) {
  let note = try SignedNote(parsing: bytes)
  precondition(note.bytes == bytes, "a note has changed on its way")
  let found = try note.verify(with: [stranger])
  precondition(found.count == 1 && note.text == signedText, "a signature was made without its key")
}

private func checkpoint(_ bytes: [UInt8]) throws(LogRefusal) {
  let signed = try SignedCheckpoint(parsing: bytes)
  precondition(
    signed.bytes == bytes && signed.checkpoint.text == signed.note.text, "a checkpoint has changed on its way")
  precondition(signed.checkpoint.size <= LogLimits.greatestNumber)
  _ = try signed.verify(with: [stranger])
  preconditionFailure("a signature was made without its key")
}

private func keys(_ text: String) throws(LogRefusal) {
  if text.hasPrefix("PRIVATE") {
    let key = try SignerKey(parsing: text)
    precondition(key.secretText.utf8.elementsEqual(text.utf8))
  } else {
    let key = try VerifierKey(parsing: text)
    precondition(key.description.utf8.elementsEqual(text.utf8))
  }
}

private func path(_ text: String) {
  guard let tile = Tile(path: text) else { return }
  precondition(tile.description.utf8.elementsEqual(text.utf8) && RelativePath(text) != nil)
  precondition((1...Tile.fullWidth).contains(tile.width))
}

/// A width, then the bytes of a tile and of an entry bundle.
private func tile(_ bytes: [UInt8]) throws(LogRefusal) {
  guard let width = bytes.first, let bundle = Tile(.entries, index: 0, width: Int(width)),
    let tile = Tile(.hashes(level: 0), index: 0, width: Int(width))
  else { return }
  let rest = Array(bytes.dropFirst())
  if let hashes = try? tile.hashes(parsing: rest) { precondition(Tile.bytes(of: hashes) == rest) }
  let entries = try bundle.entries(parsing: rest)
  let again = try Tile.bytes(of: entries)
  precondition(again == rest && entries.count == bundle.width)
}

private func logProof(_ bytes: [UInt8]) throws(LogRefusal) {
  let proof = try LogProof(parsing: bytes)
  precondition(proof.bytes == bytes, "a proof has changed on its way")
  _ = try proof.verify(leafHash: Merkle.leafHash(of: []), policy: strangersPolicy)
  preconditionFailure("a signature was made without its key")
}

private let strangersPolicy = made { () throws(LogRefusal) in
  try LogPolicy(parsing: Array("log \(stranger)\nquorum none\n".utf8))
}

private func request(_ bytes: [UInt8]) throws(LogRefusal) {
  let request = try AddCheckpointRequest(parsing: bytes)
  precondition(request.bytes == bytes, "a request has changed on its way")
  do throws(WitnessRefusal) {
    try request.check(latest: nil, keys: [stranger])
    preconditionFailure("a signature was made without its key")
  } catch {
    precondition(error.status == .forbidden && error.body.hasSuffix("\n"))
  }
}

/// Whatever a policy says, more witnesses never meet less of it.
private func policy(_ bytes: [UInt8]) throws(LogRefusal) {
  let policy = try LogPolicy(parsing: bytes)
  let all = policy.witnesses.map(\.name)
  precondition(policy.isMet(by: Set(all)) || policy.operatorsNeeded > 0)
  var former = policy.isMet(by: [])
  for count in all.indices {
    let met = policy.isMet(by: Set(all.prefix(count + 1)))
    precondition(met || !former, "a witness more meets less")
    former = met
  }
  precondition(former, "all witnesses together do not meet the quorum")
  precondition((policy.operatorsNeeded == 2) == (policy.quorum != nil && policy.soleOperators.isEmpty))
}

/// Two numbers of eight bytes, then hashes: no proof of this one leads to the root of nothing.
private func proofs(_ bytes: [UInt8]) throws(LogRefusal) {
  func number(_ start: Int) -> UInt64 { bytes.dropFirst(start).prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
  let rest = Array(bytes.dropFirst(16))
  let hashes = stride(from: 0, to: rest.count - 31, by: 32).compactMap { Digest(bytes: rest[$0..<$0 + 32]) }
  let (first, second) = (number(0), number(8))
  for plan in [
    try? ProofPlan.inclusion(of: first, inSize: second), try? ProofPlan.consistency(from: first, to: second),
  ] {
    guard let plan else { continue }
    precondition(TileLayout.tiles(for: plan, inSize: second).count <= plan.nodes.count)
    precondition(plan.nodes.allSatisfy { TileLayout.tile(with: $0, inSize: second) != nil })
  }
  let leaf = Merkle.leafHash(of: [])
  let inclusion = InclusionProof(index: first, size: second, hashes: hashes)
  if let root = try? inclusion.root(from: leaf) { try inclusion.verify(leafHash: leaf, root: root) }
  let consistency = ConsistencyProof(from: first, to: second, hashes: hashes)
  guard first > 0 else { return }
  try consistency.verify(formerRoot: leaf, root: Merkle.emptyRoot)
  preconditionFailure("a proof of nothing verified")
}
