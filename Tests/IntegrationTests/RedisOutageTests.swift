import Foundation
import HubTestSupport
import Orders
import Testing

/// What the hub does while its Redis is gone, wiped or slow. Each test has a hub of its own.
@Suite(.serialized) struct RedisOutageTests {
  @Test func withRedisGoneEveryAnswerIsTheSameAndEventsFollowWhenItIsBack() async throws {
    let hub = try await Hub.own(apis: 2)
    defer { hub.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10")])
    let before = try await ada.answers(order)
    hub.redis.stop()

    // The same answers from MongoDB, in bounded time.
    #expect(try await ada.answers(order) == before)
    let replies = try await atOnce(40) { try await ada.at($0).deliver(order, "1") }
    #expect(replies.count { $0.status == 201 } <= 10)
    #expect(replies.allSatisfy { [201, 409, 503].contains($0.status) })
    let made = try await ada.deliveries(order).count
    #expect(made == replies.count { $0.status == 201 })
    let late = try await ada.post(
      "/api/orders", #"{"customer":{"name":"Late"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#, key: "k")
    #expect(late.status == 201)
    #expect(try await ada.get("/api/orders/stats")["counters"]["totalOrders"] == 2)
    #expect(try await ada.get("/readyz")["redis"] == "down")

    let redis = try await onThread { try TestServers.redis(port: hub.redisPort) }
    defer { redis.stop() }
    try await eventually("the hub has Redis again") { try await ada.get("/readyz")["redis"] == "up" }
    // What was written meanwhile reaches the tenant's stream, each order's in its sequence.
    let wanted = try await ada.order(order)["version"].whole
    try await eventually("all events are in the stream") {
      let seqs = try await hub.streamedSeqs(ada.tenant)
      return Set(seqs[order.id] ?? []).isSuperset(of: Set(3...wanted)) && (seqs[late["order"].id] ?? []) == [1, 2]
    }
    for process in 0..<2 {
      try await eventually("the counters are right again") {
        let counters = try await ada.at(process).get("/api/orders/stats")["counters"]
        return [counters["totalOrders"], counters["openOrders"]] == [2, 1]
      }
      #expect(try await ada.at(process).remaining(order)["p1"]["delivered"].whole == made)
    }
    try await ada.expectSound(order)
    #expect(try await CommandLineRun.orderhub(["audit"], hub: hub).status == 0)
  }

  @Test func wipingRedisUnderLoadLetsNothingThroughAndChangesNoAnswer() async throws {
    let hub = try await Hub.own(apis: 2)
    defer { hub.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "60")])
    let port = hub.redisPort
    let wiping = Task {
      for round in 0..<40 {
        try await onThread {
          // The lock is taken away from its holder as well, as if it had run out.
          try RedisAsker.ask(port, "DEL", "lock:order:\(order.id)")
          if round % 4 == 0 { try RedisAsker.ask(port, "FLUSHALL") }
        }
        try await Task.sleep(for: .milliseconds(15))
      }
    }
    let replies = try await atOnce(120) { try await ada.at($0).deliver(order, "1") }
    try await wiping.value
    #expect(replies.allSatisfy { [201, 409, 503].contains($0.status) }, "\(Set(replies.map(\.status)))")
    let made = replies.count { $0.status == 201 }
    #expect(made <= 60)
    #expect(try await ada.deliveries(order).count == made)

    let before = try await ada.answers(order)
    try await onThread { try RedisAsker.ask(port, "FLUSHALL") }
    for process in 0..<2 { #expect(try await ada.at(process).answers(order) == before) }
    try await ada.expectSound(order)
    #expect(try await CommandLineRun.orderhub(["audit"], hub: hub).status == 0)
  }

  @Test func aSlowRedisDelaysNoAnswerForLong() async throws {
    let hub = try await Hub.own()
    defer { hub.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10")])
    let before = try await ada.answers(order)
    hub.redis.signal(SIGSTOP)
    // They would never end, if any waited for Redis.
    let answers = try await ada.answers(order)
    let placed = try await ada.place([("p1", "1")])
    let delivered = try await ada.deliver(order, "1", key: "slow")
    #expect(answers == before)
    #expect(placed["version"] == 2)
    #expect(delivered.status == 201)
    hub.redis.signal(SIGCONT)
    try await eventually("the new state is shown") {
      try await ada.remaining(order)["p1"]["delivered"] == 1
    }
    try await eventually("the events are out") {
      try await hub.streamedSeqs(ada.tenant)[order.id].map { Set($0) } == [1, 2, 3, 4, 5]
    }
  }

  @Test func whatAProcessWroteAndDidNotPublishBeforeItWasKilledIsPublishedByTheWorker() async throws {
    let hub = try await Hub.own(apis: 2)
    defer { hub.end() }
    let ada = try hub.caller()
    let socket = try await hub.socket(ada)
    let orders = try await atOnce(5) { _ in try await ada.at(0).place([("p1", "10")]) }
    _ = try await socket.next(10)
    // Redis stands still: what is committed now cannot be published before the process dies.
    hub.redis.signal(SIGSTOP)
    let replies = try await atOnce(5) { index in
      try? await ada.at(0).call(
        "POST", "/api/orders/\(orders[index].id)/deliveries", body: #"{"items":[{"productId":"p1","quantity":1}]}"#,
        timeoutSeconds: 2)
    }
    hub.apis[0].stop()
    hub.redis.signal(SIGCONT)
    let acknowledged = replies.count { $0?.status == 201 }
    // What was committed is there, acknowledged or not, and reaches the WebSocket once, in its sequence.
    let versions = try await atOnce(5) { try await ada.at(1).order(orders[$0])["version"].whole }
    let written = versions.count { $0 == 5 }
    #expect(written >= acknowledged)
    try await eventually("every event is in the stream") {
      let seqs = try await hub.streamedSeqs(ada.tenant)
      return zip(orders, versions).allSatisfy { order, version in seqs[order.id] == Array(1...version) }
    }
    let seen = try await socket.next(written * 3)
    let seqs = Dictionary(grouping: seen) { $0["id"].text.prefix(24) }.mapValues { $0.map { $0["seq"].whole } }
    #expect(seqs.count == written)
    #expect(seqs.values.allSatisfy { $0 == [3, 4, 5] }, "\(seqs)")
    #expect(try await ada.at(1).get("/api/orders/stats")["counters"]["inProgressOrders"].whole == written)
  }
}

extension Caller {
  /// What each reading endpoint says of an order, times that are made anew aside.
  fileprivate func answers(_ order: Document) async throws -> [Document] {
    var answers: [Document] = []
    for path in ["", "/remaining", "/progress", "/events", "/deliveries", "/invoices"] {
      answers.append(try await get("/api/orders/\(order.id)\(path)").body)
    }
    for path in ["/api/orders", "/api/products", "/api/deliveries/today"] { answers.append(try await get(path).body) }
    let stats = try await get("/api/orders/stats")
    return answers + [stats["counters"], stats["today"]]
  }
}

extension Hub {
  /// The seqs of each order in a tenant's stream, in the stream's order.
  func streamedSeqs(_ tenant: String) async throws -> [String: [Int]] {
    let port = redisPort
    return try await onThread {
      let words = try RedisAsker.ask(port, "XRANGE", "events:\(tenant)", "-", "+")
      let envelopes = words.map(Document.init(parsing:)).filter { $0["seq"].whole > 0 }
      return Dictionary(grouping: envelopes) { $0["orderId"].text }.mapValues { $0.map { $0["seq"].whole } }
    }
  }
}
