import EngineIO
import EngineServer
import LiveProtocol

/// An Engine.IO client whose messages come back.
final class EngineEcho: EngineClient {
  private var engine: EngineSession
  private let transports: EngineTransports

  init(_ opening: EngineOpening) {
    engine = opening.engine
    transports = opening.transports
  }

  func step(_ input: (inout EngineSession) -> [EngineAction]) { perform(input(&engine)) }

  var deadlineMs: Int64 { engine.deadlineMs }

  func tick() { perform(engine.tick(nowMs: transports.nowMs)) }

  func heard(_ messageCount: Int) -> Bool { true }

  func overflowed() { transports.drop(.tooSlow, "too slow", cutting: true) }

  func gone(_ end: EngineEnd) {}

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
