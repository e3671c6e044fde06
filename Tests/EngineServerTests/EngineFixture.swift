import Dispatch
import HTTPServer
import HubContracts
import HubRuntime
import HubTestSupport
import LiveProtocol
import SocketLoop
import Testing

@testable import EngineIO
@testable import EngineServer

/// A real HTTP server before real loops, whose Engine.IO clients get back what they send.
final class EngineFixture: Sendable {
  let loops: [TestLoop]
  let door: EngineDoor
  private let server: HTTPServer
  /// What the door is told of a client that wants in.
  let welcome = Locked(EngineWelcome.welcome)
  /// The loops' clock: nothing is due unless it is moved.
  let clock = MovedClock()

  var port: Int { server.port }

  private init(loopCount: Int, tickMs: Int64, queueLimitBytes: Int, options: EngineServerOptions) throws {
    let clock = clock
    loops = (0..<loopCount).compactMap {
      TestLoop(index: $0, tickMs: tickMs, queueLimitBytes: queueLimitBytes, options: options, clock: clock)
    }
    try #require(loops.count == loopCount)
    let welcome = welcome
    door = EngineDoor(options: options, desks: loops.map(\.desk)) { _ in welcome.with { $0 } }
    for loop in loops { loop.start() }
    let application = TestApplication(door: door)
    var http = HTTPServerOptions(host: "127.0.0.1", port: 0, idleTimeoutSeconds: 3_600)
    // Nobody is too slow for the HTTP server, however slow the machine is.
    http.seconds = { 0 }
    http.crossOrigin = options.crossOrigin
    server = try HTTPServer(
      http, application: application, upgrades: application,
      log: Log(level: .error, sink: Silence()))
  }

  /// Runs `body`, which may block, beside a server, and ends the server.
  static func run(
    loops: Int = 2, tickMs: Int64 = 10, queueLimitBytes: Int = 1_048_576,
    _ change: (inout EngineServerOptions) -> Void = { _ in },
    _ body: @escaping @Sendable (EngineFixture) throws -> Void
  ) async throws {
    var options = EngineServerOptions()
    options.path = "/engine.io/"
    options.allowedOrigins = ["https://shop.example"]
    change(&options)
    let fixture = try EngineFixture(
      loopCount: loops, tickMs: tickMs, queueLimitBytes: queueLimitBytes, options: options)
    do {
      try await onThread { try body(fixture) }
    } catch {
      await fixture.stop()
      throw error
    }
    await fixture.stop()
    #expect(fixture.door.sessionCount == 0)
    #expect(fixture.loops.allSatisfy { $0.clients.isEmpty && $0.desk.isEmpty })
  }

  func stop() async {
    server.drain()
    for loop in loops { await loop.stop() }
    await server.stop(withinSeconds: 1)
  }

  /// Why sessions ended, in the order in which they did.
  var ends: [EngineEnd] { loops.flatMap { loop in loop.ends.with { $0 } } }

  /// Does something with each client, on its loop's thread, and waits until that is done.
  func withClients(_ body: @escaping @Sendable (TestClient) -> Void) {
    let done = DispatchSemaphore(value: 0)
    for loop in loops {
      loop.perform {
        for client in loop.clients.values { body(client) }
        done.signal()
      }
    }
    for _ in loops where done.wait(timeout: .now() + .seconds(HangLimit.seconds)) == .timedOut {
      Issue.record("a loop does nothing any more")
    }
  }

  /// Waits until each session, or that of `sid`, is as it should be; sees each on its loop's thread.
  func until(_ sid: String? = nil, _ holds: @escaping @Sendable (TestClient) -> Bool) -> Bool {
    blockUntil {
      let (seen, missed) = (Locked(0), Locked(0))
      withClients { client in
        guard sid == nil || client.transports.sid.string == sid else { return }
        (holds(client) ? seen : missed).with { $0 += 1 }
      }
      return seen.with { $0 } > 0 && missed.with { $0 } == 0
    }
  }

  /// A WebSocket whose handshake is done.
  func webSocket(sid: String? = nil, origin: String? = nil) throws -> WebSocketClient {
    let client = try RawClient(port: port)
    try client.request("GET", Self.target("websocket", sid: sid), headers: Self.handshake(origin: origin))
    let answer = try client.answer()
    guard answer.status == 101 else { throw RawClient.Failure("\(answer.status) \(answer.body)") }
    let (socket, rest) = client.release()
    return WebSocketClient(socket: socket, leftover: rest)
  }

  /// A session over a WebSocket, its first message read.
  func webSocketSession() throws -> WebSocketClient {
    let socket = try webSocket()
    #expect(try socket.nextText().hasPrefix("0{\"sid\":\""))
    return socket
  }

  static func handshake(origin: String? = nil) -> [String] {
    [
      "Connection: keep-alive, Upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ] + (origin.map { ["Origin: \($0)"] } ?? [])
  }

  static func target(_ transport: String, sid: String? = nil) -> String {
    "/engine.io/?EIO=4&transport=\(transport)" + (sid.map { "&sid=\($0)" } ?? "")
  }
}

import Glibc
import Orders

/// A session over polling. Each request has a connection of its own unless it is told which to use.
struct Polling {
  let fixture: EngineFixture
  let sid: String

  init(_ fixture: EngineFixture) throws {
    self.fixture = fixture
    let client = try RawClient(port: fixture.port)
    try client.request("GET", EngineFixture.target("polling"))
    let answer = try client.answer()
    try #require(answer.status == 200)
    sid = String(answer.body.dropFirst(9).prefix { $0 != "\"" })
  }

  var target: String { EngineFixture.target("polling", sid: sid) }

  /// A poll that waits; its answer is to be read.
  func begin() throws -> RawClient {
    let client = try RawClient(port: fixture.port)
    try client.request("GET", target)
    return client
  }

  /// A poll that the session holds by now.
  func beginHeld() throws -> RawClient {
    let client = try begin()
    try #require(fixture.until(sid) { $0.engine.poll != nil })
    return client
  }

  func get() throws -> RawClient.Answer { try begin().answer() }

  func post(_ body: String, headers: [String] = []) throws -> RawClient.Answer {
    let client = try RawClient(port: fixture.port)
    try client.request("POST", target, headers: headers, body: body)
    return try client.answer()
  }

  /// The head of a POST whose body is `promised` bytes long, and some of them, of which the session knows by now.
  func beginPostHeld(promised: Int, _ part: String) throws -> RawClient {
    let client = try beginPost(promised: promised, part)
    try #require(fixture.until(sid) { $0.engine.post != nil })
    return client
  }

  /// The head of a POST whose body is `promised` bytes long, and some of them.
  func beginPost(promised: Int, _ part: String) throws -> RawClient {
    let client = try RawClient(port: fixture.port)
    try client.send("POST \(target) HTTP/1.1\r\nHost: t\r\nContent-Length: \(promised)\r\n\r\n\(part)")
    return client
  }
}
