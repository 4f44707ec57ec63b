internal import Basics
package import Improvements
package import Linux

/// A file whose mapping tells what a process runs.
package struct WatchedFile: Sendable, Hashable {
  /// The stream that it belongs to.
  package let stream: Stream
  /// Its identity in the kernel.
  package let identity: FileIdentity
  /// Its absolute name, for machines whose maps do not tell identities.
  package let name: String
  /// Whether running it is what is meant: the improved file that stands now.
  package let isMeant: Bool

  /// Describes a file to look for.
  package init(stream: Stream, identity: FileIdentity, name: String, isMeant: Bool) {
    self.stream = stream
    self.identity = identity
    self.name = name
    self.isMeant = isMeant
  }
}

/// Finds the processes that map watched files, from the kernel's own tables.
package struct ExposureScanner: Sendable {
  /// What was found.
  package struct Findings: Sendable, Hashable {
    /// Processes by stream, in order of number; a process that maps nothing of a stream is not in its list.
    package var processes: [Stream: [ProcessReport]] = [:]
    /// How many processes could not be looked at.
    package var unseen = 0

    /// Nothing found.
    package init() {}
  }

  /// Whether maps tell device and inode as stat(2) does here; else inode and name are compared.
  package let identitiesAgree: Bool

  /// A scanner for a machine on which the self-test came out as given.
  package init(identitiesAgree: Bool) {
    self.identitiesAgree = identitiesAgree
  }

  /// Looks at every process that may be looked at.
  package func scan(for watched: [WatchedFile]) throws -> Findings {
    var findings = Findings()
    for pid in try ProcessTable.pids() {
      let entries: [MappedFileEntry]
      do {
        guard let found = try ProcessTable.mappedFiles(of: pid) else { continue }
        entries = found
      } catch {
        // One process that cannot be read, whatever it did to be so, must not hide the others.
        findings.unseen += 1
        continue
      }
      for (stream, report) in Self.reports(pid: pid, entries, watched, identitiesAgree: identitiesAgree) {
        findings.processes[stream, default: []].append(report)
      }
    }
    return findings
  }

  /// What one process's mapped files say: protected where it maps only meant files of a stream, else exposed.
  static func reports(
    pid: Int32, _ entries: [MappedFileEntry], _ watched: [WatchedFile], identitiesAgree: Bool
  ) -> [(Stream, ProcessReport)] {
    var matches: [Stream: [(file: WatchedFile, entry: MappedFileEntry)]] = [:]
    for entry in entries {
      for file in watched where Self.same(file, entry, identitiesAgree: identitiesAgree) {
        matches[file.stream, default: []].append((file, entry))
      }
    }
    return matches.sorted { $0.key < $1.key }.compactMap { stream, found in
      // What is not meant is shown first: it is the news.
      guard let shown = found.first(where: { !$0.file.isMeant }) ?? found.first else { return nil }
      return (
        stream,
        ProcessReport(
          pid: pid, name: ProcessTable.name(of: pid) ?? "ended", service: nil,
          exposure: found.allSatisfy(\.file.isMeant) ? .protected : .exposed, mapped: shown.entry.path,
          identity: shown.entry.identity.description)
      )
    }
  }

  private static func same(_ file: WatchedFile, _ entry: MappedFileEntry, identitiesAgree: Bool) -> Bool {
    if identitiesAgree { return file.identity == entry.identity }
    // The kernel marks the name of a file that was replaced or removed since.
    let mark = " (deleted)"
    let name = entry.path.hasSuffix(mark) ? String(entry.path.dropLast(mark.count)) : entry.path
    return file.identity.inode == entry.identity.inode && file.name == name
  }
}
