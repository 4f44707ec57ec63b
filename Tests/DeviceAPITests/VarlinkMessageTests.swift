import CanonicalJSON
import Testing

@testable import DeviceAPI

@Suite struct VarlinkMessageTests {
  private func call(_ text: String) throws(VarlinkError) -> VarlinkCall {
    try VarlinkCall(parsing: Array(text.utf8))
  }

  @Test func `a call survives the journey`() throws {
    let calls = [
      VarlinkCall("org.example.Do"), VarlinkCall("org.example.Do", ["a": 1, "b": ["c": nil]], wantsMore: true),
      VarlinkCall("org.example.Do", isOneway: true),
    ]
    for call in calls {
      #expect(call.message.last == 0)
      #expect(!call.message.dropLast().contains(0))
      #expect(try VarlinkCall(parsing: call.message.dropLast()) == call)
    }
  }

  @Test func `a reply survives the journey`() throws {
    let failure = VarlinkFailure("org.example.Broken", ["reason": "a NUL \u{0} in it"])
    for reply in [VarlinkReply(["a": 1]), VarlinkReply([:], continues: true), VarlinkReply(failure)] {
      #expect(!reply.message.dropLast().contains(0))
      #expect(try VarlinkReply(parsing: reply.message.dropLast()) == reply)
    }
    #expect(throws: VarlinkError.failure(failure)) { try VarlinkReply(failure).success() }
  }

  @Test(arguments: [
    "", "null", "[]", "7", #"{"method": 7}"#, #"{"parameters": {}}"#, #"{"method": "a.B", "parameters": []}"#,
    #"{"method": "a.B", "parameters": null}"#, #"{"method": "a.B", "more": 1}"#, #"{"method": "a.B", "surplus": 1}"#,
    #"{"method": "a.B", "upgrade": true}"#, #"{"method": "a.B", "more": true, "oneway": true}"#,
    #"{"method": "a.B", "method": "a.C"}"#, #"{"method": "a.B", "parameters": {"x": 1.5}}"#, #"{"method": "a.B"} x"#,
    #"{"method": "a.B", "parameters": {"x": "\ud800"}}"#, #"{"method": "a.B""#,
  ])
  func `what is no call is refused with a sentence`(text: String) throws {
    let error = try #require(throws: VarlinkError.self) { try call(text) }
    #expect(error.description.hasPrefix("a message "))
  }

  @Test func `parameters nested a thousand deep are refused and do not trap`() {
    let depth = 1_000
    let text =
      #"{"method":"a.B","parameters":"# + String(repeating: #"{"x":"#, count: depth)
      + "1" + String(repeating: "}", count: depth + 1)
    #expect(throws: VarlinkError.self) { try call(text) }
  }

  @Test func `a method's name is taken apart at its last dot`() {
    #expect(VarlinkCall("io.suture.Device.Look").name?.interface == "io.suture.Device")
    #expect(VarlinkCall("io.suture.Device.Look").name?.method == "Look")
    #expect(VarlinkCall("Look").name == nil)
    #expect(VarlinkCall(".").name?.interface == "")
  }
}
