import HubTestSupport
import Testing

/// WebSockets that break the rules: each is refused or closed with its code, and others go on.
@Suite struct BadFrameTests {
  @Test(arguments: ["https://evil.example", "null", "http://127.0.0.1:1"])
  func aPageOfAnotherOriginIsRefused(origin: String) async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let (port, token) = (hub.live.port, ada.token ?? "")
    let answer = try await onThread {
      let client = try RawClient(port: port)
      try client.request(
        "GET", "/ws", headers: LiveSocket.handshake + ["Origin: \(origin)", "Authorization: Bearer \(token)"])
      return try client.answer()
    }
    #expect(answer.status == 403)
    #expect(Document(parsing: answer.body)["code"] == "live_origin")
  }

  @Test func aHandshakeWithABadTokenOrVersionIsRefused() async throws {
    let hub = try await Hub.shared()
    let port = hub.live.port
    for (headers, status) in [
      // It is let in to be told: see LiveTokenTests.
      (LiveSocket.handshake + ["Authorization: Bearer garbage"], 101),
      (LiveSocket.handshake.filter { !$0.hasPrefix("Sec-WebSocket-Version") } + ["Sec-WebSocket-Version: 8"], 426),
      (LiveSocket.handshake.filter { !$0.hasPrefix("Sec-WebSocket-Key") } + ["Sec-WebSocket-Key: short"], 400),
    ] {
      let answer = try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/ws", headers: headers)
        return try client.answer()
      }
      #expect(answer.status == status, "\(answer)")
    }
  }

  /// What is sent, and the code that closes.
  private struct Break: Sendable {
    var code: UInt16
    var send: @Sendable (WebSocketClient) -> Void
  }

  @Test func aBrokenFrameClosesItsSocketWithTheRightCodeAndNoOther() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let watcher = try await hub.socket(ada)
    let breaks = [
      Break(code: 1002) { $0.sendFrame(opcode: 1, Array("{}".utf8), masked: false) },
      Break(code: 1002) { $0.sendFrame(opcode: 1, Array("{}".utf8), reserved: 4) },
      Break(code: 1002) { $0.sendFrame(opcode: 3, []) },
      Break(code: 1002) { $0.sendFrame(opcode: 0, Array("stray".utf8)) },
      Break(code: 1002) { $0.sendFrame(opcode: 9, [UInt8](repeating: 65, count: 126)) },
      Break(code: 1007) { $0.sendFrame(opcode: 1, [0xff, 0xfe]) },
      Break(code: 1009) { $0.sendFrame(opcode: 1, [UInt8](repeating: 65, count: 70_000)) },
      Break(code: 1009) {
        $0.sendBytes([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8])
      },
      Break(code: 1009) { client in
        client.sendFrame(opcode: 1, [0x20], fin: false)
        for _ in 0..<70_000 { client.sendFrame(opcode: 0, [0x20], fin: false) }
      },
    ]
    for (index, each) in breaks.enumerated() {
      let socket = try await hub.socket(ada, subscribes: false)
      let code = try await onThread {
        each.send(socket.client)
        return (try? socket.client.nextClose().code) ?? 0
      }
      #expect(code == each.code, "break \(index): \(code)")
    }
    _ = try await ada.place([("p1", "1")])
    #expect(try await watcher.next(2).map { $0["type"] } == ["order:created", "order:inventory-reduced"])
  }

  @Test(arguments: [
    "", "{", "[]", "null", #"{"type":5}"#, #"{"type":"nonesuch"}"#,
    #"{"type":"subscribe:orders","tenantId":{"$ne":1}}"#,
    #"{"type":"subscribe:orders","tenantId":"*"}"#, #"{"type":"auth","token":"garbage"}"#,
  ])
  func aCommandThatIsNotKnownIsAnsweredWithAnErrorAndTheSocketStays(command: String) async throws {
    let hub = try await Hub.shared()
    let socket = try await hub.socket(try hub.caller(), subscribes: false)
    try await onThread {
      socket.client.send(command)
      let answer = Document(parsing: try socket.client.nextText())
      #expect(answer["type"] == "error", "\(answer)")
      #expect(!answer["code"].text.isEmpty)
      socket.client.send(#"{"type":"ping"}"#)
      #expect(Document(parsing: try socket.client.nextText()) == ["type": "pong"])
    }
  }

  @Test func aCommandNestedTenThousandDeepIsRefused() async throws {
    let hub = try await Hub.shared()
    let socket = try await hub.socket(try hub.caller(), subscribes: false)
    try await onThread {
      socket.client.send(String(repeating: "[", count: 10_000))
      let answer = Document(parsing: try socket.client.nextText())
      #expect([answer["type"], answer["code"]] == ["error", "bad_command"])
    }
  }
}
