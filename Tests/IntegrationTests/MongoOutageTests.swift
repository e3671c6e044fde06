import Foundation
import HubTestSupport
import HubRuntime
import MongoStore
import Testing

@Suite struct MongoOutageTests {
  @Test func withMongoDBGoneWritesAre503ReadsFromCopiesGoOnAndItIsReadyAgainByItself() async throws {
    let mongod = try await onThread { try TestServers.mongod() }
    defer { mongod.stop() }
    let plain = "mongodb://127.0.0.1:\(mongod.port)/?directConnection=true"
    _ = try await MongoStore.initiateReplicaSet(
      MongoOptions(uri: plain, database: "admin"), name: "rs0", member: "127.0.0.1:\(mongod.port)")
    let hub = try await Hub.own(
      mongoURI: "mongodb://127.0.0.1:\(mongod.port)/\(TestServers.databaseName())?replicaSet=rs0")
    defer { hub.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10")])
    _ = try await ada.deliver(order, "4", status: "delivered")
    let copies = ["", "/remaining", "/progress"].map { "/api/orders/\(order.id)\($0)" } + ["/api/orders/stats"]
    var before: [Reply] = []
    for path in copies { before.append(try await ada.get(path)) }

    mongod.stop()
    // Each is answered while it is gone.
    for round in 0..<3 {
      let write = try await ada.deliver(order, "1", key: "held-\(round)")
      // A first one may find its connection broken in the middle and not know; none is said to be written.
      #expect(write.status == 503, "\(write)")
      #expect(["unavailable", "outcome_unknown"].contains(write.code))
      #expect(write.headers["retry-after"].flatMap(Int.init) ?? 0 > 0)
      #expect(write["canRetry"] == true)
    }
    let ready = try await ada.get("/readyz")
    #expect([ready.status == 503 ? "503" : ready["status"], ready["mongodb"]] == ["503", "down"])
    #expect(try await ada.get("/healthz").status == 200)
    #expect(try await onThread { try Hub.status(hub.worker, "/readyz") } == 503)
    for (path, reply) in zip(copies, before) {
      let copy = try await ada.get(path)
      #expect(copy.status == 200, "\(path) \(copy)")
      // Counters may have been added up again meanwhile, from Redis.
      let parts = path.hasSuffix("/stats") ? ["counters", "today"] : []
      #expect(parts.isEmpty ? copy.text == reply.text : parts.allSatisfy { copy[$0] == reply[$0] }, "\(path) \(copy)")
    }
    let unknown = try await ada.get("/api/orders")
    #expect(unknown.status == 503)

    let again = try await onThread { try TestServers.mongod(port: mongod.port, folder: mongod.folder) }
    defer { again.stop() }
    try await eventually("it is ready again") { try await ada.get("/readyz").status == 200 }
    try await eventually("the worker is ready again") {
      try await onThread { try Hub.status(hub.worker, "/readyz") } == 200
    }
    // The same keys again: each delivery is made once, whatever became of the first try.
    for round in 0..<3 { #expect(try await ada.deliver(order, "1", key: "held-\(round)").status == 201) }
    #expect(try await ada.remaining(order)["p1"] == ["total": 10, "delivered": 7, "remaining": 3])
    try await ada.expectSound(order)
    #expect(try await CommandLineRun.orderhub(["audit"], hub: hub).status == 0)
  }

  @Test func writesAreAnsweredWhileMongoDBStillStandsStillAndAreDoneOnceWhenItGoesOn() async throws {
    let mongod = try await onThread { try TestServers.mongod() }
    defer { mongod.stop() }
    let plain = "mongodb://127.0.0.1:\(mongod.port)/?directConnection=true"
    _ = try await MongoStore.initiateReplicaSet(
      MongoOptions(uri: plain, database: "admin"), name: "rs0", member: "127.0.0.1:\(mongod.port)")
    let hub = try await Hub.own(
      mongoURI: "mongodb://127.0.0.1:\(mongod.port)/\(TestServers.databaseName())?replicaSet=rs0")
    defer { hub.end() }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10")])
    mongod.signal(SIGSTOP)
    let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
      for number in 0..<4 { group.addTask { try await ada.deliver(order, "1", key: "still-\(number)") } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for reply in replies {
      #expect(reply.status == 503, "\(reply)")
      #expect(["unavailable", "outcome_unknown"].contains(reply.code))
    }
    #expect(try await ada.get("/readyz").status == 503)
    #expect(try await ada.get("/healthz").status == 200)
    mongod.signal(SIGCONT)
    try await eventually("it is ready again") { try await ada.get("/readyz").status == 200 }
    for number in 0..<4 { #expect(try await ada.deliver(order, "1", key: "still-\(number)").status == 201) }
    #expect(try await ada.remaining(order)["p1"] == ["total": 10, "delivered": 4, "remaining": 6])
    try await ada.expectSound(order)
  }
}
