import EngineIO
import EngineServer

import HubRuntime
import LiveProtocol
import Orders

/// A Socket.IO client whose events come back.
final class SocketIOEcho: EngineClient {
  private var connection: SocketIOConnection
  private let transports: EngineTransports
  /// The "auth" events that are still to be sent, and when.
  private var greetings: [(namespace: Text, auth: [UInt8], atMs: Int64)] = []
  /// The official suite listens for one message at a time and misses the second of two that come in one read: "auth" must
  /// not leave together with the answer before it.
  private static let greetingDelayMs: Int64 = 80
  private static let identities = RandomIdentities()
  private static let options: SocketIOOptions = {
    var options = SocketIOOptions()
    options.namespaces = ["/", "/custom"]
    return options
  }()

  init(_ opening: EngineOpening) {
    transports = opening.transports
    connection = SocketIOConnection(
      engine: opening.engine, options: Self.options, nowMs: opening.transports.nowMs)
  }

  func step(_ input: (inout EngineSession) -> [EngineAction]) {
    perform(connection.receive(nowMs: transports.nowMs, input))
  }

  var deadlineMs: Int64 { min(connection.deadlineMs, greetings.first?.atMs ?? .max) }

  func tick() {
    perform(connection.tick(nowMs: transports.nowMs))
    while let next = greetings.first, next.atMs <= transports.nowMs {
      greetings.removeFirst()
      say { session throws(SocketIOFault) in
        try session.emit(next.namespace, name: "auth", arguments: next.auth)
      }
    }
  }

  func heard(_ messageCount: Int) -> Bool { true }

  func overflowed() { transports.drop(.tooSlow, "too slow", cutting: true) }

  func gone(_ end: EngineEnd) {}

  private func perform(_ outputs: [SocketIOConnection.Output]) {
    for output in outputs {
      switch output {
      case .transport(let action): transports.perform(action)
      case .message(let message): obey(message)
      }
    }
  }

  private func obey(_ message: SocketIOMessage) {
    switch message {
    case .connect(let namespace, let auth):
      let sid = Self.identities.token(bytes: 10)
      say { session throws(SocketIOFault) in session.accept(namespace, sid: sid) }
      greetings.append((namespace, auth, transports.nowMs + Self.greetingDelayMs))
    case .event(let namespace, "message", let arguments, _):
      say { session throws(SocketIOFault) in
        try session.emit(
          namespace, name: "message-back", arguments: arguments.joined, attachments: arguments.attachments)
      }
    case .event(let namespace, "message-with-ack", let arguments, let id?):
      say { session throws(SocketIOFault) in
        session.acknowledge(namespace, id: id, arguments: arguments.joined, attachments: arguments.attachments)
      }
    case .event, .acknowledged, .left: break
    }
  }

  private func say(_ input: (inout SocketIOSession) throws(SocketIOFault) -> [SocketIOAction]) {
    do throws(SocketIOFault) {
      perform(try connection.send(nowMs: transports.nowMs, input))
    } catch {
      preconditionFailure("one of our own names is reserved: \(error)")
    }
  }
}
