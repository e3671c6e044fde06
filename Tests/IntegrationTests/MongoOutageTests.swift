import Foundation
import HubTestSupport
import Testing

@Suite struct MongoOutageTests {
  /// A hub on a MongoDB of its own.
  private static func scene(environment: [String: String] = [:]) async throws -> (mongo: OwnMongo, hub: Hub) {
    let mongo = try await OwnMongo()
    return (mongo, try await Hub.own(mongoURI: mongo.uri, environment: environment))
  }

  @Test func withMongoDBGoneWritesAre503ReadsFromCopiesGoOnAndItIsReadyAgainByItself() async throws {
    let (mongo, hub) = try await Self.scene()
    let mongod = mongo.server
    defer {
      hub.end()
      mongod.stop()
    }
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
    let (mongo, hub) = try await Self.scene()
    let mongod = mongo.server
    defer {
      hub.end()
      mongod.stop()
    }
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

  @Test func thatEndedTokensAreNotKnownIsSaidWhileItIsSo() async throws {
    let (mongo, hub) = try await Self.scene()
    defer {
      hub.end()
      mongo.server.stop()
    }
    func awaitCondition(_ ok: Bool) async throws {
      for process in [hub.apis[0], hub.live] {
        try await eventually("\(process.port) says \(ok)") {
          try await onThread {
            let client = try RawClient(port: process.port)
            try client.request("GET", "/readyz?verbose")
            let conditions = Document(parsing: try client.answer().body)["conditions"].items
            return conditions.contains { $0["name"] == "tokens.ended" && $0["ok"] == .bool(ok) }
          }
        }
      }
    }
    try await awaitCondition(true)
    mongo.server.signal(SIGSTOP)
    try await awaitCondition(false)
    for process in [hub.apis[0], hub.live] {
      try await eventually("the log says why") {
        try process.output().split(separator: "\n").contains { line in
          let line = Document(parsing: String(line))
          return line["message"] == "a round failed" && line["service"] == "ended-tokens" && !line["cause"].text.isEmpty
        }
      }
    }
    mongo.server.signal(SIGCONT)
    try await awaitCondition(true)
  }

  @Test func everyRequestThatFailsInsideIsFoundInTheLogWithItsCauseHoweverManyThereAre() async throws {
    let (mongo, hub) = try await Self.scene(environment: ["LOG_LEVEL": "info"])
    defer {
      hub.end()
      mongo.server.stop()
    }
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "10")])
    mongo.server.stop()
    let ids = (0..<60).map { "failing-\($0)-\(order.id)" }
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for id in ids {
        group.addTask { try await ada.call("GET", "/api/orders", headers: ["X-Request-Id: \(id)"]).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 503, count: ids.count))
    let process = hub.apis[0]
    var causes: [String: String] = [:]
    try await eventually("each is named") {
      for line in try process.output().split(separator: "\n") {
        let line = Document(parsing: String(line))
        guard line["level"] == "warning" || line["level"] == "error" else { continue }
        let named = [line["requestId"], line["requestIds"]].filter { $0 != .missing }
        for id in named.flatMap({ $0.text.split(separator: " ") }) { causes[String(id)] = line["cause"].text }
      }
      return ids.allSatisfy { causes[$0] != nil }
    }
    #expect(ids.allSatisfy { causes[$0]?.isEmpty == false })
    // They share lines: the log does not grow by a line each.
    let lines = try process.output().split(separator: "\n").filter { $0.contains("the store does not answer") }
    #expect(lines.count < ids.count, "\(lines.count)")
  }
}
