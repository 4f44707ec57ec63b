internal import Basics
internal import Improvements
internal import Journal

extension Device {
  /// Pins a component: nothing changes what stands of it by itself, but a withdrawal and the operating system's own update.
  package func pin(_ component: String, by owner: String, _ progress: @escaping Progress = { _ in }) throws {
    let stream = try stream(named: component)
    guard try parts.journal.pins()[stream] == nil else {
      throw DeviceError.nothingToDo("\(component) is pinned already")
    }
    try parts.journal.setPin(Pin(owner: owner, since: parts.now()), of: stream)
    let letter = try inPlace()[stream]?.fitting?.letter
    let what = letter.map { "at (\($0))" } ?? "without an improvement"
    tell(ProgressEvent(.setting, stream: stream, "\(component) is pinned \(what) by \(owner)"), progress)
    if !isBusy { hub.settle() }
  }

  /// Takes a pin off.
  package func unpin(_ component: String, by owner: String, _ progress: @escaping Progress = { _ in }) throws {
    let stream = try stream(named: component)
    guard try parts.journal.pins()[stream] != nil else { throw DeviceError.nothingToDo("\(component) is not pinned") }
    try parts.journal.setPin(nil, of: stream)
    tell(ProgressEvent(.setting, stream: stream, "\(component) is not pinned any more, by \(owner)"), progress)
    if !isBusy { hub.settle() }
  }

  /// Whether the owner pinned a stream's component.
  func isPinned(_ stream: Stream) throws -> Bool { try parts.journal.pins()[stream] != nil }

  private func stream(named component: String) throws -> Stream {
    let known = try parts.journal.improvements().map(\.manifest.stream)
    guard let stream = known.first(where: { $0.component == component }) else {
      throw DeviceError.unknownComponent(component)
    }
    return stream
  }
}
