import HubContracts
import MongoStore
import Orders
import RedisHub
import Testing

@testable import OrderDesk

@Suite struct DeliveryTests {
  @Test(arguments: [true, false]) func twoProcessesNeverDeliverMoreThanWasOrdered(hasRedis: Bool) async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office(hasRedis: hasRedis), try await site.office(hasRedis: hasRedis)]
      let order = try await offices[0].placed([("A", 50)], as: ada)
      let outcomes = await withTaskGroup(of: Outcome.self) { group in
        for index in 0..<80 { group.addTask { await offices[index % 2].deliver(1, from: order, as: ada) } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == 201 } == 50)
      let refusals = outcomes.compactMap(\.refusal)
      #expect(refusals.count == 30)
      for refusal in refusals {
        #expect(refusal.kind == .conflict)
        let after = try await site.order(order)
        #expect(refusal.facts.contains(.version(after.version)))
        #expect(refusal.facts.contains(.remaining(after.remainingByProduct)))
      }
      let after = try await site.order(order)
      #expect(after.items[0].delivered == after.items[0].quantity)
      #expect(try await site.deliveries(order).count == 50)
      #expect(Set(try await site.deliveries(order).map(\.number)).count == 50)
    }
  }

  @Test func aBatchAnswersEachOfItsCommandsRightly() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let stranger = try site.actor(tenant: "shop-2")
      let office = try await site.office { $0.lanes = 1 }
      let first = try await office.placed([("A", 5)], as: ada)
      let second = try await office.placed([("A", 5), ("B", 2)], as: ada)
      let missing = RandomOrder.id
      // The first takes the lane; what is submitted while it runs makes a batch.
      async let busy = office.place([("X", 1)], as: ada)
      async let whole = office.deliver(5, from: first, as: ada)
      async let part = office.deliver(2, of: "B", from: second, as: ada)
      async let tooMuch = office.deliver(6, from: second, as: ada)
      async let unknownProduct = office.deliver(1, of: "Q", from: second, as: ada)
      async let nothing = office.deliver(0, from: second, as: ada)
      async let notTheirs = office.deliver(1, from: second, as: stranger)
      async let notThere = office.deliver(1, from: missing, as: ada)
      async let new = office.place([("C", 1)], as: ada)
      #expect(try await busy.status == 201)
      #expect(await whole.status == 201)
      #expect(await part.status == 201)
      #expect(await tooMuch.isConflict)
      #expect(await unknownProduct.refusal?.kind == .invalid)
      #expect(await nothing.refusal?.kind == .invalid)
      #expect(await notTheirs.refusal?.kind == .notFound)
      #expect(await notThere.refusal?.kind == .notFound)
      #expect(try await new.status == 201)
      #expect(try await site.deliveries(first).count == 1)
      #expect(try await site.deliveries(second).count == 1)
    }
  }

  @Test func aRefusalRestsOnWhatStandsNowNotOnWhatIsRemembered() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let here = try await site.office()
      let there = try await site.office()
      let order = try await here.placed([("A", 5)], as: ada)
      #expect(await here.deliver(5, from: order, as: ada).status == 201)
      // Here nothing remains. There the delivery is cancelled.
      let delivery = try #require(try await site.deliveries(order).first)
      #expect(await there.move(delivery, to: .cancelled, as: ada).status == 200)
      #expect(await here.deliver(5, from: order, as: ada).status == 201)
      #expect(await there.deliver(1, from: order, as: ada).isConflict)
    }
  }

  @Test func aDeliveryIsCancelledOnceByWhomeverAsksHoweverOften() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office(), try await site.office()]
      let order = try await offices[0].placed([("A", 5)], as: ada)
      #expect(await offices[0].deliver(3, from: order, as: ada).status == 201)
      let delivery = try #require(try await site.deliveries(order).first)
      let outcomes = await withTaskGroup(of: Outcome.self) { group in
        for index in 0..<12 { group.addTask { await offices[index % 2].move(delivery, to: .cancelled, as: ada) } }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == 200 } == 1)
      #expect(outcomes.count { $0.isConflict } == 11)
      #expect(try await site.order(order).items[0].delivered == .zero)
    }
  }

  @Test func cancelAgainstDeliveryComesOutAsIfOneCameFirst() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office(), try await site.office()]
      for _ in 0..<8 {
        let order = try await offices[0].placed([("A", 5)], as: ada)
        async let delivered = offices[0].deliver(5, from: order, as: ada, status: .delivered)
        async let cancelled = offices[1].cancel(order, as: ada)
        let (first, second) = (await delivered, await cancelled)
        #expect((first.status == 201) != (second.status == 200))
        #expect(first.isConflict != second.isConflict)
        let after = try await site.order(order)
        #expect(after.status == (first.status == 201 ? .delivered : .cancelled))
        #expect(after.items[0].delivered == (first.status == 201 ? after.items[0].quantity : .zero))
      }
    }
  }

  @Test func oneKeyAskedTwiceAtOnceIsOneWrite() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = [try await site.office { $0.lanes = 1 }, try await site.office { $0.lanes = 1 }]
      let slot = AnswerSlot(
        key: AnswerKey(tenant: site.tenant, user: ada.user, route: "POST /api/orders", key: "k-1"), fingerprint: "f")
      // While these are written, the others gather in batches.
      async let busy = (offices[0].place([("X", 1)], as: ada), offices[1].place([("X", 1)], as: ada))
      let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
        for index in 0..<16 { group.addTask { try await offices[index % 2].place([("A", 1)], as: ada, key: slot) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == 201 } == 1)
      let replays = outcomes.count { if case .replay = $0 { true } else { false } }
      #expect(replays == 15)
      let others = try await busy
      #expect(others.0.status == 201 && others.1.status == 201)
      let page = try await site.store.list(OrderQuery(tenant: site.tenant))
      #expect(page.orders.count == 3)
    }
  }
}

/// The identity of an order that does not exist.
enum RandomOrder {
  static var id: OrderID { OrderID(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max)) }
}
