internal import Basics
package import CanonicalJSON
package import Improvements

/// What a manifest says, for the one who is to sign for it.
package struct ManifestAccount {
  private let manifest: Manifest

  /// Of a manifest.
  package init(manifest: Manifest) { self.manifest = manifest }

  /// One line for each thing to look at.
  package var rows: [(String, String)] {
    var rows = [
      ("from", "\(shown(manifest.source.name)) \(manifest.source.version), made \(manifest.created)"),
      ("fits", manifest.baselines.map { "\($0.version) (\($0.letter))" }.joined(separator: ", ")),
      (
        "closes",
        manifest.advisories.isEmpty ? "no advisory is named" : manifest.advisories.map(\.id).joined(separator: ", ")
      ),
      ("becomes live", "by \(manifest.activation.rawValue)" + (manifest.isCoherent ? ", all of it together" : "")),
    ]
    for baseline in manifest.baselines {
      let counts = Dictionary(grouping: baseline.files, by: \.payload).mapValues(\.count)
      for file in baseline.files {
        let count = counts[file.payload] ?? 1
        rows.append(
          (
            "changes",
            "\(shown("/\(file.path)")) of \(baseline.version): \(file.baseline.digest.short)… becomes"
              + " \(file.improved.digest.short)…, \(file.improved.length) bytes from a payload of \(file.payload.length)"
              + (count > 1 ? " for \(count) files" : "")
          ))
      }
    }
    for omission in manifest.omitted {
      rows.append(("leaves out", "\(shown("/\(omission.path)")): \(shown(omission.reason))"))
    }
    if !manifest.siblings.isEmpty { rows.append(("siblings", manifest.siblings.map(shown).joined(separator: ", "))) }
    if let readers = manifest.readers {
      let names = readers.map(\.description).joined(separator: ", ")
      rows.append(("read by", readers.isEmpty ? "no service that keeps it" : "\(names), which restart for it"))
    }
    rows += Ring.allCases.map { ("ring \($0.rawValue)", fastest(in: $0)) }
    return rows
  }

  /// The fastest ramp that is ever allowed in a ring.
  private func fastest(in ring: Ring) -> String {
    guard let points = manifest.rollout?[ring].points else { return "may have it at once" }
    func percent(_ share: Int) -> String { "\(share / 100).\(share % 100 / 10)\(share % 10) %" }
    return "no sooner than " + points.map { "\(percent($0.share)) at \($0.time)" }.joined(separator: ", ")
  }
}

/// What a withdrawal says, for the one who is to sign for it.
package struct WithdrawalAccount {
  private let withdrawal: Withdrawal

  /// Of a withdrawal.
  package init(withdrawal: Withdrawal) { self.withdrawal = withdrawal }

  /// One line for each thing to look at.
  package var rows: [(String, String)] {
    [
      ("takes back", "\(withdrawal.stream) serial \(withdrawal.serial), manifest \(withdrawal.manifest)"),
      ("because", shown(withdrawal.reason)),
    ]
  }
}

extension PendingChange {
  /// The digest that is signed for.
  package var digestText: String { digest.hex }

  /// `{"event":"pending","stream":…,"path":…,"sha256":…,"named":[…],…}`.
  package var json: JSON {
    let rows: [(String, String)]
    switch content {
    case .improvement(let manifest): rows = ManifestAccount(manifest: manifest).rows
    case .withdrawal(let withdrawal): rows = WithdrawalAccount(withdrawal: withdrawal).rows
    }
    return [
      "event": "pending", "stream": .string("\(stream)"), "path": .string(path), "sha256": .string(digest.hex),
      "account": .array(rows.map { .array([.string($0.0), .string($0.1)]) }),
      "named": .array(
        named.map { named in
          [
            "role": .string(named.role), "signers": .array(named.signers.map { .string($0) }),
            "needed": .integer(Int64(named.needed)),
          ]
        }),
    ]
  }
}
