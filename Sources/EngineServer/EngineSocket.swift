import EngineIO
import HubContracts
import LiveProtocol
import SocketLoop

/// One WebSocket of a client.
final class EngineSocket: ConnectionOwner {
  let id: EngineSocketID
  /// The client that it belongs to; nil once it is of no more use to it.
  private var transports: EngineTransports?
  private(set) var connection: Connection?
  private var receiver = WebSocketReceiver()

  init(id: EngineSocketID, transports: EngineTransports) {
    self.id = id
    self.transports = transports
  }

  /// The loop has taken the socket.
  func begin(on connection: Connection) { self.connection = connection }

  /// What was read before the loop took it.
  func take(_ leftover: [UInt8]) {
    guard let connection, !leftover.isEmpty else { return }
    leftover.withUnsafeBytes { received($0, on: connection) }
  }

  func send(_ frame: EngineFrame) { connection?.send(SharedBytes(frame.webSocketFrame)) }

  /// Sends a close frame after what waits, or with `cutting` instead of it. The client is not told of it any more.
  func close(_ code: CloseCode, _ reason: String, cutting: Bool = false) {
    finish(ServerFrame.close(code, reason), cutting: cutting)
  }

  private func finish(_ last: [UInt8], cutting: Bool = false) {
    guard let transports else { return }
    self.transports = nil
    let cut: ((Int, [UInt8]) -> Int)? = cutting ? { ServerFrame.end(ofFrameBefore: $0, in: $1) } : nil
    connection?.finish(SharedBytes(last), timeoutMs: transports.desk.options.closeTimeoutMs, cut: cut)
  }

  // MARK: ConnectionOwner

  func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
    guard let transports else { return }
    let input = receiver.receive(
      bytes, parsers: transports.desk.parsers, limitBytes: transports.frameLimitBytes)
    if input.goesOn, !input.replies.isEmpty { connection.send(SharedBytes(input.replies)) }
    for event in input.events {
      guard connection.isOpen, transports.hears(1) else { break }
      switch event {
      case .text(let message): transports.receive(.text(message), on: id)
      case .binary(let message): transports.receive(.binary(message), on: id)
      case .ping, .pong: break
      case .closed, .violated:
        finish(input.replies)
        transports.lost(self)
      }
    }
    transports.watch()
  }

  func overflowed(_ connection: Connection) { transports?.overflowed(self) }

  func reminded(nowMs: Int64, on connection: Connection) {
    transports?.tick()
    transports?.watch()
  }

  func ended(_ connection: Connection) {
    self.connection = nil
    let told = transports
    transports = nil
    told?.lost(self)
  }
}
