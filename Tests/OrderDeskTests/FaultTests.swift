import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import MongoStore
import Orders
import RedisHub
import Testing
import Worker

@testable import OrderDesk

@Suite struct FaultTests {
  @Test(arguments: [3, 15, 40]) func whateverFailsEveryoneIsAnsweredAndWhatWasDoneIsDoneOnce(percent: Int) async throws
  {
    try await withSite { site in
      let seed = UInt64.random(in: .min ... .max)
      let ada = try site.actor()
      let store = FaultyStore(site.store, seed: seed)
      let offices = [try await site.office(on: store), try await site.office(on: store)]
      try await offices[0].stock("A", 100, as: ada)
      var made: [OrderID] = []
      for _ in 0..<4 { made.append(try await offices[0].placed([("A", 40)], as: ada)) }
      let orders = made
      store.fail(percent: percent)
      let outcomes = await withTaskGroup(of: (OrderID?, Outcome).self) { group in
        for index in 0..<120 {
          let office = offices[index % 2]
          let id = orders[index % 4]
          group.addTask {
            if index % 10 == 9 {
              return (nil, (try? await office.place([("A", 1)], as: ada)) ?? .broken("not submitted"))
            }
            return (id, await office.deliver(1, from: id, as: ada, status: index % 3 == 0 ? .delivered : .pending))
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      store.fail(percent: 0)
      #expect(outcomes.count == 120)
      for id in orders {
        let mine = outcomes.filter { $0.0 == id }.map(\.1)
        let done = mine.count { $0.status == 201 }
        let unknown = mine.count { if case .unknown = $0 { true } else { false } }
        #expect(mine.allSatisfy { if case .broken = $0 { false } else { true } }, "seed \(seed)")
        #expect(mine.allSatisfy { $0.refusal == nil }, "seed \(seed)")
        let count = try await site.deliveries(id).count
        #expect(
          (done...done + unknown).contains(count), "seed \(seed): \(done) done, \(unknown) unknown, \(count) there")
      }
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [], "seed \(seed)")
      // Nothing is stuck: the next writes pass, and every event comes out in its place.
      for office in offices {
        for id in orders { #expect(await office.deliver(1, from: id, as: ada).status == 201, "seed \(seed)") }
        #expect(try await office.place([("A", 1)], as: ada).status == 201)
      }
      for _ in 0..<3 { _ = try await offices[0].relay.round() }
      for id in orders {
        let version = try await site.order(id).version
        #expect(try await site.streamed(offices[0], id) == Array(1...version), "seed \(seed)")
      }
      #expect(try await site.store.unpublished(limit: 10) == [], "seed \(seed)")
    }
  }

  @Test func redisThatHangsHoldsNobodyUpForLongAndIsRightAfterwards() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office(redisTimeoutMs: 2_000)
      let id = try await office.placed([("A", 20)], as: ada)
      site.server.signal(SIGSTOP)
      for _ in 0..<5 { #expect(await office.deliver(1, from: id, as: ada).status == 201) }
      let order = try await site.order(id)
      #expect(try await office.reads.copy(.remaining, of: id)?.version == order.version)
      // It hangs still, and the first wait was the last: who came later was refused, or the connection was given up.
      let waits = office.metrics.render().firstMatch(of: #/orderhub_redis_timeouts_total\{[^}]*\} ([0-9]+)/#)
      #expect(try #require(waits.flatMap { Int($0.1) }) < 5)
      site.server.signal(SIGCONT)
      try await eventually("Redis is back") { office.cache.isUp }
      try await eventually("everything is out") {
        _ = try await office.relay.round()
        return try await site.store.unpublished(limit: 10).isEmpty
      }
      #expect(await office.deliver(1, from: id, as: ada).status == 201)
      let after = try await site.order(id)
      #expect(try await site.streamed(office, id) == Array(1...after.version))
      for view in OrderView.allCases { #expect(try await office.reads.copy(view, of: id)?.version == after.version) }
    }
  }

  @Test func aLockThatSomebodyKeepsOnlyDelays() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      let id = try await office.placed([("A", 5)], as: ada)
      _ = try site.ask("SET", "lock:order:\(id)", "another", "PX", "30000")
      #expect(await office.deliver(1, from: id, as: ada).status == 201)
      #expect(try site.text("lock:order:\(id)") == "another", "only its holder lets go of it")
    }
  }
}
