import Testing

@testable import EngineIO

@Suite struct EnginePayloadTests {
  private func decode(_ text: String, limit: Int = 16) throws(EngineFault) -> [EnginePacket] {
    try EnginePayload.decode(Array(text.utf8), packetLimit: limit)
  }

  private func fault(_ body: [UInt8], limit: Int = 16) -> EngineFault? {
    do throws(EngineFault) {
      _ = try EnginePayload.decode(body, packetLimit: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test func readsPacketsOfEveryType() throws {
    #expect(
      try decode("0{}\u{1e}1\u{1e}2probe\u{1e}3\u{1e}4a€\u{1e}5\u{1e}6\u{1e}bAQIDBA==\u{1e}b\u{1e}4") == [
        .open, .close, .ping(Array("probe".utf8)), .pong, .text(Array("a€".utf8)), .upgrade, .noop,
        .binary([1, 2, 3, 4]), .binary([]), .text([]),
      ])
  }

  @Test func refusesWhatIsNoPacket() {
    #expect(fault([]) == .emptyPacket)
    #expect(fault(Array("4a\u{1e}\u{1e}4b".utf8)) == .emptyPacket)
    #expect(fault(Array("7".utf8)) == .unknownType(0x37))
    #expect(fault([0x34, 0xff]) == .notUTF8)
    #expect(fault([0x34, 0xc3, 0x1e, 0x34]) == .notUTF8)
    #expect(fault(Array("4\u{1e}4\u{1e}4".utf8), limit: 2) == .tooManyPackets(limit: 2))
    #expect(fault(Array("4\u{1e}4".utf8), limit: 2) == nil)
  }

  @Test(arguments: ["A", "AQ", "AQI", "AQ==AQ==", "A===", "====", "AQI=AQID", "AR==", "AQJ=", "AQ I", "AQI-", "AQID\n"])
  func refusesBase64ThatIsNotStrict(text: String) {
    #expect(fault(Array("b\(text)".utf8)) == .badBase64)
  }

  @Test(
    arguments: [
      ([], ""), ([0], "AA=="), ([0, 0], "AAA="), ([255, 255, 255], "////"), ([251, 240], "+/A="),
    ] as [([UInt8], String)])
  func writesAndReadsBase64(bytes: [UInt8], text: String) {
    var written: [UInt8] = []
    Base64.append(bytes, to: &written)
    #expect(String(decoding: written, as: UTF8.self) == text)
    #expect(Base64.decode(Array(text.utf8)[...]) == bytes)
  }

  @Test func countsTheBytesThatAFrameTakes() {
    for count in 0..<10 {
      for frame in [
        EngineFrame.binary(Array(repeating: 7, count: count)), .message(Array(repeating: 65, count: count)),
      ] {
        var body: [UInt8] = []
        EnginePayload.append(frame, to: &body)
        #expect(body.count == EnginePayload.byteCount(of: frame))
      }
    }
  }
}
