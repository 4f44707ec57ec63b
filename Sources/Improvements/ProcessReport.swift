/// One process that maps a file of a component.
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
  /// The mapped file as the kernel names it.
  package let mapped: String
  /// The mapped file's device and inode, such as `254:0 1234`.
  package let identity: String

  /// Describes a process.
  package init(
    pid: Int32, name: String, service: String?, place: ProcessPlace = .unmanaged, exposure: Exposure, mapped: String,
    identity: String
  ) {
    self.pid = pid
    self.name = name
    self.service = service
    self.place = place
    self.exposure = exposure
    self.mapped = mapped
    self.identity = identity
  }
}
