import EngineIO
import Orders
import Testing

@Suite struct EngineSessionTests {
  private static let poll = EngineRequestID(1)
  private static let socket = EngineSocketID(9)

  private func polling(_ change: (inout EngineOptions) -> Void = { _ in }) -> EngineSession {
    var options = EngineOptions()
    change(&options)
    var actions: [EngineAction] = []
    return EngineSession(sid: "s", options: options, polledBy: Self.poll, nowMs: 0, actions: &actions)
  }

  private func onSocket() -> EngineSession {
    var actions: [EngineAction] = []
    return EngineSession(sid: "s", options: EngineOptions(), socket: Self.socket, nowMs: 0, actions: &actions)
  }

  private func payload(_ text: String) -> EngineAnswer { .payload(Array(text.utf8)) }
  private func message(_ text: String) -> EngineFrame { .message(Array(text.utf8)) }

  @Test func answersAPollWhenThereIsSomething() {
    var session = polling()
    #expect(session.poll(Self.poll, nowMs: 1) == [])
    #expect(session.send([message("a"), .binary([1])], nowMs: 2) == [.answer(Self.poll, payload("4a\u{1e}bAQ=="))])
    #expect(session.send([message("b")], nowMs: 3) == [])
    #expect(session.queuedBytes == 2)
    #expect(session.poll(Self.poll, nowMs: 4) == [.answer(Self.poll, payload("4b"))])
    #expect(session.queuedBytes == 0)
  }

  @Test func putsAtMostSixteenPacketsIntoAnAnswer() {
    var session = polling()
    _ = session.send((0..<20).map { message("\($0)") }, nowMs: 1)
    let first = (0..<16).map { "4\($0)" }.joined(separator: "\u{1e}")
    #expect(session.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, payload(first))])
    #expect(session.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, payload("416\u{1e}417\u{1e}418\u{1e}419"))])
    #expect(session.poll(Self.poll, nowMs: 2) == [])
  }

  @Test func putsNoMoreBytesIntoAnAnswerThanMaxPayload() {
    var session = polling { $0.maxPayloadBytes = 7 }
    _ = session.send([message("abc"), message("d"), message("e"), message("far too long")], nowMs: 1)
    #expect(session.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, payload("4abc\u{1e}4d"))])
    #expect(session.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, payload("4e"))])
    #expect(session.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, payload("4far too long"))])
  }

  @Test func endsWhenMoreWaitsThanMay() {
    var session = polling { $0.queueLimitBytes = 10 }
    #expect(session.send([message("123456789")], nowMs: 1) == [])
    #expect(session.send([message("")], nowMs: 1) == [.ended(.queueOverflow)])
    #expect(session.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, .refused(.unknownSession))])
    #expect(session.queuedBytes == 0)
  }

