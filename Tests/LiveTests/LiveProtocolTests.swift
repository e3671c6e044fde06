import Orders
import Testing

@testable import LiveProtocol

@Suite struct LiveProtocolTests {
  @Test func computesTheAcceptKeyOfTheStandardsExample() {
    #expect(Handshake.accept(key: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    for key in ["", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=!", "dGhlIHNhbXBsZSBub25jZSE5OQ=="] as [Text] {
      #expect(Handshake.accept(key: key) == nil)
    }
  }

  @Test func hashesMessagesOfEveryPaddedLength() {
    #expect(Handshake.base64(Handshake.sha1([])) == "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
    #expect(Handshake.base64(Handshake.sha1([UInt8](repeating: 0x61, count: 64))) == "AJi6gktcFkJ716ESKlpEKiXsZE0=")
  }

  @Test func cutsTheFrameOfAnEventFromItsEnvelope() throws {
    let message = Array(
      " {\"offset\":\"1-0\",\"id\":\"o:7\",\"seq\":7,\"tenant\":\"t\",\"type\":\"order:updated\",\"orderId\":\"o\",\"at\":\"2026-01-02T03:04:05.678Z\",\"data\":{\"a\":[1, {\"b\":\"}\\\"\"}]}} "
        .utf8)
    try message.withUnsafeBytes { bytes in
      let envelope = try Envelope.read(bytes)
      var frame: [UInt8] = []
      PlainFrame.append(envelope, of: bytes, to: &frame)
      let json =
        "{\"type\":\"order:updated\",\"data\":{\"a\":[1, {\"b\":\"}\\\"\"}]},\"id\":\"o:7\",\"seq\":7,\"offset\":\"1-0\"}"
      #expect(frame == [0x81, UInt8(json.utf8.count)] + Array(json.utf8))
      #expect(envelope.isOf(tenant: "t", in: bytes))
      #expect(!envelope.isOf(tenant: "tt", in: bytes))
      #expect(envelope.atMillis(in: bytes) == 1_767_323_045_678)
    }
  }

  @Test func leavesTheOffsetOutWhereThereIsNone() throws {
    let message = Array(TestBus.envelope("t", seq: 1, data: "\"" + String(repeating: "x", count: 70_000) + "\"").utf8)
    try message.withUnsafeBytes { bytes in
      var frame: [UInt8] = []
      PlainFrame.append(try Envelope.read(bytes), of: bytes, to: &frame)
      #expect(!String(decoding: frame, as: UTF8.self).contains("offset"))
      #expect(frame[1] == 127)
      #expect(frame.count - 10 == frame[2..<10].reduce(0) { $0 << 8 | Int($1) })
      #expect(ServerFrame.end(ofFrameBefore: 1, in: frame + [0x81, 0]) == frame.count)
      #expect(ServerFrame.end(ofFrameBefore: frame.count, in: frame + [0x81, 0]) == frame.count)
      #expect(ServerFrame.end(ofFrameBefore: frame.count + 1, in: frame + [0x81, 0]) == frame.count + 2)
      #expect(ServerFrame.end(ofFrameBefore: 0, in: frame) == 0)
    }
  }

  @Test(arguments: [
    "", "{", "[]", "{}x", "{\"id\":}", "{\"id\":1,}", "{,}", "{\"id\" 1}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":1e}",
    "{\"a\":-}", "{\"a\":+1}", "{\"a\":tru}", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}",
    "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":{\"b\"}}", "{\"a\":[}]}", "{\"a\":NaN}", "{a:1}", "{\"a\":'b'}",
    "{\"a\":[[]",
  ])
  func refusesWhatIsNoEnvelope(text: String) {
    #expect(throws: JSONFault.self) { try Array(text.utf8).withUnsafeBytes { try Envelope.read($0) } }
  }

  @Test func refusesAnEnvelopeThatIsBrokenInAnyOnePlace() throws {
    let whole = Array(TestBus.envelope("t", seq: 1, data: "{\"a\":[true,null,-1.5e+3,\"\\u00e4\"],\"b\":{}}").utf8)
    _ = try whole.withUnsafeBytes { try Envelope.read($0) }
    for end in 0..<whole.count {
      #expect(throws: JSONFault.self) { try Array(whole[..<end]).withUnsafeBytes { try Envelope.read($0) } }
    }
    for part in ["\"seq\":1,", "\"tenant\":\"t\",", "\"type\":\"order:updated\","] {
      let text = String(decoding: whole, as: UTF8.self)
      let without = text.split(separator: part, omittingEmptySubsequences: false).joined()
      #expect(throws: JSONFault.self) { try Array(without.utf8).withUnsafeBytes { try Envelope.read($0) } }
      let twice = text.split(separator: part, omittingEmptySubsequences: false).joined(separator: part + part)
      #expect(throws: JSONFault.duplicateName) { try Array(twice.utf8).withUnsafeBytes { try Envelope.read($0) } }
    }
    var badText = whole
    badText[badText.count - 20] = 0xff
    #expect(throws: JSONFault.self) { try badText.withUnsafeBytes { try Envelope.read($0) } }
  }

  @Test func boundsHowDeepJSONNests() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array(
        TestBus.envelope(
          "t", seq: 1, data: String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        ).utf8)
    }
    _ = try nested(31).withUnsafeBytes { try Envelope.read($0) }
    #expect(throws: JSONFault.tooDeep) { try nested(32).withUnsafeBytes { try Envelope.read($0) } }
    #expect(throws: JSONFault.tooDeep) { try nested(10_000).withUnsafeBytes { try Envelope.read($0) } }
  }

  @Test func readsEveryCommand() throws {
    func read(_ text: String) throws -> PlainCommand { try PlainCommand.read(Array(text.utf8)) }
    #expect(try read("{\"type\":\"subscribe:orders\"}") == .subscribeOrders(tenant: nil))
    #expect(try read("{\"tenantId\":\"a\",\"type\":\"subscribe:orders\"}") == .subscribeOrders(tenant: "a"))
    #expect(try read("{\"type\":\"unsubscribe:orders\",\"x\":[1]}") == .unsubscribeOrders(tenant: nil))
    #expect(try read("{\"type\":\"recover\",\"offset\":\"1-0\"}") == .recover(offset: "1-0"))
    #expect(try read("{\"ty\\u0070e\":\"p\\u0069ng\"}") == .ping)
    #expect(try read("{\"type\":\"auth\",\"token\":\"\\ud83d\\ude00\\n\"}") == .auth(token: "😀\n"))
  }

  @Test func refusesWhatIsNoCommand() {
    func fault(_ text: String) -> CommandFault? {
      do { _ = try PlainCommand.read(Array(text.utf8)) } catch { return error }
      return nil
    }
    #expect(fault("[1]") == .json(.notAnObject))
    #expect(fault("{}") == .json(.wrongMember("type")))
    #expect(fault("{\"type\":1}") == .json(.wrongMember("type")))
    #expect(fault("{\"type\":\"auth\"}") == .json(.wrongMember("token")))
    #expect(fault("{\"type\":\"subscribe:orders\",\"tenantId\":null}") == .json(.wrongMember("tenantId")))
    #expect(fault("{\"type\":\"ping\",\"t\\u0079pe\":\"ping\"}") == .json(.duplicateName))
    #expect(fault("{\"type\":\"ping\",\"a\":[[[[1]]]]}") == .json(.tooDeep))
    #expect(fault("{\"type\":\"\\ud800\"}") == .json(.malformed(at: 8)))
    #expect(fault("{\"type\":\"dance\"}") == .unknownType("dance"))
    #expect(fault("{" + (0..<17).map { "\"a\($0)\":1" }.joined(separator: ",") + "}") == .json(.tooManyMembers))
  }

  @Test func twoSpellingsOfAMemberAreTwoMembers() throws {
    #expect(try PlainCommand.read(Array("{\"type\":\"ping\",\"\u{e9}\":1,\"e\u{301}\":2}".utf8)) == .ping)
    #expect(throws: CommandFault.json(.duplicateName)) {
      try PlainCommand.read(Array("{\"type\":\"ping\",\"e\u{301}\":1,\"e\\u0301\":2}".utf8))
    }
    #expect(throws: CommandFault.unknownType("ping\u{301}")) {
      try PlainCommand.read(Array("{\"type\":\"ping\u{301}\"}".utf8))
    }
  }

  @Test func cutsACloseReasonBetweenCharacters() {
    let frame = ServerFrame.close(.tooSlow, String(repeating: "é", count: 100))
    #expect(frame.count == 2 + 2 + 122)
    #expect(Array(frame[..<4]) == [0x88, 124, 0x11, 0x38])
  }
}
