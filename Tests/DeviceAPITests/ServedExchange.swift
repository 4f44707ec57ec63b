import Basics
import CanonicalJSON
import Linux
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

@testable import DeviceAPI

/// Runs a server for as long as the body takes, and returns what it reported besides the body's result.
func serving<T: Sendable>(
  _ interfaces: [VarlinkInterface], at path: String, limits: VarlinkServer.Limits = .init(),
  _ body: @Sendable () async throws -> T
) async throws -> (result: T, reports: [VarlinkError]) {
  let identity = VarlinkService.Identity(vendor: "Suture", product: "test", version: "1", url: "https://example.org")
  let reports = Mutex<[VarlinkError]>([])
  let service = try VarlinkService(identity, interfaces)
  let server = VarlinkServer(service, at: path, limits: limits) { error in reports.withLock { $0.append(error) } }
  let (started, gate) = AsyncStream.makeStream(of: Void.self)
  let result = try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
      defer { gate.finish() }
      try await server.run { gate.yield() }
    }
    var isListening = false
    for await _ in started {
      isListening = true
      break
    }
    // A server that never listened says why.
    if !isListening { try await group.next() }
    defer { group.cancelAll() }
    return try await body()
  }
  return (result, reports.withLock { $0 })
}

/// An interface to try things on.
func sampleInterface(_ methods: [String: VarlinkInterface.Method] = [:]) throws -> VarlinkInterface {
  let description = try VarlinkDescription(
    parsing: """
      interface org.example.sample
      method Echo(text: string) -> (text: string, user: int, process: int)
      method Count(to: int) -> (number: int)
      method Wait() -> ()
      method Fail() -> ()
      method Refuse() -> ()
      method Missing() -> ()
      error Refused (reason: string)
      error Failed (reason: string)
      """)
  let standard: [String: VarlinkInterface.Method] = [
    "Echo": { request in
      [
        "text": .string(request.string("text") ?? ""), "user": .integer(Int64(request.caller.user)),
        "process": .integer(Int64(request.caller.pid)),
      ]
    },
    "Count": { request in
      let last = request.parameters["to"]?.integer ?? 0
      for number in 0..<last { request.replies.send(["number": .integer(number)]) }
      return ["number": .integer(last)]
    },
    "Wait": { _ in
      try await Task.sleep(for: .seconds(600))
      return [:]
    },
    "Fail": { _ in throw LinuxError("do", "it", code: 28) },
    "Refuse": { _ in throw VarlinkFailure("org.example.sample.Refused", ["reason": "no"]) },
  ]
  return VarlinkInterface(description, standard.merging(methods) { $1 })
}

/// Sends bytes as they are and returns everything that comes back until the service closes the connection, or until
/// `enough` is content with what came.
func exchangeRaw(
  _ bytes: [UInt8], at path: String, until enough: @Sendable ([UInt8]) -> Bool = { _ in false }
) async throws -> [UInt8] {
  let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
    .connect(unixDomainSocketPath: path) { channel in
      channel.eventLoop.makeCompletedFuture {
        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
      }
    }
  return try await channel.executeThenClose { inbound, outbound in
    var received: [UInt8] = []
    do {
      if !bytes.isEmpty { try await outbound.write(ByteBuffer(bytes: bytes)) }
      for try await piece in inbound {
        received += piece.readableBytesView
        if enough(received) { break }
      }
    } catch is IOError {
      // The service closed while this was still writing.
    } catch is ChannelError {}
    return received
  }
}

/// The messages in bytes, each without its NUL.
func messages(_ bytes: [UInt8]) throws -> [VarlinkReply] {
  try bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
    try VarlinkReply(parsing: Array($0))
  }
}
