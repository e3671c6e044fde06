import HubRuntime
import HubTestSupport
import Testing

@testable import EngineServer

@Suite struct DoorTests {
  /// A request that is refused, its method before it.
  @Test(arguments: [
    ("GET /engine.io/?EIO=4", 0, "Transport unknown"),
    ("GET /engine.io/?EIO=4&transport=pigeon", 0, "Transport unknown"),
    ("GET /engine.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAA", 1, "Session ID unknown"),
    ("GET /engine.io/?EIO=4&transport=polling&sid=short", 1, "Session ID unknown"),
    ("POST /engine.io/?EIO=4&transport=polling&sid=_AAAAAAAAAAAAAAAAAAAA", 1, "Session ID unknown"),
    ("POST /engine.io/?EIO=4&transport=polling", 2, "Bad handshake method"),
    ("PUT /engine.io/?EIO=4&transport=polling", 2, "Bad handshake method"),
    ("OPTIONS /engine.io/?EIO=4&transport=polling", 2, "Bad handshake method"),
    ("GET /engine.io/?EIO=4&transport=websocket", 3, "Bad request"),
    ("GET /engine.io/?EIO=3&transport=polling", 5, "Unsupported protocol version"),
    ("GET /engine.io/?transport=polling", 5, "Unsupported protocol version"),
    ("GET /engine.io?EIO=5&transport=polling", 5, "Unsupported protocol version"),
  ])
  func aRequestThatMakesNoSenseIsToldWhy(line: String, code: Int, message: String) async throws {
    try await EngineFixture.run { fixture in
      let words = line.split(separator: " ").map(String.init)
      let client = try RawClient(port: fixture.port)
      try client.request(words[0], words[1], body: words[0] == "POST" ? "4hello" : nil)
      let answer = try client.answer()
      #expect(answer.status == 400)
      #expect(answer.headers["content-type"] == "application/json")
      #expect(answer.headers["cache-control"] == "no-store")
      #expect(answer.body == "{\"code\":\(code),\"message\":\"\(message)\"}")
      #expect(fixture.door.sessionCount == 0)
    }
  }

  @Test func aHeadOpensNothingAndPollsNothing() async throws {
    try await EngineFixture.run { fixture in
      let client = try RawClient(port: fixture.port)
      try client.request("HEAD", EngineFixture.target("polling"))
      #expect(try client.answer(hasBody: false).status == 400)
      #expect(fixture.door.sessionCount == 0)
      let polling = try Polling(fixture)
      fixture.withClients { $0.send("kept") }
      for method in ["HEAD", "PUT", "DELETE"] {
        try client.request(method, polling.target)
        #expect(try client.answer(hasBody: method != "HEAD").status == 400)
      }
      #expect(try polling.get().body == "4kept")
    }
  }

  @Test(arguments: [
    ("/engine.io/?EIO=4", 0), ("/engine.io/?EIO=4&transport=websocket&sid=AAAAAAAAAAAAAAAAAAAAA", 1),
    ("/engine.io/?EIO=4&transport=polling", 3), ("/engine.io/?EIO=3&transport=websocket", 5),
  ])
  func aWebSocketThatMakesNoSenseIsRefused(target: String, code: Int) async throws {
    try await EngineFixture.run { fixture in
      let client = try RawClient(port: fixture.port)
      try client.request("GET", target, headers: EngineFixture.handshake())
      let answer = try client.answer()
      #expect(answer.status == 400)
      #expect(answer.body.hasPrefix("{\"code\":\(code),"))
    }
  }

  @Test(arguments: ["Sec-WebSocket-Version: 12", "Sec-WebSocket-Key: short"])
  func aHandshakeThatIsNoneIsRefused(header: String) async throws {
    try await EngineFixture.run { fixture in
      let name = header.prefix { $0 != ":" }
      let headers = EngineFixture.handshake().filter { !$0.hasPrefix(name) } + [header]
      let client = try RawClient(port: fixture.port)
      try client.request("GET", EngineFixture.target("websocket"), headers: headers)
      #expect(try client.answer().body == "{\"code\":3,\"message\":\"Bad request\"}")
    }
  }

  @Test func aPageOfAnAllowedOriginMayReadTheAnswers() async throws {
    try await EngineFixture.run { fixture in
      let origin = "Origin: https://shop.example"
      let client = try RawClient(port: fixture.port)
      try client.request(
        "OPTIONS", EngineFixture.target("polling"),
        headers: [
          origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type,x-tenant",
        ])
      let preflight = try client.answer()
      #expect(preflight.status == 204)
      #expect(preflight.headers["access-control-allow-origin"] == "https://shop.example")
      #expect(preflight.headers["access-control-allow-credentials"] == "true")
      #expect(preflight.headers["access-control-allow-methods"] == "GET, POST")
      #expect(preflight.headers["access-control-allow-headers"] == "content-type,x-tenant")
      #expect(preflight.headers["vary"] == "Origin")

      let polling = try Polling(fixture)
      for (method, body) in [("POST", "4a"), ("GET", nil), ("PUT", nil)] as [(String, String?)] {
        try client.request(method, polling.target, headers: [origin], body: body)
        let answer = try client.answer()
        #expect(answer.headers["access-control-allow-origin"] == "https://shop.example")
        #expect(answer.headers["access-control-allow-credentials"] == "true")
        #expect(answer.headers["vary"] == "Origin")
      }
      _ = try fixture.webSocket(origin: "https://shop.example")
    }
  }

  @Test func aPageOfAnotherOriginGetsNothing() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      let forbidden = "{\"code\":4,\"message\":\"Forbidden\"}"
      for method in ["GET", "POST", "OPTIONS"] {
        let client = try RawClient(port: fixture.port)
        try client.request(
          method, polling.target, headers: ["Origin: https://evil.example"], body: method == "POST" ? "4a" : nil)
        let answer = try client.answer()
        #expect(answer.status == 403)
        #expect(answer.body == forbidden)
        #expect(answer.headers["access-control-allow-origin"] == nil)
        #expect(answer.headers["vary"] == "Origin")
      }
      let client = try RawClient(port: fixture.port)
      try client.request(
        "GET", EngineFixture.target("websocket"), headers: EngineFixture.handshake(origin: "https://evil.example"))
      let refused = try client.answer()
      #expect(refused.status == 400)
      #expect(refused.body == forbidden)
      #expect(fixture.door.sessionCount == 1)
    }
  }

  @Test func theOwnerMayTurnNewClientsAwayWhileOldOnesGoOn() async throws {
    try await EngineFixture.run { fixture in
      let polling = try Polling(fixture)
      for (welcome, status) in [(EngineWelcome.busy, 503), (.forbidden, 403)] {
        fixture.welcome.with { $0 = welcome }
        let client = try RawClient(port: fixture.port)
        try client.request("GET", EngineFixture.target("polling"))
        let answer = try client.answer()
        #expect(answer.status == status)
        #expect(answer.headers["retry-after"] == (welcome == .busy ? "2" : nil))
        #expect(answer.headers["cache-control"] == "no-store")
        try client.request("GET", EngineFixture.target("websocket"), headers: EngineFixture.handshake())
        let refused = try client.answer()
        #expect(refused.status == (welcome == .busy ? 503 : 400))
        #expect(refused.headers["retry-after"] == (welcome == .busy ? "2" : nil))
      }
      #expect(try polling.post("4still here").body == "ok")
      #expect(try polling.get().body == "4still here")
      let socket = try fixture.webSocket(sid: polling.sid)
      socket.send("2probe")
      #expect(try socket.nextText() == "3probe")
    }
  }
}