  @Test func refusesABodyOverMaxPayloadAndGoesOn() {
    var session = polling { $0.maxPayloadBytes = 5 }
    let post = EngineRequestID(2)
    #expect(session.beginPost(post, contentType: nil, nowMs: 1) == [])
    #expect(session.finishPost(post, body: Array("4abcde".utf8), nowMs: 2) == [.answer(post, .tooLarge)])
    #expect(EngineAnswer.tooLarge.status == 413)
    #expect(session.beginPost(post, contentType: nil, nowMs: 3) == [])
    #expect(session.refusePost(post) == [.answer(post, .tooLarge)])
    #expect(session.beginPost(post, contentType: "text/plain", nowMs: 4) == [])
    #expect(
      session.finishPost(post, body: Array("4abcd".utf8), nowMs: 5) == [
        .text(Array("abcd".utf8)), .answer(post, .ok),
      ])
  }

  @Test func refusesAMessageOverItsLimit() {
    var session = polling { $0.messageLimitBytes = 3 }
    let post = EngineRequestID(2)
    _ = session.beginPost(post, contentType: nil, nowMs: 1)
    #expect(
      session.finishPost(post, body: Array("4abc\u{1e}4abcd".utf8), nowMs: 1) == [
        .text(Array("abc".utf8)), .ended(.protocolError(.messageTooLarge)), .answer(post, .refused(.badRequest)),
      ])
  }

  @Test(arguments: ["application/octet-stream", "Application/Octet-Stream; charset=x"])
  func refusesABinaryBodyAndEnds(type: Text) {
    var session = polling()
    _ = session.poll(Self.poll, nowMs: 1)
    let post = EngineRequestID(2)
    #expect(
      session.beginPost(post, contentType: type, nowMs: 2) == [
        .answer(Self.poll, payload("1")), .ended(.protocolError(.binaryBody)), .answer(post, .refused(.badRequest)),
      ])
  }

  @Test func endsUponTwoPostsAtOnce() {
    var session = polling()
    let first = EngineRequestID(2)
    let second = EngineRequestID(3)
    _ = session.beginPost(first, contentType: nil, nowMs: 1)
    #expect(
      session.beginPost(second, contentType: nil, nowMs: 2) == [
        .answer(first, .refused(.badRequest)), .ended(.protocolError(.overlappingRequests)),
        .answer(second, .refused(.badRequest)),
      ])
    #expect(session.finishPost(first, body: [0x34], nowMs: 3) == [])
  }

  @Test func endsUponAPostThatIsGivenUp() {
    var session = polling()
    let post = EngineRequestID(2)
    _ = session.beginPost(post, contentType: nil, nowMs: 1)
    #expect(session.abandon(post) == [.ended(.transportClosed)])
    #expect(session.abandon(post) == [])
  }

  @Test func endsUponAPingFromTheClient() {
    var session = polling()
    let post = EngineRequestID(2)
    _ = session.beginPost(post, contentType: nil, nowMs: 1)
    #expect(
      session.finishPost(post, body: Array("4a\u{1e}2\u{1e}4b".utf8), nowMs: 1) == [
        .text([0x61]), .ended(.protocolError(.wrongDirection)), .answer(post, .refused(.badRequest)),
      ])
    var direct = onSocket()
    #expect(
      direct.receive(.text([0x32]), on: Self.socket, nowMs: 1) == [
        .closeSocket(Self.socket, .protocolError(.wrongDirection)), .ended(.protocolError(.wrongDirection)),
      ])
  }

  @Test func passesOverPacketsAfterTheClientClosed() {
    var session = polling()
    let post = EngineRequestID(2)
    _ = session.beginPost(post, contentType: nil, nowMs: 1)
    #expect(
      session.finishPost(post, body: Array("1\u{1e}4b".utf8), nowMs: 1) == [.ended(.clientClosed), .answer(post, .ok)])
  }

  @Test func givesAPollingClientWhatIsLeftBeforeTheClosePacket() {
    var session = polling()
    _ = session.send((0..<17).map { message("\($0)") }, nowMs: 1)
    #expect(session.close(nowMs: 2) == [])
    #expect(session.send([message("late")], nowMs: 2) == [])
    let first = (0..<16).map { "4\($0)" }.joined(separator: "\u{1e}")
    #expect(session.poll(Self.poll, nowMs: 3) == [.answer(Self.poll, payload(first))])
    #expect(
      session.poll(Self.poll, nowMs: 4) == [.answer(Self.poll, payload("416\u{1e}1")), .ended(.serverClosed)])
    #expect(session.isEnded)
  }

  @Test func waitsForNoPollForEverWhenItCloses() {
    var session = polling()
    _ = session.close(nowMs: 0)
    #expect(session.deadlineMs == 30_000)
    #expect(session.tick(nowMs: 29_999) == [])
    #expect(session.tick(nowMs: 30_000) == [.ended(.serverClosed)])
    #expect(session.deadlineMs == .max)
  }

  @Test func dismissesAPollingClientWithAnErrorAndWithoutAClosePacket() {
    var session = polling()
    #expect(session.poll(Self.poll, nowMs: 1) == [])
    #expect(session.dismiss() == [.answer(Self.poll, .refused(.unknownSession)), .ended(.serverClosed)])
    #expect(session.dismiss() == [])
    #expect(session.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, .refused(.unknownSession))])
    // One that is between two polls learns it with the next.
    var between = polling()
    _ = between.send([message("a")], nowMs: 1)
    #expect(between.dismiss() == [.ended(.serverClosed)])
    #expect(between.poll(Self.poll, nowMs: 2) == [.answer(Self.poll, .refused(.unknownSession))])
  }

  @Test func closesAWebSocketAtOnce() {
    var session = onSocket()
    #expect(session.directSocket == Self.socket)
    #expect(session.close(nowMs: 1) == [.closeSocket(Self.socket, .serverClosed), .ended(.serverClosed)])
    #expect(session.directSocket == nil)
    #expect(session.socketClosed(Self.socket, nowMs: 2) == [])
    #expect(session.send([message("a")], nowMs: 3) == [])
  }

  @Test func endsWhenItsWebSocketIsGone() {
    var session = onSocket()
    #expect(session.socketClosed(Self.socket, nowMs: 2) == [.ended(.transportClosed)])
  }

  // MARK: Heartbeat

  @Test func pingsAnIntervalAfterThePong() {
    var session = onSocket()
    #expect(session.deadlineMs == 25_000)
    #expect(session.tick(nowMs: 25_010) == [.send(Self.socket, .text([0x32]))])
    #expect(session.deadlineMs == 45_000)
    #expect(session.receive(.text([0x33]), on: Self.socket, nowMs: 26_000) == [])
    #expect(session.deadlineMs == 51_000)
    // One that nobody asked for does not put the next ping off.
    #expect(session.receive(.text([0x33]), on: Self.socket, nowMs: 30_000) == [])
    #expect(session.deadlineMs == 51_000)
  }

  @Test func closesAClientThatSendsButDoesNotPong() {
    var session = onSocket()
    _ = session.tick(nowMs: 25_000)
    #expect(session.receive(.text([0x34]), on: Self.socket, nowMs: 44_999) == [.text([])])
    #expect(
      session.receive(.text([0x34]), on: Self.socket, nowMs: 45_000) == [
        .closeSocket(Self.socket, .pingTimeout), .ended(.pingTimeout),
      ])
  }

  @Test func doesNotBlameAClientForItsOwnStandstill() {
    var session = onSocket()
    #expect(session.tick(nowMs: 90_000) == [.send(Self.socket, .text([0x32]))])
    #expect(session.deadlineMs == 110_000)
  }

  @Test func judgesThePongWhenARequestComes() {
    var session = polling()
    #expect(session.tick(nowMs: 25_000) == [])
    #expect(
      session.poll(Self.poll, nowMs: 45_000) == [
        .ended(.pingTimeout), .answer(Self.poll, .refused(.unknownSession)),
      ])
  }
}
