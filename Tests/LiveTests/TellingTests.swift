import HubContracts
import HubRuntime
import HubTestSupport
import Testing

@testable import Live

/// What a client is told, so that it, or whoever reads it, knows what to do next.
@Suite(.serialized) struct TellingTests {
  private static let upgrade = [
    "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]

  private func ask(_ server: LiveServer, _ target: String, _ headers: [String]) throws -> RawClient.Answer {
    let client = try RawClient(port: server.port)
    try client.request("GET", target, headers: headers)
    return try client.answer()
  }

  @Test func aPageOfAnotherOriginIsToldTheSettingWhateverWayItCame() async throws {
    try await withServer({ $0.allowedOrigins = ["https://shop.example"] }) { server in
      let from = ["Origin: https://evil.example", "Authorization: Bearer \(server.live.token("north"))"]
      for (target, headers) in [("/ws", Self.upgrade), ("/events", [])] {
        let answer = try ask(server, target, headers + from)
        let told = Document(parsing: answer.body)
        #expect(answer.status == 403 && told["code"] == "live_origin")
        #expect(told["detail"] == "the origin https://evil.example may not connect (CORS_ORIGINS)")
      }
      for (target, headers, status) in [
        ("/socket.io/?EIO=4&transport=polling", [], 403),
        ("/socket.io/?EIO=4&transport=websocket", Self.upgrade, 400),
      ] {
        let answer = try ask(server, target, headers + from)
        #expect(answer.status == status)
        #expect(
          Document(parsing: answer.body)
            == ["code": 4, "message": "this origin may not connect (CORS_ORIGINS)"])
      }
      // What else is wrong is said in the protocol's own words, to pages that are welcome and to all others.
      let wrong = try ask(server, "/socket.io/?EIO=3&transport=polling", ["Origin: https://shop.example"])
      #expect(Document(parsing: wrong.body) == ["code": 5, "message": "Unsupported protocol version"])
    }
  }

  @Test(arguments: [
    ("LIVE_CONNECTION_LIMIT", "too many connections are open"), ("HTTP_ADDRESS_LIMIT", "too many connections are open"),
    ("LIVE_USER_LIMIT", "too many connections are open"), ("LIVE_HANDSHAKES_PER_S", "too many connections are being"),
  ])
  func whoeverFindsNoRoomIsToldTheSetting(setting: String, told: String) async throws {
    try await withServer(
      standing: true,
      { options in
        switch setting {
        case "LIVE_CONNECTION_LIMIT": options.connectionLimit = 1
        case "HTTP_ADDRESS_LIMIT": options.connectionLimitPerAddress = 1
        case "LIVE_USER_LIMIT": options.connectionLimitPerUser = 1
        default: options.handshakesPerSecond = 1
        }
      }
    ) { server in
      let plain = try server.plain("north")
      let answer = try ask(
        server, "/ws", Self.upgrade + ["Authorization: Bearer \(server.live.token("north"))"])
      let detail = Document(parsing: answer.body)["detail"].text
      #expect(answer.status == 503 && detail.hasPrefix(told) && detail.hasSuffix("(\(setting))"), "\(answer.body)")
      withExtendedLifetime(plain) {}
    }
  }

  @Test func whatNoSettingDecidesNamesNone() async throws {
    try await withServer { server in
      let answer = try ask(server, "/events", [])
      let detail = Document(parsing: answer.body)["detail"].text
      #expect(answer.status == 401 && !detail.isEmpty)
      for key in SettingKey.allCases { #expect(!detail.contains("(\(key.rawValue))")) }
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func aSocketIOClientIsToldThatItsTokenEnded(transport: EnginePeer.Transport) async throws {
    try await withServer(standing: true) { server in
      let client = try server.session(transport)
      try client.connect(auth: "{\"token\":\"\(server.live.token("north", lifetimeMs: 1_500))\"}")
      #expect(try client.nextEvent().name == "hub:ready")
      server.record(1...1)
      let offset = try client.nextEvent().offset
      server.live.pass(ms: 2_500)
      let last = try client.nextEvent()
      #expect(last.name == "hub:closing")
      #expect(last.data == ["code": "4401", "reason": "token expired"])
      // With what it has now it goes on where it was.
      #expect(last.offset == offset)
      #expect(throws: EnginePeer.Failure.self) { try client.next() }
      let again = try server.comeBack(client.pid, client.offset, over: transport)
      #expect(again.sid == client.sid)
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func whoIsToComeAgainAtOnceIsNotToldByAnEvent(transport: EnginePeer.Transport) async throws {
    try await withServer({ $0.drainMs = 10 }) { server in
      let client = try server.socketIO("north", over: transport)
      if transport == .polling { try client.engine.beginPoll() }
      Task { await server.live.hub.drain() }
      // Nothing comes before the end.
      #expect(throws: EnginePeer.Failure.self) { try client.next() }
    }
  }
}
