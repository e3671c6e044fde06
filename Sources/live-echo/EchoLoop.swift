import EngineServer
import Glibc
import LiveProtocol
import SocketLoop

/// A loop with clients of all three kinds.
final class EchoLoop: SocketLoop, @unchecked Sendable {
  // Owner: the loop's thread; the mailbox and the desks' letters are for all.
  let engineDesk: EngineDesk
  let socketIODesk: EngineDesk
  let parsers = FrameParsers(messageLimitBytes: 64 * 1_048_576, fragmentLimit: 1_000_000)
  private let arrivals = Mailbox<Arrival>(limit: 10_000, limitBytes: 64 * 1_048_576)

  /// A WebSocket that was opened at `/echo`.
  struct Arrival: Sendable {
    let socket: Int32
    let leftover: [UInt8]
  }

  init?(index: Int, engine: EngineServerOptions, socketIO: EngineServerOptions) {
    engineDesk = EngineDesk(index: index, options: engine)
    socketIODesk = EngineDesk(index: index, options: socketIO)
    // The suites allow a ping to be some tens of milliseconds late.
    super.init(index: index, name: "echo-\(index)", queueLimitBytes: 128 * 1_048_576, tickMs: 10)
    engineDesk.serve(self) { EngineEcho($0) }
    socketIODesk.serve(self) { SocketIOEcho($0) }
  }

  func post(_ arrival: Arrival) {
    switch arrivals.post(arrival, bytes: arrival.leftover.count) {
    case .first: ring()
    case .further: break
    case .full: close(arrival.socket)
    }
  }

  override func rung() {
    for arrival in arrivals.takeAll() {
      let echo = PlainEcho(parsers: parsers)
      guard let connection = adopt(arrival.socket, owner: echo) else { continue }
      if !arrival.leftover.isEmpty { arrival.leftover.withUnsafeBytes { echo.received($0, on: connection) } }
    }
    engineDesk.rung()
    socketIODesk.rung()
  }

  override func ticked() {
    engineDesk.ticked()
    socketIODesk.ticked()
  }

  override func ending() {
    for arrival in arrivals.close() { close(arrival.socket) }
    engineDesk.ending()
    socketIODesk.ending()
  }
}
