/// The effects that a traced program had beneath a folder, and what it told whom.
struct Recording: Sendable {
  /// The system calls that are traced: all that change a file system's content, and those that tell.
  ///
  /// What begins with a question mark is not there on every architecture.
  static let traced = [
    "?open", "openat", "openat2", "?creat", "close", "lseek", "write", "pwrite64", "writev", "pwritev", "pwritev2",
    "sendmsg", "sendto", "fsync", "fdatasync", "sync_file_range", "syncfs", "sync", "?rename", "renameat", "renameat2",
    "?link", "linkat", "?symlink", "symlinkat", "?unlink", "unlinkat", "?rmdir", "?mkdir", "mkdirat", "?mknod",
    "mknodat", "truncate", "ftruncate", "fallocate", "?chmod", "fchmod", "fchmodat", "copy_file_range", "sendfile",
    "splice", "mmap",
  ]

  let root: String
  private(set) var effects: [Effect] = []
  private var disk: SimulatedDisk
  private var positions: [String: Int] = [:]

  /// Reads a trace of what was done to a folder that held an image in the beginning.
  ///
  /// Throws for every successful call beneath the folder that changes something and is not simulated.
  init(of trace: [UInt8], root: String, from image: DiskImage) throws {
    self.root = root
    disk = try SimulatedDisk(image)
    let calls = try Trace.calls(in: trace) { Self.utterance($0) != nil }
    for call in calls where call.result >= 0 || Self.utterance(call) != nil { try take(call) }
  }

  /// What stands beneath the folder after all effects.
  mutating func finalImage() -> DiskImage { disk.image(after: .nothing) }

  /// What a call says on standard error or over a socket.
  private static func utterance(_ call: SystemCall) -> String? {
    guard ["write", "writev", "sendmsg", "sendto"].contains(call.name), call.arguments.count > 1 else { return nil }
    let descriptor = call.arguments[0]
    guard
      descriptor.number == 2 || descriptor.file?.hasPrefix("socket:") == true
        || descriptor.file?.hasPrefix("UNIX") == true
    else { return nil }
    return String(decoding: call.arguments[1].allBytes, as: UTF8.self)
  }

  private mutating func take(_ call: SystemCall) throws {
    if let said = Self.utterance(call) { return effects.append(.tell(said)) }
    switch call.name {
    case "openat", "openat2", "open", "creat": try takeOpening(call)
    case "write", "pwrite64", "lseek": try takeWriting(call)
    case "fsync", "fdatasync": if let file = beneath(call, 0) { try perform(.synchronize(file)) }
    case "mkdirat", "mkdir":
      let at = call.name == "mkdirat"
      let place = at ? named(call, 0, 1) : named(call, nil, 0)
      if let place { try perform(.makeDirectory(place, mode: mode(call, at ? 2 : 1) & 0o755)) }
    case "symlinkat":
      if let place = named(call, 1, 2), let target = call.arguments[0].bytes {
        try perform(.symbolicLink(place, target: String(decoding: target, as: UTF8.self)))
      }
    case "renameat", "renameat2":
      guard let from = named(call, 0, 1) else { return try refuseBeneath(call) }
      guard let target = named(call, 2, 3) else { throw Impossible(description: "\(from) left the folder") }
      try perform(.rename(from, to: target))
    case "unlinkat": if let place = named(call, 0, 1) { try perform(.remove(place)) }
    case "unlink", "rmdir": if let place = named(call, nil, 0) { try perform(.remove(place)) }
    case "ftruncate":
      if let file = beneath(call, 0), let length = call.arguments[1].number {
        try perform(.truncate(file, length: length))
      }
    case "fchmod": if let file = beneath(call, 0) { try perform(.setMode(file, UInt32(mode(call, 1)))) }
    case "close": if let number = call.arguments.first?.number { positions["\(number)"] = nil }
    case "mmap": try refuseSharedWriting(call)
    default: try refuseBeneath(call)
    }
  }

  private mutating func takeOpening(_ call: SystemCall) throws {
    guard let file = call.opened.flatMap(relative) else { return }
    let flags = call.arguments.dropFirst().map(\.word).joined(separator: " ")
    if flags.contains("O_CREAT"), !disk.exists(file) {
      let digits = flags.split(whereSeparator: { !"01234567".contains($0) }).last { $0.hasPrefix("0") }
      let mode = digits.flatMap { UInt32($0, radix: 8) } ?? 0o644
      try perform(.create(file, mode: mode & 0o755))
    } else if flags.contains("O_TRUNC") {
      try perform(.truncate(file, length: 0))
    }
    positions["\(call.result)"] = 0
    if flags.contains("O_APPEND") { throw Impossible(description: "\(file) is appended to, which is not simulated") }
  }

  private mutating func takeWriting(_ call: SystemCall) throws {
    guard let file = beneath(call, 0), let number = call.arguments[0].number else { return }
    let key = "\(number)"
    switch call.name {
    case "lseek": positions[key] = call.result
    default:
      guard let bytes = call.arguments[1].bytes, bytes.count >= call.result else {
        throw Impossible(description: "what was written to \(file) is not in the trace")
      }
      let offset = call.name == "pwrite64" ? call.arguments[3].number : positions[key]
      guard let offset else { throw Impossible(description: "where \(file) was written is not in the trace") }
      if call.name == "write" { positions[key] = offset + call.result }
      try perform(.write(file, offset: offset, Array(bytes.prefix(call.result))))
    }
  }

  // mmap(ADDRESS, LENGTH, PROTECTION, FLAGS, DESCRIPTOR, OFFSET): what is written through memory leaves no trace.
  private func refuseSharedWriting(_ call: SystemCall) throws {
    guard call.arguments.count > 4, call.arguments[2].word.contains("PROT_WRITE"),
      call.arguments[3].word.contains("MAP_SHARED")
    else { return }
    try refuseBeneath(call)
  }

  // Whatever else has to do with a file beneath the folder.
  private func refuseBeneath(_ call: SystemCall) throws {
    for (index, argument) in call.arguments.enumerated() {
      let named = argument.bytes.map { String(decoding: $0, as: UTF8.self) }.flatMap(relative)
      guard let place = beneath(call, index) ?? named else { continue }
      throw Impossible(description: "\(call.name) of \(place) is not simulated")
    }
  }

  private mutating func perform(_ effect: Effect) throws {
    try disk.perform(effect)
    effects.append(effect)
  }

  private func mode(_ call: SystemCall, _ index: Int) -> UInt32 {
    UInt32(call.arguments.indices.contains(index) ? call.arguments[index].number ?? 0 : 0)
  }

  // The path that a descriptor stands for, where that is beneath the folder and on the disk.
  private func beneath(_ call: SystemCall, _ index: Int) -> String? {
    call.arguments.indices.contains(index) ? call.arguments[index].file.flatMap(relative) : nil
  }

  private func named(_ call: SystemCall, _ folder: Int?, _ name: Int) -> String? {
    guard let bytes = call.arguments[name].bytes else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    if text.hasPrefix("/") { return relative(text) }
    guard let folder, let path = call.arguments[folder].file else { return nil }
    return relative("\(path)/\(text)")
  }

  private func relative(_ absolute: String) -> String? {
    if absolute == root { return "" }
    guard absolute.hasPrefix(root + "/") else { return nil }
    let path = String(absolute.dropFirst(root.count + 1))
    return DiskImage.isOnDisk(path) ? path : nil
  }
}
