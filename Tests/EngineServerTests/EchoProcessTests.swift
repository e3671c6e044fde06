import Foundation
import HubTestSupport
import Testing

/// The program that the protocols' own suites run against.
@Suite struct EchoProcessTests {
  private func start() throws -> ServerProcess {
    guard let hub = ProcessInfo.processInfo.environment["ORDERHUB_BIN"] else {
      throw TestServerError("ORDERHUB_BIN is not set: run the tests with scripts/test")
    }
    let path = URL(fileURLWithPath: hub).deletingLastPathComponent().appendingPathComponent("live-echo").path
    let port = try freePort()
    return try ServerProcess(path, port: port, environment: ["PORT": "\(port)", "PING_TIMEOUT_MS": "\(HangLimit.ms)"]) {
      _, _ in []
    }
  }

  private func webSocket(_ server: ServerProcess, _ target: String) throws -> WebSocketClient {
    let client = try RawClient(port: server.port)
    try client.request("GET", target, headers: EngineFixture.handshake())
    let answer = try client.answer()
    guard answer.status == 101 else { throw RawClient.Failure("\(answer.status) \(answer.body)") }
    let (socket, rest) = client.release()
    return WebSocketClient(socket: socket, leftover: rest)
  }

  /// The next text that is not a ping.
  private func next(_ socket: WebSocketClient) throws -> String {
    while true {
      let text = try socket.nextText()
      if text != "2" { return text }
      socket.send("3")
    }
  }

  @Test func aSocketIOPacketThatIsNoneClosesWithAReason() async throws {
    try await onThread {
      let server = try start()
      for packet in ["4abc", "47", "42[]", "42{}", "451", "451111111111-[\"x\"]"] {
        let socket = try webSocket(server, "/socket.io/?EIO=4&transport=websocket")
        #expect(try next(socket).hasPrefix("0{"))
        socket.send("40")
        #expect(try next(socket).hasPrefix("40{"))
        #expect(try next(socket).hasPrefix("42[\"auth\""))
        socket.send(packet)
        let close = try socket.nextClose()
        #expect(close.code == 1002, "\(packet)")
        #expect(close.reason == "the protocol was broken", "\(packet)")
      }
      // Who leaves is no fault.
      let socket = try webSocket(server, "/socket.io/?EIO=4&transport=websocket")
      #expect(try next(socket).hasPrefix("0{"))
      socket.send("1")
      #expect(try socket.nextClose().code == 1000)
    }
  }

  @Test func itEchoesOverEachProtocolAndEndsWhenItIsAsked() async throws {
    try await onThread {
      let server = try start()
      let engine = try webSocket(server, "/engine.io/?EIO=4&transport=websocket")
      #expect(try next(engine).contains("\"pingInterval\":300,"))
      engine.send("4hello")
      #expect(try next(engine) == "4hello")

      let socketIO = try webSocket(server, "/socket.io/?EIO=4&transport=websocket")
      #expect(try next(socketIO).hasPrefix("0{"))
      socketIO.send("40/custom,{\"token\":\"t\"}")
      #expect(try next(socketIO).hasPrefix("40/custom,{\"sid\":\""))
      #expect(try next(socketIO) == "42/custom,[\"auth\",{\"token\":\"t\"}]")
      socketIO.send("42/custom,[\"message\",1,{\"a\":[]}]")
      #expect(try next(socketIO) == "42/custom,[\"message-back\",1,{\"a\":[]}]")
      socketIO.send("42/custom,7[\"message-with-ack\",\"x\"]")
      #expect(try next(socketIO) == "43/custom,7[\"x\"]")
      socketIO.send("40/none")
      #expect(try next(socketIO) == "44/none,{\"message\":\"Invalid namespace\"}")

      let plain = try webSocket(server, "/echo")
      let large = [UInt8](repeating: 5, count: 3_000_000)
      plain.sendFrame(opcode: 2, large)
      let frame = try plain.next()
      #expect(frame.opcode == 2)
      #expect(frame.payload == large)

      let polling = try RawClient(port: server.port)
      try polling.request("GET", "/socket.io/?EIO=4&transport=polling")
      let sid = String(try polling.answer().body.dropFirst(9).prefix { $0 != "\"" })
      try polling.request("POST", "/socket.io/?EIO=4&transport=polling&sid=\(sid)", body: "40")
      #expect(try polling.answer().body == "ok")
      server.signal(SIGTERM)
      #expect(server.waitForExit() == 0)
    }
  }
}
