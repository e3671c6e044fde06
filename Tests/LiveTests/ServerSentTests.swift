import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

@Suite(.serialized) struct ServerSentTests {
  private let ready = "{\"tenant\":\"north\",\"user\":\"ada\"}"

  /// What the message of an event of `TestBus.numbered` is.
  private func message(_ number: Int, _ place: String?, order: String = "6563f1c2a9b4e80012ab34cd")
    -> EventStreamPeer.Message
  {
    let offset = place.map { ",\"offset\":\"\($0)\"" } ?? ""
    return .init(
      id: place, event: "order:updated",
      data:
        "{\"type\":\"order:updated\",\"data\":{\"order\":{\"version\":\(number)}},\"id\":\"\(order):\(number)\",\"seq\":\(number)\(offset)}"
    )
  }

  @Test func greetsAndThenSendsEachEventWithItsId() async throws {
    try await withServer { server in
      let stream = try server.stream("north")
      #expect(stream.head.headers["content-type"] == "text/event-stream; charset=utf-8")
      #expect(stream.head.headers["cache-control"] == "no-store")
      #expect(stream.head.headers["connection"] == "close")
      #expect(stream.head.headers["x-request-id"] != nil)
      #expect(stream.head.headers["content-length"] == nil)
      #expect(try stream.next() == .init(id: "1001-0", event: "hub:ready", data: ready))
      server.record(1...2)
      server.live.bus.publish([TestBus.numbered("north", 3)], tenant: "north")
      server.record(4...4, tenant: "south")
      server.record(5...5)
      #expect(try stream.next() == message(1, "1002-0"))
      #expect(try stream.next() == message(2, "1003-0"))
      #expect(try stream.next() == message(3, nil))
      #expect(try stream.next() == message(5, "1005-0"))
      #expect(server.live.metrics.render().contains("orderhub_live_connections{transport=\"sse\"} 1\n"))
    }
  }

  @Test func writesDataThatHoldsLineEndsInOneLine() async throws {
    try await withServer { server in
      let stream = try server.stream("north")
      _ = try stream.next()
      server.live.bus.publish(
        [TestBus.envelope("north", seq: 1, data: "{\r\n\"n\"\n: \"a\\nb\"}")], tenant: "north")
      #expect(try stream.next().data?.contains("\"data\":{  \"n\" : \"a\\nb\"},") == true)
      server.record(2...2)
      #expect(try stream.next() == message(2, "1002-0"))
    }
  }

  @Test(arguments: ["header", "query"])
  func goesOnAfterTheLastIdThatCame(by way: String) async throws {
    try await withTwoServers { first, second in
      for number in 1...4 { _ = first.live.streams.add("north", TestBus.numbered("north", number)) }
      for server in [first, second] {
        let stream = try server.stream(
          "north", query: way == "query" ? "?lastEventId=1002-0" : "",
          headers: way == "header" ? ["Last-Event-ID: 1002-0"] : [])
        #expect(try stream.next() == .init(event: "hub:ready", data: ready))
        #expect(try stream.next() == message(3, "1003-0"))
        #expect(try stream.next() == message(4, "1004-0"))
        #expect(stream.lastID == "1004-0")
      }
      // An empty one is none.
      let fresh = try first.stream("north", headers: ["Last-Event-ID:"])
      #expect(try fresh.next() == .init(id: "1004-0", event: "hub:ready", data: ready))
    }
  }

