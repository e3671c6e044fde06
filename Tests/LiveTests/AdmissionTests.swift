import Glibc
import HubContracts
import HubTestSupport
import Testing

import HubRuntime
import Orders

@testable import Live

@Suite(.serialized) struct AdmissionTests {
  private func status(_ admission: Admission) -> Int? {
    guard case .refuse(let reply) = admission else { return nil }
    return reply.status
  }

  private func headers(_ admission: Admission) -> [String: String]? {
    guard case .accept(let headers) = admission else { return nil }
    return Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first }
  }

  @Test func acceptsAHandshakeWithAndWithoutAToken() async throws {
    try await withLive { live in
      let plain = ["Upgrade": "websocket", "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]
      #expect(headers(live.hub.admit(live.upgradeRequest())) == plain)
      #expect(headers(live.hub.admit(live.upgradeRequest(token: live.token("north")))) == plain)
      let offered = live.upgradeRequest(headers: [("Sec-WebSocket-Protocol", "bearer, \(live.token("north"))")])
      #expect(headers(live.hub.admit(offered))?["Sec-WebSocket-Protocol"] == "bearer")
      var queried = live.upgradeRequest()
      queried.query = [("token", Text(live.token("north")))]
      #expect(headers(live.hub.admit(queried)) == plain)
    }
  }

  /// A page sees nothing of the answer to its handshake but that it failed. So it is let in, and told.
  @Test func tellsWithACloseCodeThatATokenIsWrongWhereverItStands() async throws {
    try await withLive { live in
      let expired = live.token("north", lifetimeMs: -1)
      var requests: [HTTPRequest] = []
      for token in ["a-secret-that-is-wrong", expired] {
        requests.append(live.upgradeRequest(token: token))
        requests.append(live.upgradeRequest(headers: [("Sec-WebSocket-Protocol", "bearer, \(token)")]))
        requests.append(live.upgradeRequest())
        requests[requests.count - 1].query = [("token", Text(token))]
      }
      for request in requests {
        let accepted = try #require(headers(live.hub.admit(request)))
        // A page that offers protocols takes no answer that picks none.
        let offers = request.header("Sec-WebSocket-Protocol") != nil
        #expect((accepted["Sec-WebSocket-Protocol"] == "bearer") == offers)
        let client = try live.connect(request)
        let close = try client.nextClose()
        #expect(close.code == 4401)
        #expect(close.reason.hasPrefix("the token is refused: "))
      }
      #expect(blockUntil { live.hub.connectionCount == 0 })
      #expect(!live.log.lines.contains { "\($0)".contains("a-secret") })
      #expect(live.metrics.render().contains("handshakes_refused_total{reason=\"token\"} 6\n"))
    }
  }

  @Test func thoseThatAreToldAreFewOfAnAddressAndTheirPlacesComeBack() async throws {
    try await withLive(standing: true, { $0.handshakesPerSecond = 40 }) { live in
      func knock(_ address: Text) -> Int? {
        status(live.hub.admit(live.upgradeRequest(token: "bad", address: address)))
      }
      let answers = (0..<20).map { _ in knock("10.0.0.1") }
      #expect(answers == [Int?](repeating: nil, count: 16) + [401, 401, 401, 401])
      #expect(knock("10.0.0.2") == nil)
      // Nothing is taken from those that prove themselves, nor from those that have yet to.
      let others = (0..<20).map { live.hub.admit(live.upgradeRequest(address: "10.1.0.\($0)")) }
      #expect(others.allSatisfy { headers($0) != nil })
      for _ in 0..<20 { #expect(headers(live.hub.admit(live.upgradeRequest(token: live.token("north")))) != nil) }
      // Whoever is told and goes gives its place back.
      let client = try live.connect(live.upgradeRequest(token: "bad", address: "10.0.0.1"))
      #expect(try client.next().opcode == 8)
      shutdown(client.socket, Int32(SHUT_WR))
      #expect(blockUntil { live.hub.connectionCount == 0 })
      #expect(knock("10.0.0.1") == nil)
      #expect(knock("10.0.0.1") == 401)
      // Those that never come, or never go, hold theirs for as long as a close may take.
      live.pass(ms: 2_500)
      #expect(knock("10.0.0.1") == nil)
    }
  }

  @Test func refusesOtherVersionsAndBadKeys() async throws {
    try await withLive { live in
      let old = live.hub.admit(live.upgradeRequest(headers: [("Sec-WebSocket-Version", "8")]))
      guard case .refuse(let reply) = old else {
        Issue.record("version 8 is not spoken")
        return
      }
      #expect(reply.status == 426)
      #expect(reply.headers.contains { $0.name == "Sec-WebSocket-Version" && $0.value == "13" })
      #expect(status(live.hub.admit(live.upgradeRequest(headers: [("Sec-WebSocket-Key", "short")]))) == 400)
    }
  }

  @Test func admitsBrowsersOnlyFromOriginsOnTheList() async throws {
    try await withLive({ $0.allowedOrigins = ["https://shop.example"] }) { live in
      func from(_ origin: Text) -> Admission { live.hub.admit(live.upgradeRequest(headers: [("Origin", origin)])) }
      #expect(headers(from("https://shop.example")) != nil)
      for origin in ["https://evil.example", "http://shop.example", "https://shop.example.evil", "null", ""] as [Text] {
        #expect(status(from(origin)) == 403)
      }
    }
  }

  @Test func leavesOrdinaryRequestsToOthers() async throws {
    try await withLive { live in
      var post = live.upgradeRequest()
      post.method = .post
      var elsewhere = live.upgradeRequest()
      elsewhere.path = "/api/orders"
      for request in [post, elsewhere, live.upgradeRequest(headers: [("Upgrade", "h2c")])] {
        guard case .notAnUpgrade = live.hub.admit(request) else {
          Issue.record("\(request.path) is no upgrade")
          continue
        }
      }
    }
  }

  @Test func limitsConnectionsAProcessAnAddressAndAUser() async throws {
    try await withLive({
      $0.connectionLimit = 3
      $0.connectionLimitPerAddress = 2
      $0.connectionLimitPerUser = 1
    }) { live in
      let ada = try live.connect(token: live.token("north", "ada"), address: "10.0.0.1")
      #expect(try ada.nextText().contains("hub:ready"))
      #expect(
        status(live.hub.admit(live.upgradeRequest(token: live.token("north", "ada"), address: "10.0.0.2"))) == 503)
      #expect(
        headers(live.hub.admit(live.upgradeRequest(token: live.token("south", "ada"), address: "10.0.0.2"))) != nil)
      let bob = try live.connect(token: live.token("north", "bob"), address: "10.0.0.1")
      #expect(status(live.hub.admit(live.upgradeRequest(address: "10.0.0.1"))) == 503)
      #expect(headers(live.hub.admit(live.upgradeRequest(address: "10.0.0.2"))) != nil)
      // Whoever was admitted before the limit was reached finds it reached when the socket comes.
      #expect(try live.connect(address: "10.0.0.1").nextClose().code == 1013)
      let eve = try live.connect(address: "10.0.0.2")
      #expect(status(live.hub.admit(live.upgradeRequest(address: "10.0.0.3"))) == 503)
      _ = (bob, eve)
    }
  }

  @Test func limitsHandshakesASecond() async throws {
    try await withLive(standing: true, { $0.handshakesPerSecond = 5 }) { live in
      let outcomes = (0..<20).map { _ in live.hub.admit(live.upgradeRequest(token: live.token("north"))) }
      #expect(outcomes.prefix(5).allSatisfy { headers($0) != nil })
      #expect(outcomes.dropFirst(5).allSatisfy { status($0) == 503 })
      live.pass(ms: 400)
      let later = (0..<3).map { _ in live.hub.admit(live.upgradeRequest(token: live.token("north"))) }
      #expect(later.prefix(2).allSatisfy { headers($0) != nil })
      #expect(status(later[2]) == 503)
    }
  }

  @Test func whoHasNotSaidWhoItIsLeavesHalfOfThemToOthers() async throws {
    try await withLive(standing: true, { $0.handshakesPerSecond = 10 }) { live in
      let strangers = (0..<50).map { live.hub.admit(live.upgradeRequest(address: "10.0.0.\($0)")) }
      #expect(strangers.map { headers($0) != nil } == (0..<50).map { $0 < 5 })
      let known = (0..<5).map { _ in live.hub.admit(live.upgradeRequest(token: live.token("north"))) }
      #expect(known.allSatisfy { headers($0) != nil })
    }
  }
}
