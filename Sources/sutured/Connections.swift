import Delivery
import DeviceEngine
import Synchronization

/// Makes the way to a repository.
final class Connections: Sendable {
  private let layout: DeviceLayout
  // What was fetched from before a change of settings stays open: an operation under way may be using it.
  private let transports = Mutex<[HTTPTransport]>([])

  init(_ layout: DeviceLayout) {
    self.layout = layout
  }

  /// A courier from `http://…`, `https://…` or an absolute directory.
  func courier(to address: String) throws -> Courier {
    let transport: any Transport
    if address.hasPrefix("/") {
      transport = DirectoryTransport(path: address)
    } else {
      let remote = try HTTPTransport(address: address)
      transports.withLock { $0.append(remote) }
      transport = remote
    }
    return Courier(
      transport: transport, pinnedRoot: try layout.pinnedRoot(), metadata: layout.metadata, spool: layout.spool)
  }

  /// Ends all connections.
  func shutdown() async {
    for transport in transports.withLock({ $0 }) { await transport.shutdown() }
  }
}
