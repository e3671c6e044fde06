import HubTestSupport
import Testing

@testable import LiveProtocol

@Suite struct WebSocketReceiverTests {
  private let parsers = FrameParsers(messageLimitBytes: 64 * 1024)

  private func receive(_ bytes: [UInt8], by step: Int = .max) -> WebSocketInput {
    var receiver = WebSocketReceiver()
    var all = WebSocketInput()
    for start in stride(from: 0, to: bytes.count, by: min(step, max(bytes.count, 1))) {
      let input = Array(bytes[start..<min(bytes.count, start + min(step, bytes.count))]).withUnsafeBytes {
        receiver.receive($0, parsers: parsers)
      }
      all.events += input.events
      all.replies += input.replies
    }
    return all
  }

  private func closeCode(_ input: WebSocketInput) -> UInt16? {
    guard input.replies.count >= 4, input.replies[0] == 0x88 else { return nil }
    return UInt16(input.replies[2]) << 8 | UInt16(input.replies[3])
  }

  private func frame(_ opcode: UInt8, _ text: String, fin: Bool = true) -> [UInt8] {
    WebSocketClient.frame(opcode: opcode, Array(text.utf8), fin: fin)
  }

  @Test(arguments: [1, 2, 3, 7, 4_096, Int.max]) func readsMessagesHoweverTheBytesAreCut(step: Int) {
    let long = String(repeating: "ä", count: 30_000)
    let bytes =
      frame(1, "hello") + frame(9, "p") + frame(1, "a", fin: false) + frame(9, "q") + frame(0, "b")
      + frame(1, long) + frame(2, "bin") + frame(1, "") + frame(10, "")
    let input = receive(bytes, by: step)
    #expect(
      input.events == [
        .text(Array("hello".utf8)), .ping, .ping, .text(Array("ab".utf8)), .text(Array(long.utf8)),
        .binary(Array("bin".utf8)), .text([]), .pong,
      ])
    #expect(input.replies == [0x8a, 1, 0x70, 0x8a, 1, 0x71])
  }

  @Test func aParserServesManyClientsAndIsHeldOnlyWithinAMessage() {
    var first = WebSocketReceiver()
    var second = WebSocketReceiver()
    let message = frame(1, "first")
    _ = Array(message[..<3]).withUnsafeBytes { first.receive($0, parsers: parsers) }
    let other = frame(1, "second").withUnsafeBytes { second.receive($0, parsers: parsers) }
    let rest = Array(message[3...]).withUnsafeBytes { first.receive($0, parsers: parsers) }
    #expect(other.events == [.text(Array("second".utf8))])
    #expect(rest.events == [.text(Array("first".utf8))])
  }

  @Test func refusesWhatBreaksTheProtocol() {
    let payload = Array("x".utf8)
    let unmasked = WebSocketClient.frame(opcode: 1, payload, masked: false)
    let reserved = WebSocketClient.frame(opcode: 1, payload, reserved: 4)
    let largeControl = WebSocketClient.frame(opcode: 9, [UInt8](repeating: 0, count: 126))
    let cutControl = WebSocketClient.frame(opcode: 9, payload, fin: false)
    let strayContinuation = WebSocketClient.frame(opcode: 0, payload)
    let interleaved = frame(1, "a", fin: false) + frame(1, "b")
    let unknown = WebSocketClient.frame(opcode: 3, payload)
    for bytes in [unmasked, reserved, largeControl, cutControl, strayContinuation, interleaved, unknown] {
      let input = receive(bytes)
      #expect(input.events == [.violated(.protocolError)])
      #expect(closeCode(input) == 1002)
    }
  }

  @Test func refusesTextThatIsNotUTF8() {
    for bad: [UInt8] in [[0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]] {
      let input = receive(WebSocketClient.frame(opcode: 1, bad))
      #expect(input.events == [.violated(.invalidText)])
      #expect(closeCode(input) == 1007)
    }
  }

  @Test func refusesMessagesThatAreTooLargeAtOnceOrInParts() {
    let limit = [UInt8](repeating: 0x61, count: 64 * 1024)
    #expect(receive(WebSocketClient.frame(opcode: 1, limit)).events == [.text(limit)])
    #expect(closeCode(receive(WebSocketClient.frame(opcode: 1, limit + [0x61]))) == 1009)
    let parts = WebSocketClient.frame(opcode: 1, limit, fin: false) + frame(0, "b")
    #expect(receive(parts).events == [.violated(.messageTooBig)])
  }

  @Test func refusesAMessageInFragmentsWithoutEnd() {
    var bytes = frame(1, "", fin: false)
    for _ in 0..<2_000 { bytes += frame(0, "", fin: false) }
    let input = receive(bytes, by: 512)
    #expect(input.events == [.violated(.messageTooBig)])
    #expect(closeCode(input) == 1009)
  }

  @Test func answersACloseWithTheSameCodeAndHearsNothingAfterIt() {
    let input = receive(WebSocketClient.frame(opcode: 8, [0x03, 0xe8]) + frame(1, "late"), by: 3)
    #expect(input.events == [.closed(1000)])
    #expect(input.replies == [0x88, 2, 0x03, 0xe8])
    #expect(receive(WebSocketClient.frame(opcode: 8, [])).events == [.closed(1005)])
  }
}