  @Test func tellsWhoWasAwayTooLongToLoadAgain() async throws {
    try await withServer { server in
      for number in 1...4 { _ = server.live.streams.add("north", TestBus.numbered("north", number)) }
      server.live.streams.trim("north", to: 1)
      let stream = try server.stream("north", headers: ["Last-Event-ID: 1001-0"])
      #expect(try stream.next() == .init(id: "1004-0", event: "resync", data: "{\"reason\":\"too far behind\"}"))
      server.record(5...5)
      #expect(try stream.next() == message(5, "1005-0"))
      server.live.bus.listener?.lost()
      server.live.streams.wipe()
      server.live.bus.listener?.subscribed(try #require(TenantID("north")))
      let resync = try stream.next()
      #expect(resync.event == "resync" && resync.data == "{\"reason\":\"gap\"}" && resync.id != nil)
    }
  }

  @Test func sendsOneOrderOnlyIfThatIsAskedForAndCustomersTheirOwn() async throws {
    let order = "6563f1c2a9b4e80012ab34c1"
    try await withServer { server in
      let single = try server.stream("north", query: "?orderId=\(order)")
      let customer = try server.stream("north", "c-1", role: "customer")
      let both = try server.stream("north", "c-1", role: "customer", query: "?orderId=\(order)")
      for stream in [single, customer, both] { #expect(try stream.next().event == "hub:ready") }
      server.live.bus.record(
        [
          TestBus.numbered("north", 1), TestBus.numbered("north", 2, order: order),
          TestBus.numbered("north", 3, customer: "c-1"), TestBus.numbered("north", 4, order: order, customer: "c-1"),
        ], tenant: "north")
      #expect(try single.next() == message(2, "1003-0", order: order))
      #expect(try single.next() == message(4, "1005-0", order: order))
      #expect(try customer.next() == message(3, "1004-0"))
      #expect(try customer.next() == message(4, "1005-0", order: order))
      #expect(try both.next() == message(4, "1005-0", order: order))
    }
  }

  @Test func sendsACommentWhenNothingElseComes() async throws {
    try await withServer({ $0.streamBeatMs = 200 }) { server in
      let stream = try server.stream("north")
      // On a slow machine a comment comes before it.
      #expect(try stream.nextEvent().event == "hub:ready")
      for _ in 1...2 { #expect(try stream.next() == .init(comment: "")) }
      server.record(1...1)
      #expect(try stream.nextEvent() == message(1, "1002-0"))
    }
  }

  /// A browser that is answered anything but 200 never asks again.
  @Test(arguments: ["full", "user", "rate", "draining"])
  func aStreamThatFindsNoRoomIsToldWhenToComeAgainAndNotToStayAway(why: String) async throws {
    try await withServer(
      standing: true,
      { options in
        if why == "full" { options.connectionLimit = 0 }
        if why == "user" { options.connectionLimitPerUser = 1 }
        if why == "rate" { options.handshakesPerSecond = 1 }
        options.drainMs = 0
        options.allowedOrigins = ["https://shop.example"]
      }
    ) { server in
      let first = why == "user" || why == "rate" ? try server.stream("north") : nil
      if why == "draining" {
        Task { await server.live.hub.drain() }
        #expect(blockUntil { !server.live.hub.isReady })
      }
      var times: [Int] = []
      for _ in 0..<20 {
        let stream = try EventStreamPeer(
          port: server.port,
          headers: ["Authorization: Bearer \(server.live.token("north"))", "Origin: https://shop.example"])
        #expect(stream.head.status == 200)
        #expect(stream.head.headers["content-type"] == "text/event-stream; charset=utf-8")
        #expect(stream.head.headers["access-control-allow-origin"] == "https://shop.example")
        #expect(stream.head.headers["connection"] == "close")
        let parts = stream.head.body.split(separator: "\n\n").map(String.init)
        try #require(parts.count == 2)
        times.append(try #require(Int(parts[0].dropFirst("retry: ".count))))
        let code = why == "draining" ? 1012 : 1013
        #expect(parts[1].hasPrefix("event: hub:closing\ndata: {\"code\":\"\(code)\",\"reason\":\""))
        // It ends there.
        #expect(throws: EventStreamPeer.Failure.ended(rest: [])) { try stream.next() }
      }
      // Not all together: of any twenty in a row five come in each second of the four.
      for second in 2..<6 { #expect((4...6).contains(times.count { $0 / 1_000 == second }), "\(times)") }
      withExtendedLifetime(first) {}
    }
  }

  @Test func whatWillNotPassIsRefusedForGood() async throws {
    try await withServer({ $0.connectionLimitPerUser = 1 }) { server in
      let stream = try server.stream("north")
      for token in ["bad", server.live.token("north", "eve", role: "auditor")] {
        let refused = try EventStreamPeer(port: server.port, headers: ["Authorization: Bearer \(token)"])
        #expect(refused.head.status == 401)
      }
      withExtendedLifetime(stream) {}
    }
  }

  @Test func refusesWhatItCannotServe() async throws {
    try await withServer({ $0.allowedOrigins = ["https://shop.example"] }) { server in
      let good = "Authorization: Bearer \(server.live.token("north"))"
      func status(_ query: String, _ headers: [String]) throws -> RawClient.Answer {
        try EventStreamPeer(port: server.port, query: query, headers: headers).head
      }
      #expect(try status("", []).status == 401)
      #expect(try status("", ["Authorization: Bearer bad"]).status == 401)
      #expect(try status("", ["Authorization: Bearer \(server.live.token("north", lifetimeMs: -1))"]).status == 401)
      #expect(try status("?token=a-secret", []).status == 401)
      #expect(!server.live.log.lines.contains { "\($0)".contains("a-secret") })
      for query in ["?orderId=7", "?orderId=", "?colour=red", "?lastEventId=yesterday"] {
        let answer = try status(query, [good])
        #expect(answer.status == 400 && answer.headers["content-type"] == "application/problem+json")
      }
      #expect(try status("", [good, "Last-Event-ID: 5"]).status == 400)
      let foreign = try status("", [good, "Origin: https://evil.example"])
      #expect(foreign.status == 403 && foreign.headers["access-control-allow-origin"] == nil)
      let client = try RawClient(port: server.port)
      try client.request("POST", "/events", headers: [good], body: "")
      let refused = try client.answer()
      #expect(refused.status == 405 && refused.headers["allow"] == "GET, OPTIONS")
      #expect(server.live.hub.connectionCount == 0)
      #expect(try server.stream("north", query: "?token=ignored").next().event == "hub:ready")
      let byQuery = try EventStreamPeer(port: server.port, query: "?token=\(server.live.token("north"))")
      #expect(byQuery.head.status == 200)
    }
  }

  @Test func tellsTheBrowserThatAPageOfTheListMayReadIt() async throws {
    try await withServer({ $0.allowedOrigins = ["https://shop.example"] }) { server in
      let stream = try server.stream("north", headers: ["Origin: https://shop.example"])
      #expect(stream.head.headers["access-control-allow-origin"] == "https://shop.example")
      #expect(stream.head.headers["access-control-allow-credentials"] == "true")
      #expect(stream.head.headers["vary"] == "Origin")
      // The page may read a refusal too.
      let refused = try EventStreamPeer(port: server.port, headers: ["Origin: https://shop.example"]).head
      #expect(refused.status == 401 && refused.headers["access-control-allow-origin"] == "https://shop.example")
      let preflight = try RawClient(port: server.port)
      try preflight.request(
        "OPTIONS", "/events",
        headers: [
          "Origin: https://shop.example", "Access-Control-Request-Method: GET",
          "Access-Control-Request-Headers: authorization, last-event-id",
        ])
      let answer = try preflight.answer()
      #expect(answer.status == 204)
      #expect(answer.headers["access-control-allow-headers"] == "authorization, last-event-id")
      #expect(answer.headers["access-control-allow-origin"] == "https://shop.example")
    }
  }

  @Test func aReaderThatStopsIsCutAndNothingFollowsAMessageThatIsOutInPart() async throws {
    try await withServer({
      $0.queueLimitBytes = 256 * 1_024; $0.closeTimeoutMs = 1_000
    }) { server in
      let slow = try server.stream("north", "slow")
      let quick = try server.stream("north", "quick")
      for stream in [slow, quick] { #expect(try stream.next().event == "hub:ready") }
      let data = "\"" + String(repeating: "x", count: 30_000) + "\""
      var sent = 0
      while !server.live.metrics.render().contains("orderhub_live_slow_closes_total 1\n"), sent < 1_000 {
        sent += 1
        server.live.bus.record([TestBus.envelope("north", seq: sent, data: data)], tenant: "north")
        #expect(try quick.next().id == "\(1_001 + sent)-0")
      }
      #expect(sent < 1_000)
      var got = 0
      do {
        while true {
          let message = try slow.next()
          got += 1
          #expect(message.id == "\(1_001 + got)-0" && message.data?.hasSuffix("-0\"}") == true)
        }
      } catch EventStreamPeer.Failure.ended(let rest) {
        // Of the last one less than a line may have come: what the reader threw away.
        #expect(rest.count <= 2)
      }
      #expect(got < sent)
      // It comes back by its last id and misses nothing, or is told.
      let back = try server.stream("north", "slow", headers: ["Last-Event-ID: \(slow.lastID ?? "")"])
      #expect(try ["hub:ready", "resync"].contains(back.next().event))
      #expect(blockUntil { server.live.hub.connectionCount == 2 })
      #expect(server.live.metrics.render().contains("orderhub_live_queued_bytes 0\n"))
    }
  }
}
