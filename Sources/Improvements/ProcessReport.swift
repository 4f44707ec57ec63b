/// One process that maps a file of a component, or reads one.
package struct ProcessReport: Sendable, Hashable {
  /// What the process runs, as the kernel tells it.
  package enum Exposure: String, Sendable, Hashable {
    /// The improved code only.
    case protected
    /// The baseline's code, or a mixture.
    case exposed
    /// Exposed, and scheduled to stop being so.
    case pending
    /// Cannot be told.
    case unknown
  }

  /// The process number.
  package let pid: Int32
  /// The kernel's short name of it.
  package let name: String
  /// The service that it belongs to, where one is known.
  package let service: String?
  /// Where it belongs, service or not.
  package let place: ProcessPlace
  /// What it runs.
  package let exposure: Exposure
  /// The mapped file as the kernel names it; where it is read, one of those that are.
  package let mapped: String
  /// The mapped file's device and inode, such as `254:0 1234`; empty where it is read.
  package let identity: String
  /// Whether it reads the file and does not map it: what it runs is told by when it began.
  package let reads: Bool

  /// Describes a process.
  package init(
    pid: Int32, name: String, service: String?, place: ProcessPlace = .unmanaged, exposure: Exposure, mapped: String,
    identity: String, reads: Bool = false
  ) {
    self.pid = pid
    self.name = name
    self.service = service
    self.place = place
    self.exposure = exposure
    self.mapped = mapped
    self.identity = identity
    self.reads = reads
  }
}
