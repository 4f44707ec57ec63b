import NIOCore
import Testing

@testable import DeviceAPI

@Suite struct FrameReaderTests {
  private func read(_ pieces: [[UInt8]], limit: Int = 8) throws -> [[UInt8]] {
    var frames = FrameReader(limit: limit)
    var found: [[UInt8]] = []
    for piece in pieces {
      frames.append(ByteBuffer(bytes: piece))
      while let message = try frames.next() { found.append(message) }
    }
    return found
  }

  @Test func `messages come out the same however the bytes arrive`() throws {
    let bytes: [UInt8] = [1, 2, 3, 0, 0, 4, 5, 6, 7, 8, 9, 10, 11, 0, 12]
    let expected: [[UInt8]] = [[1, 2, 3], [], [4, 5, 6, 7, 8, 9, 10, 11]]
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
        #expect(try read(pieces) == expected)
      }
    }
    #expect(try read(bytes.map { [$0] }) == expected)
  }

  @Test func `a message of the limit is read and one byte more is refused before its end is seen`() throws {
    let limit = [UInt8](repeating: 1, count: 8)
    #expect(try read([limit + [0]]) == [limit])
    #expect(throws: VarlinkError.messageTooLong(limit: 8)) { try read([limit + [1, 0]]) }
    #expect(throws: VarlinkError.messageTooLong(limit: 8)) { try read([limit, [1]]) }
  }

  @Test func `an unfinished message is known as one`() throws {
    var frames = FrameReader(limit: 8)
    #expect(!frames.isInsideMessage)
    frames.append(ByteBuffer(bytes: [1, 0, 2]))
    #expect(try frames.next() == [1])
    #expect(frames.isInsideMessage)
    #expect(try frames.next() == nil)
    frames.append(ByteBuffer(bytes: [0]))
    #expect(try frames.next() == [2])
    #expect(!frames.isInsideMessage)
  }
}
