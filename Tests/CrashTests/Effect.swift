/// One effect of a program on the disk, or on someone whom it told something.
///
/// Paths are relative to the root of what is simulated; the root itself is the empty path.
enum Effect: Sendable, Hashable {
  /// A directory was made.
  case makeDirectory(String, mode: UInt32)
  /// An empty file was made.
  case create(String, mode: UInt32)
  /// Bytes were written at a place of a file.
  case write(String, offset: Int, [UInt8])
  /// A file was given another length.
  case truncate(String, length: Int)
  /// A file was given other permission bits.
  case setMode(String, UInt32)
  /// A symbolic link was made.
  case symbolicLink(String, target: String)
  /// A name was given to what had another one, in place of whatever had it.
  case rename(String, to: String)
  /// A name was taken away.
  case remove(String)
  /// A file's content, or a directory's names, were brought to the disk.
  case synchronize(String)
  /// The program told someone something; from then on they may rely on it.
  case tell(String)
}

/// Why an effect cannot have happened on the simulated disk: the recording or the simulation is wrong.
struct Impossible: Error, CustomStringConvertible {
  let description: String
}
