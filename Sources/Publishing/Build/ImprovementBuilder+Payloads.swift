internal import Basics
internal import BinaryDelta
internal import Improvements

extension ImprovementBuilder {
  struct Made: Sendable {
    let reference: Manifest.File
    let payload: [UInt8]
    let method: String
  }

  /// One payload for each changed file, made on as many processors as there are.
  ///
  /// Each payload is applied to the baseline's file again before it is given out: what leaves here was used once.
  func makePayloads(_ pair: PackagePair, _ paths: [RelativePath]) async throws -> [Made] {
    try await withThrowingTaskGroup(of: Made.self) { group in
      var waiting = paths[...]
      var made: [Made] = []
      func start(_ path: RelativePath) throws {
        guard let old = pair.oldContents[path], let new = pair.newContents[path] else {
          throw PublishingError.payloadFailed(path: path, reason: "its contents were not read")
        }
        group.addTask { try Self.payload(path, old, new) }
      }
      // Making a payload takes sixteen times the file's size in memory: not all at once.
      for path in waiting.prefix(Self.concurrency) { try start(path) }
      waiting = waiting.dropFirst(Self.concurrency)
      while let next = try await group.next() {
        made.append(next)
        if let path = waiting.popFirst() { try start(path) }
      }
      return made.sorted { $0.reference.path < $1.reference.path }
    }
  }

  private static let concurrency = 2

  private static func payload(_ path: RelativePath, _ old: [UInt8], _ new: [UInt8]) throws(PublishingError) -> Made {
    for bytes in [old, new] where Int64(bytes.count) > Manifest.Content.byteLimit {
      throw .fileTooLong(path: path, length: bytes.count, limit: Int(Manifest.Content.byteLimit))
    }
    do throws(PayloadError) {
      let payload = try PayloadEncoder.encode(baseline: old, improved: new)
      let header = try PayloadHeader(parsing: payload)
      guard try PayloadDecoder.apply(payload, to: old, outputLimit: new.count) == new else {
        throw PayloadError.selfCheckFailed("other bytes")
      }
      let reference = Manifest.File(
        path: path, baseline: content(old), improved: content(new), payload: content(payload))
      return Made(reference: reference, payload: payload, method: "\(header.method)")
    } catch {
      throw .payloadFailed(path: path, reason: "\(error)")
    }
  }

  private static func content(_ bytes: [UInt8]) -> Manifest.Content {
    Manifest.Content(digest: Digest(of: bytes), length: bytes.count)
  }
}
