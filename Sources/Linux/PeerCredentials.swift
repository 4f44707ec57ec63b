internal import CLinux
internal import Glibc

/// Who is at the other end of a Unix socket, as the kernel recorded it when the connection was made.
package struct PeerCredentials: Sendable, Hashable {
  /// The process number; 0 where it is in another namespace.
  package let pid: Int32
  /// The user's number.
  package let user: UInt32
  /// The group's number.
  package let group: UInt32

  /// Names a peer.
  package init(pid: Int32, user: UInt32, group: UInt32) {
    self.pid = pid
    self.user = user
    self.group = group
  }

  /// Asks the kernel about a connected Unix socket.
  package init(socket: Int32) throws(LinuxError) {
    var pid: Int32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
    guard unsafe linux_peer_credentials(socket, &pid, &user, &group) == 0 else {
      throw .last("ask for the peer of", "a socket")
    }
    self.init(pid: pid, user: user, group: group)
  }
}
