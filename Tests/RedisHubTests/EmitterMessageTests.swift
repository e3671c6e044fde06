import Foundation
import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import RedisHub

/// Messages as Python's `msgpack` 1.2 packs the named values: `[uid, packet, options]`.
enum EmitterHex {
  /// `["emitter", {type: 2, data: ["hello"], nsp: "/"}, {rooms: [], flags: {}, except: []}]`
  static let hello =
    "93a7656d697474657283a47479706502a46461746191a568656c6c6fa36e7370a12f83a5726f6f6d7390a5666c61677380a6657863657074"
    + "90"
  /// The event `order:note` with `{"text": "5 € \"net\"\n", "done": true, "n": null}` and the numbers 1, -1, 127, 128,
  /// -33, -129, 70000, -70000, 2^40, -2^40, 2^63, 0.5, to `tenant:north` and `b` of `/shop`, but for `user:ben`.
  static let note =
    "93a7656d697474657283a47479706502a46461746193aa6f726465723a6e6f746583a474657874ac3520e282ac20226e6574220aa4646f6e"
    + "65c3a16ec09c01ff7fcc80d0dfd1ff7fce00011170d2fffeee90cf0000010000000000d3ffffff0000000000cf8000000000000000cb3f"
    + "e0000000000000a36e7370a52f73686f7083a5726f6f6d7392ac74656e616e743a6e6f727468a162a5666c61677382a8766f6c6174696c"
    + "65c3a8636f6d7072657373c2a665786365707491a8757365723a62656e"
  /// A packet of type 5: `["file", b"\x01\x02", {"more": [b""]}]`, to `a`.
  static let file =
    "93a7656d697474657283a47479706505a46461746193a466696c65c402010281a46d6f726591c400a36e7370a12f83a5726f6f6d7391a161"
    + "a5666c61677380a665786365707490"
  /// `d` with timestamps of 2000-06-13, 2026-01-01 and 7 ms, 1 ms before 1970, the years 10000 and -1, one that no
  /// date reaches, then NaN, infinity, -0.0, 1e300 and 1.0.
  static let dates =
    "93a7656d697474657283a47479706502a4646174619ca164d6ff39457980d7ff01ab3f006955b900c70cff3b8b87c0ffffffffffffffffc7"
    + "0cff000000000000003afff44180c70cff00000000fffffff184aa5080c70cff000000001000000000000000cb7ff8000000000000cb7f"
    + "f0000000000000cb8000000000000000cb7e37e43c8800759ccb3ff0000000000000a36e7370a12f83a5726f6f6d7390a5666c61677380"
    + "a665786365707490"
  /// `d` as notepack.io 2 has it: undefined, `{"a": undefined, "b": 1}`, the date 2026-01-01 and 7 ms, an ArrayBuffer of
  /// `abc`, then an extension of type 7 that nobody knows.
  static let older =
    "93a7656d697474657283a47479706502a46461746196a164d4000082a161d40000a16201d7000000019b76daa807c70300616263d5077a7a"
    + "a36e7370a12f82a5726f6f6d7390a5666c61677380"

  static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
      UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
    }
  }
}

@Suite struct EmitterMessageTests {
  private func read(_ bytes: [UInt8], _ channel: String = "socket.io#/#") throws(EmitterFault) -> EmittedEvent {
    let outcome = bytes.withUnsafeBytes { content in
      Array(channel.utf8).withUnsafeBytes { name in
        Result { () throws(EmitterFault) in try EmitterMessage.read(content, channel: name) }
      }
    }
    return try outcome.get()
  }

  /// `["e", {type: 2, data: ["x", …], nsp: "/"}, {}]` with one more value as data.
  private func message(_ value: [UInt8], count: UInt8 = 2) -> [UInt8] {
    EmitterHex.bytes("93a16583a47479706502a464617461") + [0x90 | count] + EmitterHex.bytes("a178") + value
      + EmitterHex.bytes("a36e7370a12f80")
  }

