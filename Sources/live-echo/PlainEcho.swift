import HubContracts
import LiveProtocol
import SocketLoop

/// A WebSocket whose messages come back.
final class PlainEcho: ConnectionOwner {
  private var receiver = WebSocketReceiver()
  private let parsers: FrameParsers
  private static let closeTimeoutMs: Int64 = 2_000

  init(parsers: FrameParsers) { self.parsers = parsers }

  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
    let input = receiver.receive(bytes, parsers: parsers)
    if input.goesOn, !input.replies.isEmpty { connection.send(SharedBytes(input.replies)) }
    for event in input.events {
      switch event {
      case .text(let message): connection.send(SharedBytes(ServerFrame.text(message)))
      case .binary(let message): connection.send(SharedBytes(ServerFrame.binary(message)))
      case .ping, .pong: break
      case .closed, .violated: connection.finish(SharedBytes(input.replies), timeoutMs: Self.closeTimeoutMs)
      }
    }
  }

  func overflowed(_ connection: Connection) { connection.end() }

  func reminded(nowMs: Int64, on connection: Connection) {}

  func ended(_ connection: Connection) {}
}
