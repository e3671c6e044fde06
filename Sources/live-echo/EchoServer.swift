import EngineIO
import EngineServer
import HTTPServer
import HubContracts
import HubRuntime
import SocketLoop

/// The HTTP server, the loops behind it, and the doors between them.
final class EchoServer: Sendable {
  private let server: HTTPServer
  private let loops: [EchoLoop]

  private static let loopCount = 2
  /// How many connections and waiting requests there may be.
  private static let connectionLimit = 20_000

  init(host: String, port: Int, pingIntervalMs: Int64, pingTimeoutMs: Int64) throws {
    var engine = EngineServerOptions()
    engine.path = "/engine.io/"
    engine.allowedOrigins = ["*"]
    engine.engine.pingIntervalMs = pingIntervalMs
    engine.engine.pingTimeoutMs = pingTimeoutMs
    var socketIO = engine
    socketIO.path = "/socket.io/"
    loops = (0..<Self.loopCount).compactMap { EchoLoop(index: $0, engine: engine, socketIO: socketIO) }
    guard loops.count == Self.loopCount else { throw NoDescriptor() }
    let application = EchoApplication(
      engine: EngineDoor(options: engine, desks: loops.map(\.engineDesk)) { _ in .welcome },
      socketIO: EngineDoor(options: socketIO, desks: loops.map(\.socketIODesk)) { _ in .welcome }, loops: loops)
    for loop in loops { loop.start() }
    var http = HTTPServerOptions(
      host: host, port: port, connectionLimit: Self.connectionLimit, pendingLimit: Self.connectionLimit)
    http.crossOrigin = engine.crossOrigin
    server = try HTTPServer(
      http, application: application, upgrades: application, log: Log(level: .error, sink: ErrorOutput()))
  }

  var port: Int { server.port }

  func stop() async {
    server.drain()
    for loop in loops { await loop.stop() }
    await server.stop(withinSeconds: 1)
  }

  struct NoDescriptor: Error, CustomStringConvertible {
    let description = "the system has no descriptor left for a loop"
  }
}

/// Shows what the HTTP server complains of.
private struct ErrorOutput: LogSink {
  func write(_ line: LogLine) { print(line) }
}