  @Test func readsAnEventForEverybody() throws {
    #expect(try read(EmitterHex.bytes(EmitterHex.hello)) == EmittedEvent(name: "hello"))
  }

  @Test func readsRoomsAndWhatIsSaid() throws {
    let event = try read(EmitterHex.bytes(EmitterHex.note), "socket.io#/shop#")
    let said =
      #"{"text":"5 € \"net\"\n","done":true,"n":null},"#
      + "[1,-1,127,128,-33,-129,70000,-70000,1099511627776,-1099511627776,9223372036854775808,0.5]"
    #expect(
      event
        == EmittedEvent(
          namespace: "/shop", rooms: ["tenant:north", "b"], except: ["user:ben"], name: "order:note",
          arguments: Array(said.utf8)))
  }

  @Test func putsBinariesAside() throws {
    let said =
      #"{"_placeholder":true,"num":0},{"more":[{"_placeholder":true,"num":1}]}"#
    #expect(
      try read(EmitterHex.bytes(EmitterHex.file), "socket.io#/#a#")
        == EmittedEvent(rooms: ["a"], name: "file", arguments: Array(said.utf8), attachments: [[1, 2], []]))
  }

  @Test func showsDatesAndNumbersAsABrowserDoes() throws {
    let said = try read(EmitterHex.bytes(EmitterHex.dates)).arguments
    #expect(
      String(decoding: said, as: UTF8.self) == #""2000-06-13T00:00:00.000Z","2026-01-01T00:00:00.007Z","#
        + #""1969-12-31T23:59:59.999Z","+010000-01-01T00:00:00.000Z","-000001-01-01T00:00:00.000Z",null,"#
        + "null,null,0,1e+300,1")
  }

  @Test func readsWhatOlderEmittersWrite() throws {
    let event = try read(EmitterHex.bytes(EmitterHex.older))
    #expect(
      String(decoding: event.arguments, as: UTF8.self) == #"null,{"b":1},"2026-01-01T00:00:00.007Z","#
        + #"{"_placeholder":true,"num":0},[7,{"_placeholder":true,"num":1}]"#)
    #expect(event.attachments == [Array("abc".utf8), Array("zz".utf8)])
  }

  @Test func repairsTextThatIsNoUTF8() throws {
    #expect(try read(message([0xa2, 0xff, 0x61])).arguments == Array("\"\u{fffd}a\"".utf8))
  }

  /// `{"rooms": ["é", "é"]}`, composed and decomposed: two rooms, as Socket.IO's own servers have it.
  @Test func twoSpellingsAreTwoRooms() throws {
    let event = try read(
      EmitterHex.bytes("93c082a47479706502a46461746191a16181a5726f6f6d7392a2c3a9a365cc81"))
    #expect(event.rooms == ["\u{e9}", "e\u{301}"])
    #expect(Set(event.rooms).count == 2)
  }

  @Test func refusesWhatIsNoEvent() throws {
    let cases: [(String, String)] = [
      ("", "it is cut off"), ("c0", "it is no array of three"), ("92c0c0", "it is no array of three"),
      ("93c0c080", "the packet is no map"), ("93c080c0", "the options are no map"),
      ("93c08080", "it is a packet of another type than an event"),
      ("93c081a47479706501" + "80", "it is a packet of another type than an event"),
      ("93c081a47479706502" + "80", "its data is no array that begins with a name"),
      ("93c082a47479706502a46461746190" + "80", "its data is no array that begins with a name"),
      ("93c082a47479706502a4646174619101" + "80", "its data is no array that begins with a name"),
      ("93c082a47479706502a46461746191a7636f6e6e656374" + "80", "the name connect is reserved"),
      ("93c082a47479706502a46461746191a1" + "7880c0", "something follows it"),
      ("93c081a36e737001" + "80", "its namespace is no string"), ("93c081a36e7370a32f6162" + "80", channelFault),
      ("93c0810101" + "80", "a name in a map is no string"), ("93c08081a5726f6f6d73a161", "the rooms are no array"),
      ("93c08081a5726f6f6d739101", "a room is no string"),
      ("93c1c0c0", "a value begins with the byte c1, which means nothing"),
    ]
    for (hex, reason) in cases {
      #expect(throws: EmitterFault(reason), "\(hex)") { try read(EmitterHex.bytes(hex)) }
    }
    #expect(throws: EmitterFault("a name in a map is no string")) { try read(message([0x81, 0x01, 0x01])) }
  }

  private let channelFault = "the channel is not that of its namespace"

  @Test func refusesAnotherNamespacesChannel() throws {
    let hello = EmitterHex.bytes(EmitterHex.hello)
    for channel in ["socket.io#/shop#", "socket.io#/", "other#/#", ""] {
      #expect(throws: EmitterFault(channelFault)) { try read(hello, channel) }
    }
    #expect(try read(hello, "socket.io#/#room#").name == "hello")
  }

  @Test func holdsToItsLimits() throws {
    let deepest = [UInt8](repeating: 0x91, count: 29) + [0xc0]
    #expect(try read(message(deepest)).arguments.count == 29 * 2 + 4)
    #expect(throws: EmitterFault("nested more than 32 deep")) { try read(message([0x91] + deepest)) }
    #expect(throws: EmitterFault("nested more than 32 deep")) {
      try read(message([UInt8](repeating: 0x91, count: 900_000)))
    }
    let ten = Array(repeating: [UInt8]([0xc4, 1, 7]), count: 10).flatMap(\.self)
    #expect(try read(message([0x9a] + ten)).attachments.count == 10)
    #expect(throws: EmitterFault("more than 10 binaries")) { try read(message([0x9b] + ten + [0xc4, 0])) }
    let many = [0xdd, 0, 0x01, 0x86, 0xa0] + [UInt8](repeating: 0, count: 100_000)
    #expect(throws: EmitterFault("more than 100000 values")) { try read(message(many)) }
    #expect(throws: EmitterFault("1048577 bytes, allowed are 1048576")) {
      try read([UInt8](repeating: 0, count: 1_048_577))
    }
    // What is announced must be there.
    for head in ["dd7fffffff", "df7fffffff", "db7fffffff", "c6ffffffff", "c9ffffffff00", "ddffffffff"] {
      #expect(throws: EmitterFault("it is cut off")) { try read(message(EmitterHex.bytes(head))) }
    }
  }

  @Test func neverFailsOtherwiseThanByRefusing() async throws { try await onThread { try readMutants() } }

  private func readMutants() throws {
    let spellings = "93c082a47479706502a46461746191a16181a5726f6f6d7392a2c3a9a365cc81"
    let seeds = [EmitterHex.hello, EmitterHex.note, EmitterHex.file, EmitterHex.dates, EmitterHex.older, spellings]
      .map(EmitterHex.bytes)
    var random = SplitMix(state: 20_260_101)
    var taken = 0
    for round in 0..<60_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.insert(UInt8.random(in: 0x80...255, using: &random), at: index)
        case 2: bytes.removeSubrange(index..<min(bytes.count, index + 3))
        default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 1...9, using: &random)))
        }
        if bytes.isEmpty { bytes = [0xc0] }
      }
      guard let event = try? read(bytes, round % seeds.count == 1 ? "socket.io#/shop#" : "socket.io#/#") else {
        continue
      }
      taken += 1
      // What is taken is JSON.
      let json = Array("[".utf8) + event.arguments + Array("]".utf8)
      #expect(throws: Never.self, "\(bytes)") { try JSONSerialization.jsonObject(with: Data(json)) }
      #expect(event.attachments.count <= MessagePackReader.attachmentLimit)
    }
    #expect(taken > 1_000)
  }
}
