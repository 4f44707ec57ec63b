internal import Basics
internal import BinaryDelta
internal import DeltaEncoding
internal import Improvements

extension ImprovementBuilder {
  struct Made: Sendable {
    let reference: Manifest.File
    /// How many of the payload's bytes are this file's.
    let share: Int
    let method: String
  }

  /// How many files are matched at a time: each takes twelve times its size in memory.
  private static let concurrency = 2

  /// Payloads for all changed files of a baseline, of one file or of several, whichever is smaller.
  ///
  /// Each payload is applied to the baseline's files again before it is given out: what leaves here was used once.
  func makePayloads(
    _ pair: PackagePair, _ paths: [RelativePath]
  ) async throws -> (files: [Made], payloads: [[UInt8]]) {
    // Copies of a file in several places travel once. The payload's order is the manifest's.
    var pairs: [FilePair] = []
    var places: [FilePair: [RelativePath]] = [:]
    for path in paths.sorted() {
      let files = try Self.files(pair, path)
      if places[files] == nil { pairs.append(files) }
      places[files, default: []].append(path)
    }
    let bundles: [PayloadBundle]
    do { bundles = try await PayloadEncoder.encode(pairs, concurrency: Self.concurrency) } catch {
      guard let error = error as? PayloadError else { throw error }
      throw PublishingError.payloadFailed(path: paths.sorted()[0], reason: "\(error)")
    }
    var made: [Made] = []
    for bundle in bundles {
      let payload = Self.content(bundle.payload)
      for (place, index) in bundle.files.enumerated() {
        let (baseline, improved) = (Self.content(pairs[index].baseline), Self.content(pairs[index].improved))
        for (copy, path) in (places[pairs[index]] ?? []).enumerated() {
          made.append(
            Made(
              reference: Manifest.File(path: path, baseline: baseline, improved: improved, payload: payload),
              share: copy == 0 ? bundle.shares[place] : 0, method: "\(bundle.methods[place])"))
        }
      }
    }
    return (made.sorted { $0.reference.path < $1.reference.path }, bundles.map(\.payload))
  }

  private static func files(_ pair: PackagePair, _ path: RelativePath) throws(PublishingError) -> FilePair {
    guard let old = pair.oldContents[path], let new = pair.newContents[path] else {
      throw PublishingError.payloadFailed(path: path, reason: "its contents were not read")
    }
    for bytes in [old, new] where Int64(bytes.count) > Manifest.Content.byteLimit {
      throw .fileTooLong(path: path, length: bytes.count, limit: Int(Manifest.Content.byteLimit))
    }
    return FilePair(baseline: old, improved: new)
  }

  private static func content(_ bytes: [UInt8]) -> Manifest.Content {
    Manifest.Content(digest: Digest(of: bytes), length: bytes.count)
  }
}
