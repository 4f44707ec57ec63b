internal import Basics
internal import Linux
internal import Listening
internal import NIOCore
internal import NIOPosix

/// The socket of a service: made where everybody may connect to it, and taken away with the service.
struct ListeningSocket {
  /// Everybody may connect; what each may do is decided for each call.
  static let mode: UInt32 = 0o666

  private let directory: Directory
  private let name: RelativePath
  private let identity: FileIdentity?
  private let descriptor: Int32

  init(at path: String) throws(VarlinkError) {
    let place = SocketPlace(path)
    guard let name = RelativePath(place.name) else {
      throw .cannotListen(path: path, reason: "this is no path of a socket")
    }
    do {
      directory = try Directory(path: place.folder)
      descriptor = try directory.listeningSocket(name, mode: Self.mode)
      identity = try directory.statusOfLink(name)?.identity
      self.name = name
    } catch {
      throw error.isInUse ? .inUse(path: path) : .cannotListen(path: path, reason: error.description)
    }
  }

  /// Hands the socket over to the event loop.
  func listen() async throws -> NIOAsyncChannel<AcceptedConnection<ByteBuffer, ByteBuffer>, Never> {
    try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(descriptor) { channel in
      channel.eventLoop.makeCompletedFuture { try AcceptedConnection(wrappingChannelSynchronously: channel) }
    }
  }

  /// Takes the name away, where it is still this socket's.
  func remove() {
    guard let identity, (try? directory.statusOfLink(name))?.identity == identity else { return }
    try? directory.remove(name)
  }
}

/// A socket's path, taken apart into folder and name.
struct SocketPlace {
  /// The longest path that fits a socket's address (sun_path less the final NUL).
  static let byteLimit = 107

  let path: String
  let folder: String
  let name: String

  init(_ path: String) {
    self.path = path
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    name = parts.last.map { String(Substring($0)) } ?? ""
    let before = String(Substring(path.utf8.dropLast(name.utf8.count)))
    folder = before.isEmpty ? "." : before
  }

  /// Whether the path itself is too long for a socket's address.
  var isLong: Bool { path.utf8.count > Self.byteLimit }
}

/// The three numbers of the kernel's `struct ucred`, in its order.
private struct KernelCredentials {
  let pid: Int32
  let user: UInt32
  let group: UInt32
}

extension Channel {
  /// Who is at the other end, as the kernel recorded it when the connection was made.
  func caller() async throws -> PeerCredentials {
    guard let provider = self as? any SocketOptionProvider else {
      throw VarlinkError.unknownCaller(reason: "this is no socket")
    }
    do {
      // SO_PEERCRED, socket(7); the number is the same on every architecture that Debian 12 and Swift share.
      let option = NIOBSDSocket.Option(rawValue: 17)
      let future: EventLoopFuture<KernelCredentials> = provider.unsafeGetSocketOption(level: .socket, name: option)
      let found = try await future.get()
      return PeerCredentials(pid: found.pid, user: found.user, group: found.group)
    } catch {
      throw VarlinkError.unknownCaller(reason: "\(error)")
    }
  }
}
