import EngineIO
import Orders
import Testing

@Suite struct SocketIOSessionTests {
  private func fresh(_ change: (inout SocketIOOptions) -> Void = { _ in }) -> SocketIOSession {
    var options = SocketIOOptions()
    options.namespaces = ["/", "/custom"]
    change(&options)
    return SocketIOSession(options: options, nowMs: 0)
  }

  private func joined(_ change: (inout SocketIOOptions) -> Void = { _ in }) -> SocketIOSession {
    var session = fresh(change)
    _ = receive("0", &session)
    _ = session.accept("/", sid: "s")
    return session
  }

  private func receive(_ text: String, _ session: inout SocketIOSession) -> [SocketIOAction] {
    session.receive(text: Array(text.utf8))
  }

  private func sent(_ text: String) -> SocketIOAction { .send(.text(Array(text.utf8))) }

  private func arguments(_ action: SocketIOAction?) -> SocketIOArguments? {
    switch action {
    case .deliver(.event(_, _, let arguments, _))?, .deliver(.acknowledged(_, _, let arguments))?: arguments
    default: nil
    }
  }

  @Test func asksItsOwnerBeforeItLetsAClientIn() {
    var session = fresh()
    #expect(
      receive(#"0{"token":"t"}"#, &session)
        == [.deliver(.connect(namespace: "/", auth: Array(#"{"token":"t"}"#.utf8)))])
    #expect(session.namespaces == [])
    #expect(session.deadlineMs == 45_000)
    #expect(session.accept("/", sid: "s", pid: "p") == [sent(#"40{"sid":"s","pid":"p"}"#)])
    #expect(session.namespaces == ["/"])
    #expect(session.deadlineMs == .max)
    #expect(session.accept("/", sid: "s") == [])
  }

  @Test func tellsARefusedClientWhyAndLetsItAskAgain() {
    var session = fresh()
    _ = receive("0", &session)
    #expect(
      session.refuse("/", message: "token expired", data: Array(#"{"code":"expired"}"#.utf8))
        == [sent(#"44{"message":"token expired","data":{"code":"expired"}}"#)])
    #expect(session.refuse("/", message: "again") == [])
    #expect(session.deadlineMs == 45_000)
    #expect(receive("0", &session) == [.deliver(.connect(namespace: "/", auth: Array("{}".utf8)))])
  }

  @Test func doesNotLetInAClientThatHasLeftMeanwhile() {
    var session = fresh()
    _ = receive("0", &session)
    #expect(receive("1", &session) == [.deliver(.left(namespace: "/"))])
    #expect(session.accept("/", sid: "s") == [])
  }

  @Test func closesAClientThatJoinsNothingInTime() {
    var session = fresh()
    _ = receive("0/custom,", &session)
    #expect(session.tick(nowMs: 44_999) == [])
    #expect(session.tick(nowMs: 45_000) == [.close(.connectTimeout)])
    #expect(session.isClosed)
    #expect(session.tick(nowMs: 50_000) == [])
    #expect(session.accept("/custom", sid: "s") == [])
    #expect(receive("0", &session) == [])
  }

  @Test func deliversAnEventAsItCame() throws {
    var session = joined()
    let actions = receive(#"27[ "a\u0062c" , 1 ,{"x":[ true ]},"é" ]"#, &session)
    guard case .deliver(.event("/", let name, let arguments, 7))? = actions.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(name == "abc")
    #expect(arguments.count == 3)
    #expect(String(decoding: arguments[0], as: UTF8.self) == "1")
    #expect(String(decoding: arguments[1], as: UTF8.self) == #"{"x":[ true ]}"#)
    #expect(String(decoding: arguments[2], as: UTF8.self) == "\"é\"")
    #expect(String(decoding: arguments.joined, as: UTF8.self) == #"1 ,{"x":[ true ]},"é""#)
    #expect(arguments.attachments == [])
  }

  @Test func takesANumberForAName() {
    var session = joined()
    guard case .deliver(.event(_, "42", let arguments, nil))? = receive("2[42]", &session).first else {
      Issue.record("no event")
      return
    }
    #expect(arguments.count == 0)
    #expect(arguments.joined == [])
  }

  @Test(
    arguments: [
      ("2", .badPayload), ("2{}", .badPayload), ("2[]", .badPayload), ("2[null]", .badPayload),
      ("2[{}]", .badPayload), ("2[\"a\"", .badPayload), ("2[\"a\"]x", .badPayload), ("2[\"a\",]", .badPayload),
      ("2abc[\"a\"]", .badPayload), ("2-1[\"a\"]", .badPayload), ("2[\"\\ud800\"]", .badPayload),
      ("2[\"a\",01]", .badPayload), ("2[\"a\",NaN]", .badPayload), ("2[\"a\",'b']", .badPayload),
      ("21.5[\"a\"]", .badPayload), ("3[1]", .badAckID), ("31{}", .badPayload), ("31", .badPayload),
      ("1{}", .badPayload), ("1[]", .badPayload), ("11", .badPayload), ("0/custom,[]", .badPayload),
      ("0/custom,\"a\"", .badPayload), ("0/custom,{", .badPayload), ("0/custom,1{}", .badAckID), ("0", .badState),
      ("4{}", .badState), ("4\"no\"", .badState), ("2/custom,[\"a\"]", .badState), ("1/custom", .badState),
      ("2/random,[\"a\"]", .badState), ("51-[\"a\",{\"_placeholder\":true,\"num\":1}]", .badPlaceholder),
      ("51-{}", .badPayload), ("2[\"connect\"]", .reservedName("connect")),
      ("2[\"disconnect\",1]", .reservedName("disconnect")),
      ("2[\"disconnectin\\u0067\"]", .reservedName("disconnecting")),
      ("2[\"connect_error\"]", .reservedName("connect_error")), ("2[\"newListener\"]", .reservedName("newListener")),
      ("2[\"removeListener\"]", .reservedName("removeListener")),
    ] as [(String, SocketIOFault)])
  func closesUponABadPacket(text: String, fault: SocketIOFault) {
    var session = joined()
    #expect(receive(text, &session) == [.close(.fault(fault))])
    #expect(session.isClosed)
    #expect(receive(#"2["a"]"#, &session) == [])
  }

  @Test func closesAClientThatDoesNotConnectFirst() {
    var session = fresh()
    #expect(receive(#"2["a"]"#, &session) == [.close(.fault(.badState))])
    session = fresh()
    _ = receive("0", &session)
    #expect(receive(#"2["early"]"#, &session) == [.close(.fault(.badState))])
  }

  @Test func boundsArgumentsAndDepth() {
    let many = "2[\"a\"" + String(repeating: ",1", count: 64) + "]"
    var session = joined()
    #expect(receive(many, &session) == [.close(.fault(.badPayload))])
    session = joined()
    #expect(receive("2[\"a\"" + String(repeating: ",1", count: 63) + "]", &session).count == 1)
    let deep = "2[\"a\"," + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "]"
    #expect(receive(deep, &session) == [.close(.fault(.badPayload))])
    session = joined()
    let fits = "2[\"a\"," + String(repeating: "[", count: 31) + String(repeating: "]", count: 31) + "]"
    #expect(receive(fits, &session).count == 1)
  }

  // MARK: Attachments

  @Test func putsAttachmentsWithTheirPacket() {
    var session = joined()
    #expect(receive(#"52-3["up",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#, &session) == [])
    #expect(session.receive(binary: [1]) == [])
    let whole = arguments(session.receive(binary: [2]).first)
    #expect(whole?.attachments == [[1], [2]])
    #expect(whole?.count == 2)
    #expect(receive(#"2["next"]"#, &session).count == 1)
  }

  @Test func closesUponMessagesOutOfTurn() {
    var session = joined()
    #expect(session.receive(binary: [1]) == [.close(.fault(.unexpectedMessage))])
    session = joined()
    _ = receive(#"51-["a"]"#, &session)
    #expect(receive(#"2["b"]"#, &session) == [.close(.fault(.unexpectedMessage))])
  }

  @Test func boundsTheBytesOfAttachments() {
    var session = joined { $0.attachmentLimitBytes = 3 }
    _ = receive(#"52-["a"]"#, &session)
    #expect(session.receive(binary: [1, 2]) == [])
    #expect(session.receive(binary: [1, 2]) == [.close(.fault(.attachmentsTooLarge(limitBytes: 3)))])
  }

  // MARK: Out

  @Test func asksForAnAckAndTakesItOnce() throws {
    var session = joined()
    let asked = try session.ask("/", name: "q", arguments: Array("1".utf8))
    #expect(asked?.id == 0)
    #expect(asked?.actions == [sent(#"420["q",1]"#)])
    #expect(try session.ask("/", name: "q", arguments: [UInt8](), offset: "5-0")?.actions == [sent(#"421["q","5-0"]"#)])
    let answer = receive("30[7]", &session)
    guard case .deliver(.acknowledged("/", 0, let arguments))? = answer.first else {
      Issue.record("\(answer)")
      return
    }
    #expect(arguments.joined == Array("7".utf8)[...])
    #expect(receive("30[7]", &session) == [])
    #expect(receive("399[]", &session) == [])
    session.forgetAck("/", id: 1)
    #expect(receive("31[]", &session) == [])
    #expect(!session.isClosed)
  }

  @Test func takesAnAckWithAttachments() throws {
    var session = joined()
    _ = try session.ask("/", name: "q", arguments: [UInt8]())
    _ = receive(#"61-0[{"_placeholder":true,"num":0}]"#, &session)
    #expect(arguments(session.receive(binary: [9]).first)?.attachments == [[9]])
  }

  @Test func boundsTheAcksThatAreOwed() throws {
    var session = joined { $0.awaitedAckLimit = 1 }
    #expect(try session.ask("/", name: "q", arguments: [UInt8]()) != nil)
    #expect(try session.ask("/", name: "q", arguments: [UInt8]()) == nil)
    _ = receive("30[]", &session)
    #expect(try session.ask("/", name: "q", arguments: [UInt8]()) != nil)
  }

  @Test func sendsOnlyIntoNamespacesThatAreJoined() throws {
    var session = joined()
    #expect(
      try session.emit("/", name: "e", arguments: Array("{}".utf8), offset: "1-0") == [sent(#"42["e",{},"1-0"]"#)])
    #expect(try session.emit("/custom", name: "e", arguments: [UInt8]()) == [])
    #expect(session.acknowledge("/", id: 4, arguments: Array("1,2".utf8)) == [sent("434[1,2]")])
    #expect(session.acknowledge("/custom", id: 4, arguments: [UInt8]()) == [])
    #expect(throws: SocketIOFault.reservedName("disconnect")) {
      try session.emit("/", name: "disconnect", arguments: [UInt8]())
    }
    #expect(throws: SocketIOFault.reservedName("connect")) {
      try session.ask("/", name: "connect", arguments: [UInt8]())
    }
  }

  @Test func passesOverWhatAClientSentBeforeItKnewThatItIsOut() {
    var session = joined()
    #expect(session.disconnect("/") == [sent("41")])
    #expect(session.disconnect("/") == [])
    #expect(session.namespaces == [])
    #expect(receive(#"2["a"]"#, &session) == [])
    #expect(receive("30[]", &session) == [])
    #expect(receive("1", &session) == [])
    #expect(receive("0", &session) == [.deliver(.connect(namespace: "/", auth: Array("{}".utf8)))])
    #expect(session.accept("/", sid: "t") == [sent(#"40{"sid":"t"}"#)])
    #expect(receive(#"2["a"]"#, &session).count == 1)
  }

  @Test func keepsTheOtherNamespaceWhenOneIsLeft() throws {
    var session = joined()
    _ = receive("0/custom,", &session)
    _ = session.accept("/custom", sid: "c")
    #expect(session.namespaces == ["/", "/custom"])
    #expect(receive("1/custom,", &session) == [.deliver(.left(namespace: "/custom"))])
    #expect(try session.emit("/", name: "e", arguments: [UInt8]()) == [sent(#"42["e"]"#)])
  }
}
