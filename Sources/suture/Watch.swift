import ArgumentParser
import CanonicalJSON
import DeviceAPI
import Improvements
import Terminal

struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Follows what the device does, whoever began it, until it is interrupted.",
    discussion: "Shows how the device stands first, and again after each thing that was done.")

  @OptionGroup var common: Common

  func run() async throws {
    try await common.reporting {
      var isFirst = true
      try await common.client().watch { told in
        if common.json { return common.console.line(told.compactText) }
        try show(told, isFirst: isFirst)
        isFirst = false
      }
      // A device that goes on tells until the end.
      throw VarlinkError.closed
    }
  }

  private func show(_ told: JSON, isFirst: Bool) throws {
    let view = EventView(common)
    if let status = told["status"], status != .null {
      try view.show(status: status)
      if isFirst { try view.show(components: status) }
    }
    if let event = told["event"], event != .null { view.show(event) }
    if let lost = told["lost"]?.integer { common.console.lasting("… \(lost) events were missed") }
  }
}
