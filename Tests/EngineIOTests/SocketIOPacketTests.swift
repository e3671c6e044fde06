import Orders
import Testing

@testable import EngineIO

@Suite struct SocketIOPacketTests {
  private let options = SocketIOOptions()

  private func read(_ text: String) throws(SocketIOFault) -> SocketIOPacket {
    try SocketIOPacket(Array(text.utf8), options: options)
  }

  private func fault(_ text: String) -> SocketIOFault? {
    do throws(SocketIOFault) {
      _ = try read(text)
      return nil
    } catch {
      return error
    }
  }

  @Test func readsEveryPart() throws {
    let packet = try read(#"52-/admin,13["baz"]"#)
    #expect(packet.kind == .event)
    #expect(packet.attachmentCount == 2)
    #expect(packet.namespace == "/admin")
    #expect(packet.ackID == 13)
    #expect(packet.json == 12..<19)
  }

  @Test(
    arguments: [
      ("0", .connect, "/", nil), ("0{}", .connect, "/", nil), ("0/admin,", .connect, "/admin", nil),
      ("0/admin", .connect, "/admin", nil), ("1", .disconnect, "/", nil), ("1/admin,", .disconnect, "/admin", nil),
      ("2[]", .event, "/", nil), ("212[]", .event, "/", 12), ("2/,1[]", .event, "/", 1),
      ("3/admin,13[]", .ack, "/admin", 13), ("4{}", .connectError, "/", nil), ("51-[]", .event, "/", nil),
      ("610-/a,9007199254740991[]", .ack, "/a", 9_007_199_254_740_991),
    ] as [(String, SocketIOPacket.Kind, Text, Int64?)])
  func readsThePartsThatThereAre(text: String, kind: SocketIOPacket.Kind, namespace: Text, ackID: Int64?) throws {
    let packet = try read(text)
    #expect(packet.kind == kind)
    #expect(packet.namespace == namespace)
    #expect(packet.ackID == ackID)
  }

  @Test(
    arguments: [
      ("", .unknownType), ("7", .unknownType), ("a", .unknownType), ("5", .badAttachmentCount),
      ("5[]", .badAttachmentCount), ("51", .badAttachmentCount), ("5-[]", .badAttachmentCount),
      ("50-[]", .badAttachmentCount), ("5a-[]", .badAttachmentCount), ("5-1-[]", .badAttachmentCount),
      ("51.5-[]", .badAttachmentCount), ("511-[]", .tooManyAttachments(limit: 10)),
      ("6999-[]", .tooManyAttachments(limit: 10)), ("699999999999999999999-[]", .badAttachmentCount),
      ("29007199254740992[]", .badAckID), ("299999999999999999999[]", .badAckID),
      ("0/" + String(repeating: "n", count: 128), .badNamespace),
    ] as [(String, SocketIOFault)])
  func refusesABadHead(text: String, expected: SocketIOFault) {
    #expect(fault(text) == expected)
  }

  @Test func refusesANamespaceThatIsNotUTF8() {
    #expect(throws: SocketIOFault.badNamespace) { try SocketIOPacket([0x30, 0x2f, 0xff, 0x2c], options: options) }
  }

  @Test(arguments: [
    (#"["a",{"_placeholder":true,"num":0}]"#, true), (#"["a",{"_placeholder":true,"num":2}]"#, false),
    (#"["a",{"num":1,"_placeholder":true}]"#, true), (#"["a",{"_placeholder":true}]"#, false),
    (#"["a",{"_placeholder":true,"num":"0"}]"#, false), (#"["a",{"_placeholder":true,"num":-1}]"#, false),
    (#"["a",{"_placeholder":true,"num":1.0}]"#, false), (#"["a",{"_placeholder":true,"num":null}]"#, false),
    (#"["a",{"_placeholder":false,"num":9}]"#, true), (#"["a",{"_placeholder":"true","num":9}]"#, true),
    (#"["a",{"x":[{"_placeholder" : true , "num" : 1 }]}]"#, true),
    (#"["a",{"x":[{"_placeholder" : true , "num" : 2 }]}]"#, false),
    (#"["a",{"\u005fplaceholder":true,"num":7}]"#, false), (#"["a","{\"_placeholder\":true,\"num\":7}"]"#, true),
    (#"["a",{"x":"_placeholder","y":true,"num":9}]"#, true), (#"["a",{"_placeholder":{"x":true},"num":9}]"#, true),
    (#"["a",{"_placeholder":true,"num":99999999999999999999999}]"#, false), ("[]", true),
  ])
  func judgesPlaceholders(json: String, areValid: Bool) {
    #expect(Placeholders.areValid(in: Array(json.utf8)[...], count: 2) == areValid)
  }
}

@Suite struct SocketIOFrameTests {
  private func text(_ frame: EngineFrame?) -> String? {
    guard case .text(let bytes)? = frame else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func writesConnectAndRefusal() {
    #expect(text(SocketIOFrame.connect("/", sid: "a\"b")) == #"40{"sid":"a\"b"}"#)
    #expect(text(SocketIOFrame.connect("/admin", sid: "s", pid: "p")) == #"40/admin,{"sid":"s","pid":"p"}"#)
    #expect(text(SocketIOFrame.connectError("/", message: "Not authorized")) == #"44{"message":"Not authorized"}"#)
    #expect(
      text(SocketIOFrame.connectError("/admin", message: "no", data: Array(#"{"code":1}"#.utf8)))
        == #"44/admin,{"message":"no","data":{"code":1}}"#)
    #expect(text(SocketIOFrame.disconnect("/")) == "41")
    #expect(text(SocketIOFrame.disconnect("/admin")) == "41/admin,")
  }

  @Test func writesEventsAndAcks() {
    let none: [UInt8] = []
    #expect(text(SocketIOFrame.event("/", name: "foo", arguments: none).first) == #"42["foo"]"#)
    #expect(text(SocketIOFrame.event("/a", name: "foo", arguments: none, ackID: 13).first) == #"42/a,13["foo"]"#)
    #expect(
      text(SocketIOFrame.event("/", name: "foo", arguments: Array("1,2".utf8), offset: "7-0").first)
        == #"42["foo",1,2,"7-0"]"#)
    #expect(text(SocketIOFrame.ack("/a", id: 13, arguments: Array("\"bar\"".utf8)).first) == #"43/a,13["bar"]"#)
    #expect(text(SocketIOFrame.ack("/", id: 12, arguments: none).first) == "4312[]")
    let placeholder = Array(#"{"_placeholder":true,"num":0}"#.utf8)
    #expect(
      SocketIOFrame.event("/a", name: "baz", arguments: placeholder, attachments: [[1, 2]], ackID: 1) == [
        .text(Array(#"451-/a,1["baz",{"_placeholder":true,"num":0}]"#.utf8)), .binary([1, 2]),
      ])
    #expect(
      SocketIOFrame.ack("/", id: 15, arguments: placeholder, attachments: [[1]]) == [
        .text(Array(#"461-15[{"_placeholder":true,"num":0}]"#.utf8)), .binary([1]),
      ])
  }

  @Test func writesAnEventForEveryClient() {
    func event(_ offset: String?) -> String {
      var bytes: [UInt8] = []
      let type = Array(#""order:created""#.utf8)
      let data = Array(#"{"order":1}"#.utf8)
      let offset = offset.map { Array($0.utf8) }
      type.withUnsafeBytes { type in
        data.withUnsafeBytes { data in
          guard let offset else { return SocketIOFrame.appendEvent(type: type, data: data, offset: nil, to: &bytes) }
          offset.withUnsafeBytes { SocketIOFrame.appendEvent(type: type, data: data, offset: $0, to: &bytes) }
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
    #expect(event(nil) == #"42["order:created",{"order":1}]"#)
    #expect(event("\"17-0\"") == #"42["order:created",{"order":1},"17-0"]"#)
  }
}
