import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// Whoever is connected goes when its user's sessions are ended, by whatever protocol, and does not come back with its token.
@Suite struct EndedTokenTests {
  private static let reason = "the token is from before the user's sessions were ended"

  private func end(_ server: LiveServer, _ user: String, tenant: String = "north") throws -> TokenEnd {
    TokenEnd(
      tenant: try #require(TenantID(tenant)), user: try #require(UserID(user)),
      before: TokenEnd.next(after: server.live.clock.now()))
  }

  @Test func itsConnectionsEndOnEveryTransportAndNobodyElses() async throws {
    try await withServer(standing: true) { server in
      let (plain, stream) = (try server.plain("north"), try server.stream("north"))
      let (polling, socket) = (
        try server.socketIO("north", over: .polling), try server.socketIO("north", over: .websocket)
      )
      let others = [try server.plain("north", "bob"), try server.plain("south")]
      _ = try stream.next()
      try polling.engine.beginPoll()
      let token = server.live.token("north")
      server.live.hub.end([try end(server, "ada")])
      let close = try plain.nextClose()
      #expect(close.code == 4401 && close.reason == Self.reason)
      #expect(
        try stream.next() == .init(event: "hub:closing", data: "{\"code\":\"4401\",\"reason\":\"\(Self.reason)\"}"))
      #expect(throws: EventStreamPeer.Failure.ended(rest: [])) { try stream.next() }
      #expect(try socket.end() == .ended(code: 4401, reason: Self.reason))
      #expect(try polling.end() == .ended(code: nil, reason: ""))
      // Who does not take leave is cut off.
      server.live.pass(ms: 1_000)
      #expect(blockUntil { server.live.hub.connectionCount == 2 })
      // Nor does it come back.
      let refused = try EventStreamPeer(port: server.port, headers: ["Authorization: Bearer \(token)"])
      #expect(refused.head.status == 401 && refused.head.body.contains(Self.reason))
      let again = try server.session(.websocket)
      guard case .refused = try again.connect(auth: "{\"token\":\"\(token)\"}") else {
        throw EnginePeer.Failure.malformed("it was let in")
      }
      // Others hear on, and may go when it is their turn.
      server.record(1...1)
      #expect(try others[0].nextText().contains("order:updated"))
      server.live.hub.end([try end(server, "ada"), try end(server, "ada", tenant: "south")])
      #expect(try others[1].nextClose().code == 4401)
    }
  }

  @Test func whoComesWithATokenThatWasEndedOnTheWayGoesAtOnce() async throws {
    try await withServer { server in
      let hub = server.live.hub
      let token = server.live.token("north")
      _ = try hub.gate.verifier.verify(token, now: server.live.clock.now())
      hub.end([try end(server, "ada")])
      // Its handshake was judged before.
      let plain = try server.live.connect(token: token)
      #expect(try plain.nextClose().code == 4401)
    }
  }
}
