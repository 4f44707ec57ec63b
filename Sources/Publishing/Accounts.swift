internal import Basics
package import CanonicalJSON
internal import Improvements
internal import TUF

// What each command tells with --json: one object a line, `event` first of all to read.

extension Verdict {
  /// `{"event":"verdict","eligible":…,"refusals":[{"gate":…,"sentence":…}],…}`.
  package var json: JSON {
    [
      "event": "verdict", "package": .string(package), "from": .string(from), "to": .string(to),
      "eligible": .bool(isEligible),
      "refusals": .array(
        refusals.map { ["gate": .string($0.gate.rawValue), "sentence": .string($0.description)] }),
      "changed": .array(changed.map { .string("\($0)") }), "read": .array(read.map { .string("\($0)") }),
      "omitted": .array(omitted.map { ["path": .string("\($0.path)"), "reason": .string($0.reason)] }),
      "siblings": .array(siblings.map { .string($0) }),
    ]
  }
}

extension Workspace.StagedImprovement {
  /// `{"event":"staged","stream":…,"serial":…,"payloadBytes":…,"debBytes":…,…}`.
  package var json: JSON {
    [
      "event": "staged", "stream": .string("\(manifest.stream)"), "serial": .integer(manifest.serial.number),
      "baselines": .array(
        manifest.baselines.map { ["version": .string("\($0.version)"), "letter": .string("\($0.letter)")] }),
      "version": .string("\(manifest.source.version)"), "debBytes": .integer(Int64(packageBytes)),
      "payloadBytes": .integer(Int64(payloadBytes)),
      "files": .array(
        files.map {
          [
            "baseline": .string($0.baseline), "path": .string("\($0.path)"),
            "improvedBytes": .integer(Int64($0.improvedBytes)), "payloadBytes": .integer(Int64($0.payloadBytes)),
            "method": .string($0.method),
          ]
        }),
      "advisories": .array(manifest.advisories.map { .string($0.id) }),
      "siblings": .array(manifest.siblings.map { .string($0) }),
      "omitted": .integer(Int64(manifest.omitted.count)), "manifest": .string(Digest(of: manifest.bytes).hex),
      "signed": signing.json, "isComplete": .bool(signing.isComplete),
      "droppedBaselines": .array(droppedBaselines.map { .string($0) }), "note": note.map { .string($0) } ?? .null,
      "read": .integer(Int64(readCount)),
      "readers": manifest.readers.map { .array($0.map { .string("\($0)") }) } ?? .null,
    ]
  }
}

extension Signing {
  /// Each role with the ids of those who signed, and how many must.
  package var json: JSON {
    .array(
      roles.map { role in
        [
          "role": .string(role.role), "signers": .array(role.signers.map { .string($0) }),
          "needed": .integer(Int64(role.needed)),
        ]
      })
  }
}

extension Workspace.StagedWithdrawal {
  /// `{"event":"withdrawn","stream":…,"serial":…,"manifest":…,"reason":…,"signed":…,"isComplete":…}`.
  package var json: JSON {
    [
      "event": "withdrawn", "stream": .string("\(withdrawal.stream)"), "serial": .integer(withdrawal.serial.number),
      "manifest": .string(withdrawal.manifest.hex), "reason": .string(withdrawal.reason), "signed": signing.json,
      "isComplete": .bool(signing.isComplete),
    ]
  }
}

extension Publication.Account {
  /// `{"event":"published","payloads":…,"manifests":…,"files":…,"metadata":…,"bytes":…,"timestamp":…}`.
  package var json: JSON {
    [
      "event": "published", "payloads": .integer(Int64(payloads)), "manifests": .integer(Int64(manifests)),
      "files": .integer(Int64(files)), "metadata": .integer(Int64(metadata)), "bytes": .integer(Int64(bytes)),
      "timestamp": .integer(Int64(timestampVersion)), "waiting": .array(waiting.map { .string($0) }),
      "proofs": .integer(Int64(proofs)), "log": log?.json ?? .null,
    ]
  }
}

extension Workspace.LogAccount {
  /// `{"event":"logged","added":…,"size":…,"proofs":…,"witnesses":[…]}`.
  package var json: JSON {
    [
      "event": "logged", "added": .integer(Int64(added)), "size": .integer(Int64(size)),
      "proofs": .integer(Int64(proofs)), "witnesses": .array(witnesses.map { .string($0) }),
    ]
  }

  /// What there is to say of it, one line.
  package var sentence: String {
    let grown = added > 0 ? "\(added) new entries, \(size) in all" : "nothing new, \(size) entries"
    guard hasPolicy else { return "\(grown); no policy of witnesses asks for proofs" }
    let who = witnesses.isEmpty ? "by no witness" : "by \(witnesses.joined(separator: ", "))"
    return "\(grown); cosigned \(who); \(proofs) new proofs"
  }
}

extension RepositoryCheck.Account {
  /// One object for each role and each improvement, and `{"event":"verified",…}` at the end.
  package var lines: [JSON] {
    let roles: [JSON] = roles.map { role in
      [
        "event": "role", "role": .string(role.role), "version": .integer(Int64(role.version)),
        "expires": .string("\(role.expires)"), "threshold": .integer(Int64(role.threshold)),
        "signers": .array(role.signers.map { .string($0.text) }),
      ]
    }
    let improvements: [JSON] = improvements.map { improvement in
      [
        "event": "improvement", "path": .string(improvement.path),
        "baselines": .array(
          improvement.manifest.baselines.map {
            ["version": .string("\($0.version)"), "letter": .string("\($0.letter)")]
          }),
        "payloads": .integer(Int64(improvement.payloadCount)),
        "payloadBytes": .integer(Int64(improvement.payloadBytes)),
        "advisories": .array(improvement.manifest.advisories.map { .string($0.id) }),
      ]
    }
    let withdrawals: [JSON] = withdrawals.map { path, withdrawal, roles in
      [
        "event": "withdrawal", "path": .string(path), "reason": .string(withdrawal.reason),
        "by": .array(roles.map { .string($0) }),
      ]
    }
    let verified: JSON = [
      "event": "verified", "improvements": .integer(Int64(self.improvements.count)),
      "withdrawals": .integer(Int64(self.withdrawals.count)),
    ]
    return roles + improvements + withdrawals + [verified]
  }
}

extension RepositoryCheck.Account {
  /// Roles and improvements, each with what there is to say of it in one line.
  package var rows: [(name: String, account: String)] {
    let roles = roles.map { role in
      let signatures = "\(role.signers.count) signatures of \(role.threshold) needed"
      return (role.role, "version \(role.version), \(signatures), trusted until \(role.expires)")
    }
    let improvements = improvements.map { improvement in
      let names = improvement.baselineNames.joined(separator: ", ")
      return (improvement.path, "\(names); \(improvement.payloadBytes) bytes in \(improvement.payloadCount) payloads")
    }
    let withdrawals = withdrawals.map { path, withdrawal, roles in
      (path, "withdrawn by \(roles.joined(separator: " and ")): \(withdrawal.reason)")
    }
    return roles + improvements + withdrawals
  }
}

extension Workspace.KeyAccount {
  /// `{"event":"key","id":…,"role":…,"threshold":…,"of":…,"name":…}`.
  package var json: JSON {
    [
      "event": "key", "id": .string(id), "role": .string(role), "threshold": .integer(Int64(threshold)),
      "of": .integer(Int64(count)), "name": name.map { .string($0) } ?? .null,
    ]
  }
}
