package import TransparencyLog

/// Asks the witnesses of a policy to cosign a log's checkpoint.
package struct Cosigning: Sendable {
  /// How often one witness is asked in all: it may have to say first which tree it has seen.
  private static let attempts = 3

  private let policy: LogPolicy
  private let client: LogClient

  /// Asks by a policy.
  package init(_ policy: LogPolicy, client: LogClient) {
    self.policy = policy
    self.client = client
  }

  /// The checkpoint with every cosignature that could be had; refused where they do not meet the policy's quorum.
  package func collect(for signed: SignedCheckpoint, in source: any LogSource) async throws -> SignedCheckpoint {
    var result = signed
    var reasons: [String] = []
    let outcomes = await withTaskGroup(of: (LogPolicy.Witness, Result<[NoteSignature], any Error>).self) { group in
      for witness in policy.witnesses {
        group.addTask {
          do { return (witness, .success(try await self.ask(witness, signed, source))) } catch {
            return (witness, .failure(error))
          }
        }
      }
      var outcomes: [(LogPolicy.Witness, Result<[NoteSignature], any Error>)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    for (witness, outcome) in outcomes.sorted(by: { "\($0.0.name)" < "\($1.0.name)" }) {
      do {
        for signature in try outcome.get() { try result.replace(with: signature) }
      } catch let error as LogKeepingError {
        // A witness that has seen more is no witness that is away: nothing may be published from an old copy.
        if case .behind = error { throw error }
        reasons.append("\(witness.name): \(error)")
      } catch {
        reasons.append("\(witness.name): \(error)")
      }
    }
    do { _ = try policy.evaluate(result) } catch {
      guard case .quorumNotMet(_, let quorum) = error else { throw error }
      throw LogKeepingError.noQuorum(quorum: quorum, reasons: reasons.isEmpty ? ["\(error)"] : reasons)
    }
    return result
  }

  /// The cosignatures of one witness, verified with its key.
  private func ask(
    _ witness: LogPolicy.Witness, _ signed: SignedCheckpoint, _ source: any LogSource
  ) async throws -> [NoteSignature] {
    guard let url = witness.url else {
      throw LogKeepingError.unreachable("\(witness.name)", reason: "the policy names no address for it")
    }
    let address = try LogClient.checked(url) + "/add-checkpoint"
    let size = signed.checkpoint.size
    let view = LogView(signed.checkpoint, in: source)
    var former: UInt64 = 0
    for _ in 0..<Self.attempts {
      let proof = try await view.consistency(from: former)
      let request = try AddCheckpointRequest(formerSize: former, hashes: proof.hashes, checkpoint: signed)
      let answer = try await client.post(request.bytes, to: address, limit: LogLimits.noteByteCount)
      switch answer.status {
      case WitnessStatus.ok.rawValue:
        return try verified(NoteSignature.parse(lines: answer.body), witness, signed)
      case WitnessStatus.conflict.rawValue:
        guard let seen = Self.size(answer.body) else {
          throw LogKeepingError.unexpectedStatus(address, status: answer.status)
        }
        guard seen <= size else { throw LogKeepingError.behind(witness: "\(witness.name)", seen: seen, size: size) }
        guard seen != former || seen == 0 else {
          throw LogKeepingError.dishonest(
            place: source.place, reason: "\(witness.name) has cosigned another tree of \(seen) entries")
        }
        former = seen
      case WitnessStatus.unprocessable.rawValue:
        throw LogKeepingError.dishonest(
          place: source.place, reason: "\(witness.name) has cosigned a tree that this one does not follow from")
      default:
        throw LogKeepingError.unexpectedStatus(address, status: answer.status)
      }
    }
    throw LogKeepingError.unreachable(address, reason: "it saw other trees of this log meanwhile")
  }

  private func verified(
    _ signatures: [NoteSignature], _ witness: LogPolicy.Witness, _ signed: SignedCheckpoint
  ) throws -> [NoteSignature] {
    let own = signatures.filter { $0.name == witness.key.name && $0.keyID == witness.key.id }
    var copy = signed
    for signature in own { try copy.replace(with: signature) }
    _ = try copy.verify(with: [witness.key])
    return own
  }

  private static func size(_ body: [UInt8]) -> UInt64? {
    guard body.last == UInt8(ascii: "\n"), body.count <= 21 else { return nil }
    return UInt64(String(decoding: body.dropLast(), as: UTF8.self)).flatMap {
      $0 <= LogLimits.greatestNumber ? $0 : nil
    }
  }
}
