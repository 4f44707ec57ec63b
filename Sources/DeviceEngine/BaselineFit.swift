internal import Basics
internal import Grafting
internal import Improvements
internal import Linux

/// Which baseline of a manifest stands on the disk, told by the digests of all its files.
enum BaselineFit {
  /// One baseline stands there wholly; with the permission bits of each file.
  case fits(Manifest.Baseline, modes: [RelativePath: UInt32])
  /// The files are already what the improvement would make of them.
  case alreadyImproved
  /// No file that the manifest names is there: the component is not installed.
  case notInstalled
  /// The files are none of the baselines that the manifest lists.
  case unsupported(String)
}

extension BaselineFit {
  private enum Found {
    case content(Digest, length: Int, mode: UInt32)
    case nothing
    case noPlainFile
  }

  /// Reads the baseline's files, whatever stands over them; one baseline is taken wholly or not at all.
  static func find(
    for manifest: Manifest, beneath root: Directory, under backend: any GraftBackend
  ) throws -> BaselineFit {
    var found: [RelativePath: Found] = [:]
    for path in Set(manifest.baselines.flatMap(\.files).map(\.path)) {
      found[path] = try look(at: path, beneath: root, under: backend)
    }
    if !found.values.contains(where: { if case .nothing = $0 { false } else { true } }) { return .notInstalled }
    for baseline in manifest.baselines {
      if let modes = try modes(of: baseline, in: found, content: \.baseline) { return .fits(baseline, modes: modes) }
    }
    for baseline in manifest.baselines where try modes(of: baseline, in: found, content: \.improved) != nil {
      return .alreadyImproved
    }
    let versions = manifest.baselines.map(\.version.description).joined(separator: ", ")
    return .unsupported(
      "the files on disk are none of the baselines that serial \(manifest.serial) lists (\(versions))")
  }

  private static func look(
    at path: RelativePath, beneath root: Directory, under backend: any GraftBackend
  ) throws -> Found {
    guard let seen = try root.status(path) else { return .nothing }
    guard seen.kind == .file else { return .noPlainFile }
    guard let file = try backend.openBaseline(path) else { return .nothing }
    // One descriptor for all: what was read is what was looked at.
    let (digest, length) = try file.digest()
    return .content(digest, length: length, mode: try file.status().mode)
  }

  private static func modes(
    of baseline: Manifest.Baseline, in found: [RelativePath: Found],
    content: KeyPath<Manifest.File, Manifest.Content>
  ) throws -> [RelativePath: UInt32]? {
    var modes: [RelativePath: UInt32] = [:]
    for file in baseline.files {
      let expected = file[keyPath: content]
      guard case .content(let digest, let length, let mode) = found[file.path], digest == expected.digest,
        length == expected.length
      else { return nil }
      modes[file.path] = mode
    }
    return modes
  }
}
