import EngineIO
import Orders
import Testing

@Suite struct EngineUpgradeTests {
  private let poll = EngineRequestID(1)
  private let post = EngineRequestID(2)
  private let socket = EngineSocketID(9)
  private let probe = EngineFrame.text(Array("2probe".utf8))
  private let upgrade = EngineFrame.text([0x35])
  private let probed = EngineFrame.text(Array("3probe".utf8))

  private func polling() -> EngineSession {
    var actions: [EngineAction] = []
    return EngineSession(sid: "s", options: EngineOptions(), polledBy: poll, nowMs: 0, actions: &actions)
  }

  private func attached() -> EngineSession {
    var session = polling()
    #expect(session.attach(socket, nowMs: 1) == [])
    return session
  }

  private func message(_ text: String) -> EngineFrame { .message(Array(text.utf8)) }
  private func payload(_ text: String) -> EngineAnswer { .payload(Array(text.utf8)) }

  @Test func endsTheWaitingPollWithANoop() {
    var session = attached()
    #expect(session.poll(poll, nowMs: 2) == [])
    #expect(
      session.receive(probe, on: socket, nowMs: 3) == [
        .send(socket, probed), .answer(poll, payload("6")),
      ])
  }

  @Test func carriesWhatWaitsOverInOrder() {
    var session = attached()
    _ = session.receive(probe, on: socket, nowMs: 2)
    #expect(session.send([message("a"), .binary([1])], nowMs: 3) == [])
    #expect(session.directSocket == nil)
    #expect(
      session.receive(upgrade, on: socket, nowMs: 4) == [
        .upgraded(socket), .send(socket, message("a")), .send(socket, .binary([1])),
      ])
    #expect(session.send([message("b")], nowMs: 5) == [.send(socket, message("b"))])
    #expect(session.directSocket == socket)
    #expect(session.transport == .websocket)
  }

  @Test func sendsByPollingUntilTheUpgrade() {
    var session = attached()
    _ = session.receive(probe, on: socket, nowMs: 2)
    #expect(session.poll(poll, nowMs: 3) == [])
    #expect(session.send([message("a")], nowMs: 4) == [.answer(poll, payload("4a"))])
    #expect(session.receive(upgrade, on: socket, nowMs: 5) == [.upgraded(socket)])
  }

  @Test func holdsAPollThatComesMeanwhileForAMomentOnly() {
    var session = attached()
    _ = session.receive(probe, on: socket, nowMs: 100)
    #expect(session.poll(poll, nowMs: 200) == [])
    #expect(session.deadlineMs == 225)
    #expect(session.tick(nowMs: 224) == [])
    #expect(session.tick(nowMs: 225) == [.answer(poll, payload("6"))])
    #expect(session.deadlineMs == 10_001)
  }

  @Test func refusesAPollThatCrossesTheUpgrade() {
    var session = attached()
    _ = session.receive(probe, on: socket, nowMs: 2)
    _ = session.poll(poll, nowMs: 3)
    #expect(
      session.receive(upgrade, on: socket, nowMs: 4) == [.answer(poll, .refused(.badRequest)), .upgraded(socket)])
    #expect(session.poll(poll, nowMs: 5) == [.answer(poll, .refused(.badRequest))])
    #expect(session.beginPost(post, contentType: nil, nowMs: 5) == [.answer(post, .refused(.badRequest))])
    #expect(!session.isEnded)
  }

  @Test func takesAPostThatBeganBeforeTheUpgrade() {
    var session = attached()
    _ = session.receive(probe, on: socket, nowMs: 2)
    _ = session.beginPost(post, contentType: nil, nowMs: 3)
    #expect(session.receive(upgrade, on: socket, nowMs: 4) == [.upgraded(socket)])
    #expect(
      session.finishPost(post, body: Array("4a".utf8), nowMs: 5) == [.text(Array("a".utf8)), .answer(post, .ok)])
  }

  @Test func closesASecondWebSocketAndKeepsTheFirst() {
    var session = attached()
    let second = EngineSocketID(10)
    #expect(session.attach(second, nowMs: 2) == [.closeSocket(second, .notWanted)])
    #expect(session.receive(probe, on: second, nowMs: 3) == [])
    #expect(session.receive(probe, on: socket, nowMs: 3) == [.send(socket, probed)])
    _ = session.receive(upgrade, on: socket, nowMs: 4)
    #expect(session.attach(second, nowMs: 5) == [.closeSocket(second, .notWanted)])
    #expect(session.receive(message("a"), on: socket, nowMs: 6) == [.text([0x61])])
  }

  @Test func givesUpAfterTenSecondsAndGoesOnPolling() {
    var session = attached()
    _ = session.receive(probe, on: socket, nowMs: 2)
    #expect(session.tick(nowMs: 10_000) == [])
    #expect(session.tick(nowMs: 10_001) == [.closeSocket(socket, .upgradeTimeout)])
    #expect(session.receive(upgrade, on: socket, nowMs: 10_002) == [])
    _ = session.send([message("a")], nowMs: 10_003)
    #expect(session.poll(poll, nowMs: 10_004) == [.answer(poll, payload("4a"))])
    #expect(session.attach(EngineSocketID(11), nowMs: 10_005) == [])
  }

  @Test(arguments: ["5", "2", "2prob", "4hello", "3", "abc", ""])
  func closesAWebSocketThatDoesNotProbeFirst(text: String) {
    var session = attached()
    let actions = session.receive(.text(Array(text.utf8)), on: socket, nowMs: 2)
    #expect(actions.count == 1)
    guard case .closeSocket(socket, .protocolError)? = actions.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(!session.isEnded)
    #expect(session.transport == .polling)
  }

  @Test func forgetsATrialWhoseSocketIsGone() {
    var session = attached()
    #expect(session.socketClosed(socket, nowMs: 2) == [])
    #expect(!session.isEnded)
    #expect(session.attach(EngineSocketID(10), nowMs: 3) == [])
  }

  @Test func closesTheTrialWithTheSession() {
    var session = attached()
    _ = session.beginPost(post, contentType: nil, nowMs: 2)
    #expect(
      session.finishPost(post, body: [0x31], nowMs: 2) == [
        .closeSocket(socket, .notWanted), .ended(.clientClosed), .answer(post, .ok),
      ])
    #expect(session.attach(socket, nowMs: 3) == [.closeSocket(socket, .notWanted)])
  }

  /// Whatever is sent when, at every point of an upgrade: all of it arrives, once and in order.
  @Test func losesAndDoublesNothingWhereverTheMessagesFall() {
    for first in 0..<6 {
      for second in first..<6 {
        var session = polling()
        var arrived: [UInt8] = []
        func note(_ actions: [EngineAction]) {
          for action in actions {
            switch action {
            case .answer(_, .payload(let body)): arrived += body.filter { $0 >= 0x61 }
            case .send(_, .text(let bytes)) where bytes != Array("3probe".utf8): arrived += bytes.dropFirst()
            default: break
            }
          }
        }
        let steps: [(inout EngineSession) -> [EngineAction]] = [
          { $0.poll(poll, nowMs: 1) }, { $0.attach(socket, nowMs: 2) }, { $0.receive(probe, on: socket, nowMs: 3) },
          { $0.poll(poll, nowMs: 4) }, { $0.tick(nowMs: 29) }, { $0.receive(upgrade, on: socket, nowMs: 30) },
        ]
        for (index, step) in steps.enumerated() {
          if index == first { note(session.send([message("a"), message("b")], nowMs: 5)) }
          if index == second { note(session.send([message("c")], nowMs: 5)) }
          note(step(&session))
        }
        note(session.send([message("d")], nowMs: 31))
        #expect(arrived == Array("abcd".utf8), "sent before steps \(first) and \(second)")
      }
    }
  }
}
