import HubRuntime
import HubTestSupport
import Testing

@testable import Live

/// How much a client may send before it has said who it is, and afterwards.
@Suite(.serialized) struct StrangerBytesTests {
  private static let small = LiveOptions().strangerMessageLimitBytes
  /// What a client that is let in may send in one message, with room for what stands around it.
  private static let large = LiveOptions().messageLimitBytes - 100

  /// An event of about so many bytes.
  private func event(_ bytes: Int) -> String { "42[\"ping\",{\"pad\":\"\(String(repeating: "p", count: bytes))\"}]" }

  private func post(_ body: String, _ client: SocketIOPeer, _ port: Int) throws -> Int {
    let raw = try RawClient(port: port)
    try raw.request("POST", "/socket.io/?EIO=4&transport=polling&sid=\(client.engine.sid)", body: body)
    return try raw.answer().status
  }

  /// A Socket.IO client's WebSocket, bare.
  private func webSocket(_ port: Int) throws -> WebSocketClient {
    let raw = try RawClient(port: port)
    try raw.request(
      "GET", "/socket.io/?EIO=4&transport=websocket",
      headers: [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ])
    #expect(try raw.answer().status == 101)
    let (socket, rest) = raw.release()
    return WebSocketClient(socket: socket, leftover: rest)
  }

  @Test func aPollingClientPostsLittleUntilItsTokenIsVerified() async throws {
    try await withServer(standing: true) { server in
      let auth = "{\"token\":\"\(server.live.token("north"))\"}"
      let client = try server.session(.polling)
      #expect(try post(String(repeating: "x", count: Self.small + 1), client, server.port) == 413)
      // The session goes on, and a refused token is none.
      try client.connect(auth: "{\"token\":\"nonsense\"}")
      #expect(try post(event(Self.small), client, server.port) == 413)
      try client.connect(auth: auth)
      #expect(try client.nextEvent().name == "hub:ready")
      #expect(try post(event(Self.large), client, server.port) == 200)
      // The limit is what the connect packet itself may have.
      let padded = try server.session(.polling)
      let pad = String(repeating: "p", count: 12_000)
      try padded.connect(auth: "{\"token\":\"\(server.live.token("north"))\",\"pad\":\"\(pad)\"}")
      #expect(try padded.nextEvent().name == "hub:ready")
    }
  }

  @Test func aHandshakeThatBringsItsTokenProvesIt() async throws {
    try await withServer { server in
      let token = server.live.token("north")
      for (query, status) in [("&token=\(token)", 200), ("&token=nonsense", 413)] {
        let client = try server.session(.polling, query: query)
        #expect(try post("40\u{1e}" + event(Self.large), client, server.port) == status)
      }
    }
  }

  @Test func aSocketIOClientSendsLittleUntilItsTokenIsVerified() async throws {
    try await withServer { server in
      let stranger = try server.session(.websocket)
      try stranger.engine.send(event(Self.small))
      guard case .ended(code: 1009, _) = try stranger.end() else { throw EnginePeer.Failure.malformed("no 1009") }
      let client = try server.socketIO("north")
      try client.engine.send("421" + event(Self.large).dropFirst(2))
      guard case .ack(1, _) = try client.next() else { throw EnginePeer.Failure.malformed("no ack") }
      // In parts that are small each.
      let parted = try webSocket(server.port)
      for part in 0..<5 {
        parted.sendFrame(
          opcode: part == 0 ? 1 : 0, [UInt8](repeating: 0x34, count: Self.small / 4), fin: part == 4)
      }
      #expect(try parted.nextClose().code == 1009)
    }
  }

  @Test func aClientOfThePlainWebSocketSendsLittleUntilItsTokenIsVerified() async throws {
    try await withServer { server in
      let padding = String(repeating: "p", count: Self.small)
      let stranger = try server.live.connect()
      stranger.send("{\"type\":\"ping\",\"pad\":\"\(padding)\"}")
      #expect(try stranger.nextClose().code == 1009)
      let late = try server.live.connect()
      late.send("{\"type\":\"auth\",\"token\":\"\(server.live.token("north"))\"}")
      #expect(try late.nextText().contains("hub:ready"))
      let early = try server.live.connect(token: server.live.token("north"))
      #expect(try early.nextText().contains("hub:ready"))
      for client in [late, early] {
        client.send("{\"type\":\"ping\",\"pad\":\"\(String(repeating: "p", count: Self.large))\"}")
        // Taken as a message: what it says is another question.
        #expect(try client.next().opcode == 1)
      }
    }
  }
}
