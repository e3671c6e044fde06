import HubRuntime
import HubTestSupport
import LiveProtocol
import SocketLoop

@testable import EngineIO
@testable import EngineServer

/// A loop with one desk, whose clients a test can reach.
final class TestLoop: SocketLoop, @unchecked Sendable {
  // Owner: the loop's thread; after `stop` the test.
  let desk: EngineDesk
  var clients: [ObjectIdentifier: TestClient] = [:]
  let ends = Locked<[EngineEnd]>([])
  private let wishes = Locked<[@Sendable () -> Void]>([])

  init?(index: Int, tickMs: Int64, queueLimitBytes: Int, options: EngineServerOptions, clock: MovedClock) {
    desk = EngineDesk(index: index, options: options)
    super.init(index: index, name: "test-\(index)", queueLimitBytes: queueLimitBytes, tickMs: tickMs, clock: clock.now)
    desk.serve(self) { [unowned self] opening in
      let client = TestClient(opening, home: self)
      clients[ObjectIdentifier(client)] = client
      return client
    }
  }

  func perform(_ wish: @escaping @Sendable () -> Void) {
    wishes.with { $0.append(wish) }
    ring()
  }

  override func rung() {
    let taken = wishes.with { wishes in
      defer { wishes = [] }
      return wishes
    }
    for wish in taken { wish() }
    desk.rung()
  }

  override func ticked() { desk.ticked() }

  override func ending() { desk.ending() }
}

/// A client that gets back what it sends.
final class TestClient: EngineClient {
  private(set) var engine: EngineSession
  let transports: EngineTransports
  private unowned let home: TestLoop
  private var messagesLeft = 100_000

  init(_ opening: EngineOpening, home: TestLoop) {
    engine = opening.engine
    transports = opening.transports
    self.home = home
  }

  func step(_ input: (inout EngineSession) -> [EngineAction]) { perform(input(&engine)) }

  var deadlineMs: Int64 { engine.deadlineMs }
  /// Whether it owes a pong.
  var isPinged: Bool { engine.pongByMs != .max }

  func tick() { perform(engine.tick(nowMs: transports.nowMs)) }

  func heard(_ messageCount: Int) -> Bool {
    messagesLeft -= messageCount
    if messagesLeft >= 0 { return true }
    transports.drop(.tooManyMessages, "too many messages")
    return false
  }

  func overflowed() { transports.drop(.tooSlow, "too slow", cutting: true) }

  func gone(_ end: EngineEnd) {
    home.ends.with { $0.append(end) }
    home.clients[ObjectIdentifier(self)] = nil
  }

  func send(_ text: String) { perform(engine.send([.message(Array(text.utf8))], nowMs: transports.nowMs)) }

  func close() { perform(engine.close(nowMs: transports.nowMs)) }

  func allow(_ messages: Int) { messagesLeft = messages }

  private func perform(_ actions: [EngineAction]) {
    for action in actions {
      switch action {
      case .text(let message): perform(engine.send([.message(message)], nowMs: transports.nowMs))
      case .binary(let message): perform(engine.send([.binary(message)], nowMs: transports.nowMs))
      case .answer, .send, .closeSocket, .upgraded, .ended: transports.perform(action)
      }
    }
  }
}
