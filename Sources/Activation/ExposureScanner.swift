internal import Basics
package import Improvements
package import Linux

/// A file whose mapping tells what a process runs.
package struct WatchedFile: Sendable, Hashable {
  /// The stream that it belongs to.
  package let stream: Stream
  /// Its identity in the kernel.
  package let identity: FileIdentity
  /// The absolute names that its mappings may have, for machines that do not tell identities.
  package let names: Set<String>
  /// Whether running it is what is meant: the improved file that stands now.
  package let isMeant: Bool

  /// Describes a file to look for.
  package init(stream: Stream, identity: FileIdentity, names: Set<String>, isMeant: Bool) {
    self.stream = stream
    self.identity = identity
    self.names = names
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

  /// Where identities are told truly on this machine; nil for nowhere, and inode and name are compared.
  package let source: MappedIdentity?

  /// A scanner for a machine on which the self-test found such a source.
  package init(source: MappedIdentity?) {
    self.source = source
  }

  /// A scanner that finds out by itself: it maps these files and looks whether it finds them.
  ///
  /// - Parameter files: one of each file system that improved files or baselines lie on.
  package init(selfTestedOn files: [FileDescriptor]) throws {
    self.init(source: try ProcessTable.mappedIdentity(telling: files))
  }

  /// Looks at every process that may be looked at.
  package func scan(for watched: [WatchedFile]) throws -> Findings {
    var findings = Findings()
    for pid in try ProcessTable.pids() {
      let entries: [MappedFileEntry]
      do {
        guard let found = try ProcessTable.mappedFiles(of: pid, by: source ?? .maps) else { continue }
        entries = found
      } catch {
        // One process that cannot be read, whatever it did to be so, must not hide the others.
        findings.unseen += 1
        continue
      }
      for (stream, report) in Self.reports(pid: pid, entries, watched, isTold: source != nil) {
        findings.processes[stream, default: []].append(report)
      }
    }
    return findings
  }

  /// What one process's mapped files say: protected where it maps only meant files of a stream, else exposed.
  static func reports(
    pid: Int32, _ entries: [MappedFileEntry], _ watched: [WatchedFile], isTold: Bool
  ) -> [(Stream, ProcessReport)] {
    var matches: [Stream: [(file: WatchedFile, entry: MappedFileEntry)]] = [:]
    for entry in entries {
      for file in watched where Self.same(file, entry, isTold: isTold) {
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

  private static func same(_ file: WatchedFile, _ entry: MappedFileEntry, isTold: Bool) -> Bool {
    if isTold { return file.identity == entry.identity }
    // The kernel marks the name of a file that was replaced or removed since.
    let mark = " (deleted)"
    let name = entry.path.hasSuffix(mark) ? String(entry.path.dropLast(mark.count)) : entry.path
    // What was mapped through a mount that is gone has no name but this; rather too much is found than too little.
    return file.identity.inode == entry.identity.inode && (file.names.contains(name) || name == "/")
  }
}
