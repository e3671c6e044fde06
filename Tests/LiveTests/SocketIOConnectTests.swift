import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct SocketIOConnectTests {
  @Test(arguments: EnginePeer.Transport.allCases)
  func letsInWhoBringsATokenInItsAuthObject(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      let client = try server.session(transport)
      let answer = try client.connect(auth: "{\"token\":\"\(server.live.token("north"))\",\"other\":7}")
      let (sid, pid) = (try #require(client.sid), try #require(client.pid))
      #expect(answer == .connected(sid: sid, pid: pid))
      #expect(!sid.isEmpty && sid != client.engine.sid && !pid.contains(client.engine.sid))
      let ready = try client.nextEvent()
      #expect(ready.name == "hub:ready")
      #expect(ready.arguments == [.object(["tenant": .string("north"), "user": .string("ada")])])
      #expect(ready.offset == "1001-0")
      let name = transport == .polling ? "socketio_polling" : "socketio_websocket"
      #expect(server.live.metrics.render().contains("orderhub_live_connections{transport=\"\(name)\"} 1\n"))
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func takesTheTokenOfTheHandshakeFromWhoSendsNoneLater(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      let token = server.live.token("north")
      let header = try server.session(transport, headers: ["Authorization: Bearer \(token)"])
      guard case .connected = try header.connect() else { throw EnginePeer.Failure.timedOut }
      #expect(try header.nextEvent().name == "hub:ready")
      let query = try server.session(transport, query: "&token=\(token)")
      guard case .connected = try query.connect(auth: "{}") else { throw EnginePeer.Failure.timedOut }
      #expect(try query.nextEvent().name == "hub:ready")
      // What it sends itself counts before what the handshake brought.
      let other = try server.session(transport, query: "&token=\(server.live.token("south"))")
      try other.connect(auth: "{\"token\":\"\(token)\"}")
      #expect(try other.nextEvent().data["tenant"] == .string("north"))
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func refusesWhoBringsNoGoodTokenAndLetsItTryAgain(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      let client = try server.session(transport)
      #expect(try client.connect() == .refused(message: "no token: send {\"token\"} as auth", code: "unauthenticated"))
      #expect(
        try client.connect(auth: "{\"token\":\"bad\"}")
          == .refused(message: "the token is refused: \(TokenRefusal.malformed.message)", code: "unauthorised"))
      #expect(
        try client.connect(auth: "{\"token\":\"\(server.live.token("north", lifetimeMs: -1))\"}")
          == .refused(message: "the token is refused: \(TokenRefusal.expired.message)", code: "unauthorised"))
      #expect(
        try client.connect(auth: "{\"token\":5}")
          == .refused(message: "the token is refused: \(TokenRefusal.malformed.message)", code: "unauthorised"))
      guard case .connected = try client.connect(auth: "{\"token\":\"\(server.live.token("north"))\"}") else {
        throw EnginePeer.Failure.timedOut
      }
      #expect(try client.nextEvent().name == "hub:ready")
    }
  }

  @Test func closesWhoIsRefusedTooOften() async throws {
    try await withServer({ $0.offenceLimit = 2 }) { server in
      let client = try server.session(.websocket)
      for _ in 1...2 { try client.connect() }
      try client.engine.send("40")
      #expect(
        try client.end() == .ended(code: 1008, reason: "no token: send {\"token\"} as auth"))
    }
  }

  @Test func knowsNoNamespaceButTheMainOne() async throws {
    try await withServer { server in
      let client = try server.socketIO("north")
      try client.engine.send("40/admin,{\"token\":\"\(server.live.token("north"))\"}")
      #expect(try client.next() == .other("44/admin,{\"message\":\"Invalid namespace\"}"))
      server.record(1...1)
      #expect(try client.nextEvent().number == 1)
    }
  }

  @Test(arguments: EnginePeer.Transport.allCases)
  func staysConnectedOutsideTheNamespaceAndMayJoinItAgain(transport: EnginePeer.Transport) async throws {
    try await withServer { server in
      // Of a client that goes on with the handshake's token too.
      let client = try server.session(transport, query: "&token=\(server.live.token("north"))")
      try client.connect()
      #expect(try client.nextEvent().name == "hub:ready")
      let first = try #require(client.sid)
      try client.engine.send("41")
      #expect(blockUntil { server.live.metrics.render().contains("orderhub_live_rooms 0\n") })
      server.record(1...1)
      guard case .connected(let sid, _) = try client.connect() else { throw EnginePeer.Failure.timedOut }
      #expect(sid != first)
      #expect(try client.nextEvent().name == "hub:ready")
      server.record(2...2)
      #expect(try client.nextEvent().number == 2)
      // The same connection cannot become somebody else's.
      try client.engine.send("41")
      #expect(
        try client.connect(auth: "{\"token\":\"\(server.live.token("north", "eve"))\"}")
          == .refused(message: "the token is another user's", code: "forbidden"))
      #expect(server.live.hub.connectionCount == 1)
    }
  }

  @Test func endsWithAClientThatLeavesOrBreaksTheProtocol() async throws {
    try await withServer { server in
      let polite = try server.socketIO("north", over: .polling)
      try polite.engine.send("1")
      for bad in ["42", "4", "49", "42[5e]", "2", "x", "40"] {
        let client = try server.socketIO("north")
        try client.engine.send(bad)
        guard case .ended = try client.end() else {
          Issue.record("\(bad) is no protocol")
          continue
        }
      }
      #expect(blockUntil { server.live.hub.connectionCount == 0 })
    }
  }
}
