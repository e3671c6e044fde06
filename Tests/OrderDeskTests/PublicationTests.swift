import HubContracts
import HubWire
import MongoStore
import Orders
import RedisHub
import HubTestSupport
import Testing

@testable import OrderDesk

@Suite struct PublicationTests {
  @Test func aRelayPublishesWhatAProcessWithoutRedisCouldNot() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let cut = try await site.office(hasRedis: false)
      let worker = try await site.office()
      let first = try await cut.placed([("A", 5), ("B", 5)], as: ada)
      let second = try await cut.placed([("A", 5)], as: ada)
      #expect(await cut.deliver(2, from: first, as: ada).status == 201)
      #expect(await cut.deliver(5, from: second, as: ada, status: .delivered).status == 201)
      #expect(await cut.deliver(2, of: "B", from: first, as: ada).status == 201)
      #expect(try await worker.relay.round() == 0, "what was marked only now is its writer's for a round")
      #expect(try await worker.relay.round() == 5)
      for id in [first, second] {
        let order = try await site.order(id)
        #expect(try await site.streamed(worker, id) == Array(1...order.version))
        try await expectState(of: order, in: site)
      }
      #expect(try await site.store.unpublished(limit: 10) == [])
      #expect(try await worker.relay.round() == 0)
      let order = try await site.order(first)
      #expect(try await site.streamed(worker, first) == Array(1...order.version))
    }
  }

  @Test func twoRelaysAndTheWriterAtOncePublishEachEventOnce() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let cut = try await site.office(hasRedis: false)
      let workers = [try await site.office(), try await site.office()]
      let id = try await cut.placed([("A", 200)], as: ada)
      for _ in 0..<10 { #expect(await cut.deliver(1, from: id, as: ada).status == 201) }
      for worker in workers { _ = try await worker.relay.round() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in workers {
          group.addTask { _ = try await worker.relay.round() }
          group.addTask { #expect(await worker.deliver(1, from: id, as: ada).status == 201) }
        }
        try await group.waitForAll()
      }
      let order = try await site.order(id)
      #expect(try await site.streamed(workers[0], id) == Array(1...order.version))
      try await expectState(of: order, in: site)
    }
  }

  @Test func moreEventsThanASliceHoldsGoOutInOrder() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let cut = try await site.office(hasRedis: false)
      let worker = try await site.office()
      let id = try await cut.placed([("A", 500)], as: ada)
      await withTaskGroup(of: Outcome.self) { group in
        for _ in 0..<180 { group.addTask { await cut.deliver(1, from: id, as: ada) } }
        for await outcome in group { #expect(outcome.status == 201) }
      }
      let order = try await site.order(id)
      #expect(order.version > 400)
      // No relay yet: the next write of a process with Redis must bring all of it.
      #expect(await worker.deliver(1, from: id, as: ada).status == 201)
      let after = try await site.order(id)
      #expect(try await site.streamed(worker, id) == Array(1...after.version))
      try await expectState(of: after, in: site)
    }
  }

  @Test func aCatchUpIsCutIntoPartsThatPassInTime() throws {
    let id = RandomOrder.id
    let tenant = try #require(TenantID("shop-1"))
    let user = try #require(UserID("ada"))
    let sizes = [10, Publisher.partLimitBytes, 20, 30, Publisher.partLimitBytes - 50, 1]
    let events = sizes.enumerated().map { index, size in
      RecordedEvent(
        orderID: id, seq: Int64(index + 1), tenant: tenant, type: .orderUpdated, at: Timestamp(millis: 1), by: user,
        envelope: [UInt8](repeating: 0x20, count: size))
    }
    #expect(Publisher.parts(events).map { $0.map(\.seq) } == [[1], [2], [3, 4, 5], [6]])
    #expect(Publisher.parts([]).isEmpty)
  }

  @Test func redisWipedBetweenTwoWritesGetsTheSecondAndTheWholeState() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      let id = try await office.placed([("A", 5), ("B", 5)], as: ada)
      #expect(await office.deliver(2, from: id, as: ada).status == 201)
      await office.publisher.flush()
      let before = try await site.order(id)
      _ = try site.ask("FLUSHALL")
      #expect(await office.deliver(2, of: "B", from: id, as: ada).status == 201)
      let after = try await site.order(id)
      // A Redis that was emptied is left and looked at anew; what could not go out meanwhile the relay brings.
      try await eventually("the second write is out") {
        _ = try? await office.relay.round()
        return (try? await site.streamed(office, id)) == Array(before.version + 1...after.version)
      }
      #expect(try await answers(.remaining, id, office) == String(decoding: after.state().remainingView, as: UTF8.self))
    }
  }

  /// A process commits and dies before it publishes; another one writes next.
  @Test(arguments: [true, false]) func whatADeadProcessWroteGoesOutBeforeTheNextWrite(isKnown: Bool) async throws {
    try await withSite { site in
      let ada = try site.actor()
      let dead = try await site.office(hasRedis: false)
      let alive = try await site.office()
      let first = isKnown ? alive : dead
      let id = try await first.placed([("A", 5), ("B", 5), ("C", 5)], as: ada)
      #expect(await dead.deliver(2, of: "A", from: id, as: ada).status == 201)
      #expect(await alive.deliver(3, of: "B", from: id, as: ada).status == 201)
      let order = try await site.order(id)
      #expect(try await site.streamed(alive, id) == Array(1...order.version))
      // The items that the dead process changed stand as they are, too.
      try await expectState(of: order, in: site)
      // What is out stays in the outbox until a relay has seen that it is.
      await alive.publisher.flush()
      for _ in 0..<2 { _ = try await alive.relay.round() }
      #expect(try await site.store.unpublished(limit: 10) == [])
      #expect(try await site.streamed(alive, id) == Array(1...order.version))
    }
  }

  @Test func anOlderStateNeverTakesTheNewerOnesPlace() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      let other = try await site.office()
      let id = try await office.placed([("A", 9)], as: ada)
      let old = try await site.order(id)
      #expect(await office.deliver(2, from: id, as: ada).status == 201)
      let new = try await site.order(id)
      // Late: a filler that read before the write, and a relay that publishes what was out long since.
      try await other.cache.fill(old.state())
      _ = try await other.publisher.publish(old.state(), after: 0)
      try await expectState(of: new, in: site)
      #expect(try await site.streamed(office, id) == Array(1...new.version))
    }
  }

  @Test func writersOfManyProcessesLeaveRedisAsTheStoreIs() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office(), try await site.office(), try await site.office(hasRedis: false)]
      var made: [OrderID] = []
      for _ in 0..<3 { made.append(try await offices[0].placed([("A", 40)], as: ada)) }
      let orders = made
      await withTaskGroup(of: Void.self) { group in
        for (number, office) in offices.enumerated() {
          group.addTask {
            for step in 0..<12 {
              #expect(await office.deliver(1, from: orders[(step + number) % 3], as: ada).status == 201)
            }
          }
        }
      }
      _ = try await offices[0].relay.round()
      _ = try await offices[0].relay.round()
      for id in orders {
        let order = try await site.order(id)
        #expect(try await site.streamed(offices[0], id) == Array(1...order.version))
        try await expectState(of: order, in: site)
      }
    }
  }

  /// Every key of an order's state, as a dashboard would read it.
  private func expectState(of order: Order, in site: Site) async throws {
    let state = order.state()
    #expect(try site.text("order:\(order.id):version") == "\(state.version)")
    #expect(try site.text("order:\(order.id):status") == state.status)
    #expect(try site.text("order:\(order.id):progress") == "\(state.progress)")
    #expect(try site.text("order:\(order.id):remaining") == String(decoding: state.remaining, as: UTF8.self))
    for item in state.itemsRemaining {
      #expect(try site.text("order:\(order.id):item:\(item.itemID):remaining") == item.text)
    }
    #expect(state.itemsRemaining.count == order.items.count)
  }

  private func answers(_ view: OrderView, _ id: OrderID, _ office: Office) async throws -> String {
    String(decoding: try #require(try await office.reads.copy(view, of: id)).body.bytes, as: UTF8.self)
  }
}
