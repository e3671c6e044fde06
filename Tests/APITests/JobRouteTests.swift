import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API
@testable import MongoStore

/// What waits to be done and what was given up, over REST, as admins see and change it.
@Suite struct JobRouteTests {
  private static func job(
    _ name: Text, kind: JobKind = .call, tenant: String = "shop-1", isDead: Bool = false, due: Int64 = 1_000
  ) throws -> Job {
    var job = Job(
      id: RandomIdentities().next(Job.self), tenantID: try #require(TenantID(tenant)), kind: kind, name: name,
      orderID: RandomIdentities().next(Order.self), due: Timestamp(millis: due), payload: Array("secret".utf8),
      createdAt: Timestamp(millis: 5))
    if isDead { (job.state, job.attempts, job.lastError, job.diedAt) = (.dead, 20, "no paper", Timestamp(millis: 9)) }
    return job
  }

  private static func add(_ jobs: [Job], to shop: Shop) async throws {
    for job in jobs {
      // A timer that was given up is not started; it is put there.
      let isNew = try await shop.store.write { worker in try worker.insert(.jobs, job) }
      #expect(isNew)
    }
  }

  private static func ids(_ json: JSON?) -> [String?] { json?.items.map { $0["id"]?.text } ?? [] }

  @Test func theQueueTellsHowMuchThereIsAndWhatWaits() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let boss = try shop.token(.admin)
      let empty = try await api.ask(.get, "/api/operations/queue", token: boss)
      #expect(empty.status == 200 && empty.json["counts"]?.items == [] && empty.json["jobs"]?.items == [])
      let jobs = [
        try Self.job("b", due: 2_000), try Self.job("a", due: 9_000), try Self.job("b", kind: .timer),
        try Self.job("dead", isDead: true), try Self.job("x", tenant: "shop-2"),
      ]
      try await Self.add(jobs, to: shop)
      let answer = try await api.ask(.get, "/api/operations/queue", token: boss)
      #expect(Self.ids(answer.json["jobs"]) == [jobs[1], jobs[0], jobs[2]].map { "\($0.id)" })
      let row = answer.json["jobs"]?.items[1]
      #expect(row?["kind"]?.text == "call" && row?["name"]?.text == "b" && row?["state"]?.text == "waiting")
      #expect(row?["due"]?.text == "1970-01-01T00:00:02.000Z" && row?["attempts"] == .number("0"))
      #expect(row?["orderId"]?.text == jobs[0].orderID.map { "\($0)" } && row?["lastError"] == .null)
      #expect(!String(decoding: answer.reply.body.bytes, as: UTF8.self).contains("secret"))
      let counts = answer.json["counts"]?.items ?? []
      #expect(counts.map { $0["kind"]?.text } == ["call", "timer", "call"])
      #expect(counts.map { $0["state"]?.text } == ["waiting", "waiting", "dead"])
      #expect(counts.map { $0["count"] } == [.number("2"), .number("1"), .number("1")])
      #expect(counts[0]["oldestDue"]?.text == "1970-01-01T00:00:02.000Z" && counts[2]["oldestDue"] == .null)
    }
  }

  @Test func pagesGoOnAndFiltersNarrowThem() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let boss = try shop.token(.admin)
      let names: [Text] = ["ä b.c/%", "a", "a", "z"]
      let jobs = try names.map { try Self.job($0, isDead: true) } + [try Self.job("z", kind: .notice, isDead: true)]
      try await Self.add(jobs, to: shop)
      var seen: [String?] = []
      var cursor: String?
      repeat {
        let page = try await api.ask(
          .get, "/api/operations/dead-letters", token: boss,
          query: [("limit", "2")] + (cursor.map { [("cursor", $0)] } ?? []))
        #expect(page.status == 200)
        seen += Self.ids(page.json["deadLetters"])
        cursor = page.json["pagination"]?["nextCursor"]?.text
      } while cursor != nil && seen.count < 20
      #expect(seen.count == 5 && Set(seen) == Set(jobs.map { "\($0.id)" }))
      func found(_ query: [(String, String)]) async throws -> Int {
        let answer = try await api.ask(
          .get, "/api/operations/dead-letters", token: boss, query: query.map { (name: $0.0, value: $0.1) })
        #expect(answer.status == 200)
        return answer.json["deadLetters"]?.items.count ?? -1
      }
      #expect(try await found([("kind", "notice")]) == 1)
      #expect(try await found([("name", "a")]) == 2)
      #expect(try await found([("name", "ä b.c/%")]) == 1)
      #expect(try await found([("name", "z"), ("kind", "call")]) == 1)
      #expect(try await found([("kind", "pigeon")]) == 0)
      #expect(try await found([("state", "discarded")]) == 0)
      // A page of one kind goes on within it, and no other list takes its place.
      let first = try await api.ask(
        .get, "/api/operations/dead-letters", token: boss, query: [("kind", "call"), ("limit", "3")])
      let next = try #require(first.json["pagination"]?["nextCursor"]?.text)
      #expect(try await found([("kind", "call"), ("cursor", next)]) == 1)
      #expect(try await found([("cursor", next)]) == 2)
      for other in [("kind", "notice"), ("name", "a")] {
        let refused = try await api.ask(
          .get, "/api/operations/dead-letters", token: boss, query: [("cursor", next), (other.0, other.1)])
        #expect(refused.status == 422)
        #expect(refused.json["errors"]?.items.map { $0["field"]?.text } == ["cursor"])
      }
      #expect(try await found([("state", "dead")]) == 5)
    }
  }

  @Test(arguments: [
    ("queue", "state", "dead"), ("queue", "limit", "101"), ("queue", "kind", "Two Words"), ("queue", "cursor", "1.2"),
    ("queue", "cursor", "1.0123456789abcdef01234567.call.6g"), ("dead-letters", "state", "waiting"),
    ("dead-letters", "limit", "0"), ("dead-letters", "nonesuch", "1"),
    ("dead-letters", "name", String(repeating: "n", count: Job.nameLimitBytes + 1)),
  ]) func aQueryThatMakesNoSenseIsRefused(path: String, name: String, value: String) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let answer = try await api.ask(
        .get, "/api/operations/\(path)", token: try shop.token(.admin), query: [(name, value)])
      #expect(answer.status == 422 && answer.code == "validation_failed")
      #expect(answer.json["errors"]?.items.first?["field"]?.text == name)
    }
  }

  @Test func aDeadLetterIsReleasedOnceForAKey() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let boss = try shop.token(.admin)
      let job = try Self.job("print", isDead: true)
      try await Self.add([job], to: shop)
      let path = "/api/operations/dead-letters/\(job.id)/retry"
      let released = try await api.ask(.post, path, token: boss, key: "k")
      #expect(released.status == 200 && released.json["success"] == .bool(true))
      let row = released.json["job"]
      #expect(row?["state"]?.text == "waiting" && row?["attempts"] == .number("0") && row?["diedAt"] == .null)
      let again = try await api.ask(.post, path, token: boss, key: "k")
      #expect(again.json == released.json && again.header("Idempotent-Replayed") == "true")
      let other = try await api.ask(.post, path, token: boss)
      #expect(other.status == 409 && other.code == "not_a_dead_letter")
      #expect(other.json["detail"]?.text?.contains("it waits to be done") == true)
      #expect(try await shop.store.outlook(.call, limit: 1).due.map(\.id) == [job.id])
    }
  }

  @Test func aDeadLetterIsDiscardedWithTheReasonAndKeptToBeLookedAt() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let boss = try shop.token(.admin, user: "boss")
      let job = try Self.job("print", isDead: true)
      try await Self.add([job], to: shop)
      let path = "/api/operations/dead-letters/\(job.id)/discard"
      for (body, field) in [
        ("{}", "reason"), (#"{"reason":" "}"#, "reason"), (#"{"reason":7}"#, "reason"),
        (#"{"reason":"\#(String(repeating: "r", count: 501))"}"#, "reason"), (#"{"reason":"x","why":"y"}"#, "why"),
      ] {
        let refused = try await api.ask(.post, path, token: boss, body: body)
        #expect(refused.status == 422, "\(body)")
        #expect(refused.json["errors"]?.items.map { $0["field"]?.text } == [field], "\(body)")
      }
      let gone = try await api.ask(.post, path, token: boss, key: "k", body: #"{"reason":"printed by hand"}"#)
      #expect(gone.status == 200 && gone.json["job"]?["state"]?.text == "discarded")
      #expect(gone.json["job"]?["discard"]?["reason"]?.text == "printed by hand")
      #expect(gone.json["job"]?["discard"]?["by"]?.text == "boss")
      let again = try await api.ask(.post, path, token: boss, key: "k", body: #"{"reason":"printed by hand"}"#)
      #expect(again.json == gone.json)
      for path in [path, "/api/operations/dead-letters/\(job.id)/retry"] {
        let late = try await api.ask(
          .post, path, token: boss, body: path.hasSuffix("retry") ? nil : #"{"reason":"x"}"#)
        #expect(late.status == 409 && late.code == "not_a_dead_letter")
        #expect(late.json["detail"]?.text?.contains("discarded by boss") == true)
      }
      let list = "/api/operations/dead-letters"
      #expect(try await api.ask(.get, list, token: boss).json["deadLetters"]?.items == [])
      let kept = try await api.ask(.get, list, token: boss, query: [("state", "discarded")])
      #expect(Self.ids(kept.json["deadLetters"]) == ["\(job.id)"])
    }
  }

  @Test func anothersDeadLetterIsNotThere() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let job = try Self.job("print", isDead: true)
      try await Self.add([job], to: shop)
      let eve = try shop.token(.admin, tenant: "shop-2")
      for id in ["\(job.id)", "0123456789abcdef01234567", "nonsense"] {
        for (deed, body) in [("retry", nil), ("discard", #"{"reason":"x"}"#)] as [(String, String?)] {
          let answer = try await api.ask(.post, "/api/operations/dead-letters/\(id)/\(deed)", token: eve, body: body)
          #expect(answer.status == 404 && answer.code == "dead_letter_not_found", "\(id) \(deed)")
        }
      }
      let left = try await shop.store.read { worker in
        try worker.findOne(.jobs, Job.read) { $0.identifier("_id", job.id) }
      }
      #expect(left == job)
      for path in ["queue", "dead-letters"] {
        #expect(try await api.ask(.get, "/api/operations/\(path)", token: shop.token(.employee)).status == 403)
      }
    }
  }
}
