import Foundation
import HubTestSupport
import LiveProtocol
import Testing

/// Mutated bytes against the parsers below the protocols: JSON and WebSocket frames. Nothing may trap or hang.
///
/// `FUZZ_COUNT` gives another number of inputs, `FUZZ_SEED` another beginning.
@Suite struct ProtocolFuzzTests {
  private static func setting(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
  }
  private let count = setting("FUZZ_COUNT").map { Int(clamping: $0) } ?? 60_000
  private let seed = setting("FUZZ_SEED") ?? 1

  private static let objects = [
    #"{"a":1,"b":[true,false,null],"c":{"d":"e"}}"#, #"{"type":"auth","token":"a.b.c"}"#,
    #"{"n":[-0.5,10,0,12.25],"s":"\\\"\/\n\té€𝄞"}"#, #" { "x" : [ { } , [ ] ] } "#,
    "{\"\u{e9}\":1,\"e\u{301}\":\"t\u{301}\u{316}\"}",
  ].map { Array($0.utf8) }

  private static let tokens =
    Array("0123456789-+.,:[]{}\"\\/ntrueflsE \n\t".utf8) + [0, 0x1f, 0x7f, 0x80, 0x81, 0x96, 0xc3, 0xcc, 0xed, 0xff]

  private func mutant(of bytes: [UInt8], by mutations: Int, _ random: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<mutations {
      let position = random.below(bytes.count + 1)
      let token = Self.tokens[random.below(Self.tokens.count)]
      switch random.below(5) {
      case 0: bytes.insert(token, at: position)
      case 1: if position < bytes.count { bytes[position] = token }
      case 2: if position < bytes.count { bytes[position] ^= 1 << UInt8(random.below(8)) }
      case 3: bytes.removeSubrange(position..<min(bytes.count, position + 1 + random.below(3)))
      default: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + random.below(12))], at: position)
      }
    }
    return bytes
  }

  @Test func whatTheScannerTakesIsJSON() async throws { try await onThread { scan() } }

  private func scan() {
    var random = SplitMix(state: seed)
    var taken = 0
    for _ in 0..<count {
      let bytes = mutant(of: Self.objects[random.below(Self.objects.count)], by: 1 + random.below(3), &random)
      var last = 0
      let isTaken = bytes.withUnsafeBytes { buffer in
        var scanner = JSONScanner(buffer)
        do throws(JSONFault) {
          try scanner.members(limit: 16, depthLimit: 8, { $0 }) { name, value throws(JSONFault) in
            // Names and values stand in order and within the bytes.
            if name.lowerBound < last || value.lowerBound < name.upperBound || value.upperBound > bytes.count {
              Issue.record("\(bytes): \(name) \(value)")
            }
            last = value.upperBound
          }
          return true
        } catch {
          return false
        }
      }
      guard isTaken else { continue }
      taken += 1
      // A second opinion, which does not count where a number is out of its range.
      let object = try? JSONSerialization.jsonObject(with: Data(bytes))
      if object as? [String: Any] == nil, !Self.hasLongNumber(bytes) {
        Issue.record("took \(String(decoding: bytes, as: UTF8.self)), seed \(seed)")
      }
    }
    #expect(taken > count / 50)
    #expect(taken < count)
  }

  /// Whether a number may be out of the other parser's range.
  private static func hasLongNumber(_ bytes: [UInt8]) -> Bool {
    bytes.split { !(0x30...0x39).contains($0) }.contains { $0.count > 15 }
      || String(decoding: bytes, as: UTF8.self).contains(#/[0-9][eE]/#)
  }

  @Test func framesMeanTheSameHoweverTheyAreCut() async throws { try await onThread { cut() } }

  private func cut() {
    var random = SplitMix(state: seed &+ 1)
    let parsers = FrameParsers(messageLimitBytes: 2_000, fragmentLimit: 6)
    var messages = 0
    var ends = 0
    for _ in 0..<(count / 4) {
      var stream: [UInt8] = []
      for _ in 0...random.below(5) { stream += frames(&random) }
      if random.below(3) > 0 { stream = mutant(of: stream, by: 1 + random.below(3), &random) }
      let whole = events(stream, cutBy: { stream.count }, parsers)
      let cut = events(stream, cutBy: { 1 + random.below(40) }, parsers)
      if !Self.isSame(whole, cut) { Issue.record("\(stream) came to \(whole), cut to \(cut), seed \(seed)") }
      for event in whole {
        switch event {
        case .text(let bytes):
          messages += 1
          if String(validating: bytes, as: UTF8.self) == nil { Issue.record("took text that is none: \(bytes)") }
          if bytes.count > 2_000 { Issue.record("took \(bytes.count) bytes") }
        case .binary: messages += 1
        case .closed, .violated: ends += 1
        case .ping, .pong: break
        }
      }
    }
    #expect(messages > count / 20)
    #expect(ends > count / 40)
  }

  /// Whether two readings of one stream agree. How a close frame ends them may differ: the library takes the first two
  /// bytes of each piece of it for the code, so a reason that comes in pieces is judged another way. It is over anyway.
  private static func isSame(_ one: [WebSocketEvent], _ other: [WebSocketEvent]) -> Bool {
    /// What came before the end, and the code of the end if there was one.
    func parts(_ events: [WebSocketEvent]) -> (messages: ArraySlice<WebSocketEvent>, end: UInt16?) {
      switch events.last {
      case .closed(let code): (events.dropLast(), code)
      case .violated(let code): (events.dropLast(), code.rawValue)
      case .text, .binary, .ping, .pong, nil: (events[...], nil)
      }
    }
    let (one, other) = (parts(one), parts(other))
    if one.messages != other.messages { return false }
    // An end that only one reading has come to is that of a reason which is not text.
    if one.end != nil, other.end != nil { return true }
    return (one.end ?? other.end ?? 1007) == 1007
  }

  /// A message, whole or in fragments with a ping between them, or a control frame.
  private func frames(_ random: inout SplitMix) -> [UInt8] {
    let opcode: UInt8 = random.below(3) == 0 ? 2 : 1
    let payload = (0..<random.below(random.below(8) == 0 ? 2_100 : 140)).map { _ in UInt8(0x20 + random.below(90)) }
    switch random.below(6) {
    case 0: return WebSocketClient.frame(opcode: 9, Array(payload.prefix(125)))
    case 1: return random.below(4) == 0 ? WebSocketClient.frame(opcode: 8, [0x03, 0xe8]) : []
    case 2:
      let cut = random.below(payload.count + 1)
      return WebSocketClient.frame(opcode: opcode, Array(payload[..<cut]), fin: false)
        + WebSocketClient.frame(opcode: 9, [1]) + WebSocketClient.frame(opcode: 0, Array(payload[cut...]))
    default: return WebSocketClient.frame(opcode: opcode, payload)
    }
  }

  /// What a stream comes to when it arrives in pieces; other clients use the same parsers meanwhile.
  private func events(_ stream: [UInt8], cutBy next: () -> Int, _ parsers: FrameParsers) -> [WebSocketEvent] {
    var receiver = WebSocketReceiver()
    var events: [WebSocketEvent] = []
    var rest = stream[...]
    while !rest.isEmpty, !receiver.isOver {
      let piece = rest.prefix(next())
      rest = rest.dropFirst(piece.count)
      events += piece.withUnsafeBytes { receiver.receive($0, parsers: parsers) }.events
      var other = WebSocketReceiver()
      let hello = WebSocketClient.frame(opcode: 1, Array("hello".utf8))
      let heard = hello.withUnsafeBytes { other.receive($0, parsers: parsers) }.events
      if heard != [.text(Array("hello".utf8))] { Issue.record("another client's hello came to \(heard)") }
    }
    return events
  }
}
