import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import Orders
import Testing
import Worker

@testable import MongoStore
@testable import OrderDesk

extension Office {
  /// Asks for an order of the workflow that reserves.
  fileprivate func reserve(
    _ items: [(product: Text, units: Int64)], as actor: Actor, customer: Text? = nil
  ) async throws -> Outcome {
    let draft = OrderDraft(
      customer: Customer(id: customer, name: "Grace Hopper"),
      items: items.map {
        ItemDraft(
          productID: $0.product, quantity: Quantity(millionths: $0.units * Quantity.scale),
          unitPrice: Money(units: Money.scale))
      }, currency: Office.currency, workflow: ReservingWorkflow.name)
    return await desk.submit(.place(draft, actor: actor, answer: nil, requestID: "test"))
  }

  fileprivate func step(
    _ event: WorkflowEvent, _ order: OrderID, by origin: Origin = .request, as actor: Actor
  ) async -> Outcome {
    await desk.submit(
      .step(event, StepInput(), of: order, origin: origin, actor: actor, answer: nil, requestID: "test"))
  }
}

extension Site {
  fileprivate func product(_ id: Text = "A") async throws -> Product {
    try #require(try await store.products([id], tenant: tenant).first)
  }

  /// Whole units of each place.
  fileprivate func units(_ id: Text = "A") async throws -> [Int64] {
    let product = try await product(id)
    return [StockPlace.available, .reserved, .onHold, .damaged].map { product[$0].millionths / Quantity.scale }
  }

  /// Units that left the house with orders: what the ledger says that is in none of its places.
  fileprivate func taken(_ id: Text = "A") async throws -> Int64 {
    var rows: [LedgerRow] = []
    repeat {
      let page = try await store.ledger(product: id, tenant: tenant, after: rows.last?.id, limit: 1_000)
      rows += page
      if page.count < 1_000 { break }
    } while true
    return rows.filter { $0.orderID != nil }.reduce(0) { sum, row in
      StockPlace.allCases.reduce(sum) { $0 - row[$1].millionths }
    } / Quantity.scale
  }
}

/// Goods that are set aside for orders, by desks of one and of several processes.
@Suite struct ReservationTests {
  private func offices(_ site: Site, _ count: Int) async throws -> [Office] {
    var offices: [Office] = []
    // One without Redis: nothing of this rests on a lock.
    for index in 0..<count {
      offices.append(
        try await site.office(hasRedis: index != 1, workflows: ReservingWorkflow.withDelivery()))
    }
    return offices
  }

  @Test(arguments: [1, 2, 3]) func ofAHundredBuyersOneGetsTheOneUnit(processes: Int) async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = try await offices(site, processes)
      try await offices[0].stock("A", 1, as: ada)
      try await offices[0].stock("B", 500, as: ada)
      let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
        for index in 0..<100 {
          group.addTask {
            try await offices[index % processes].reserve([("B", 1), ("A", 1)], as: ada, customer: "buyer-\(index)")
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0.status == 201 } == 1)
      let short = Fact.short([StockShortage(productID: "A", lacking: Quantity(millionths: Quantity.scale))])
      let refusals = outcomes.compactMap(\.refusal)
      #expect(refusals.count == 99)
      for refusal in refusals {
        #expect(refusal.kind == .conflict && refusal.code == "out_of_stock" && refusal.facts == [short])
        #expect(refusal.detail == "The stock lacks 1 of A.")
      }
      #expect(try await site.units() == [0, 1, 0, 0])
      #expect(try await site.units("B") == [499, 1, 0, 0], "who gets none of one takes none of the other")
      let open = try await site.store.reservations(
        ReservationQuery(tenant: site.tenant, productID: "A", limit: 100))
      let winner = try #require(outcomes.first { $0.status == 201 }).orderID()
      #expect(open.reservations.map(\.orderID) == [winner] && open.next == nil)
      #expect(open.reservations[0].owner == (try await site.order(winner)).customer.id)
      #expect(open.reservations[0].expiresAt != nil)

      // One sends it, and whoever comes then finds the shelf empty all the same.
      #expect(await offices[0].step(ReservingWorkflow.pay, winner, as: ada).status == 200)
      #expect(await offices[processes - 1].step(ReservingWorkflow.send, winner, as: ada).status == 200)
      #expect(try await site.units() == [0, 0, 0, 0])
      #expect(try await site.taken() == 1)
      #expect(try await offices[0].reserve([("A", 1)], as: ada).isConflict)
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
    }
  }

  @Test func theAuditTellsOfGoodsThatAreSetAsideForAnOrderThatIsOver() async throws {
    try await withSite { site in
      let ada = try site.actor()
      var definition = ReservingWorkflow.definition
      // A table that forgets to give back.
      for index in definition.rows.indices where definition.rows[index].event == ReservingWorkflow.cancel {
        definition.rows[index].effects = [.cancelItems]
      }
      let office = try await site.office(workflows: try Workflows([.delivery, definition]))
      try await office.stock("A", 5, as: ada)
      let id = try await office.reserve([("A", 2)], as: ada).orderID()
      let audit = Audit(source: site.store)
      #expect(try await audit.run(repair: false) { _ in }.findings == [])
      #expect(await office.step(ReservingWorkflow.cancel, id, as: ada).status == 200)
      let number = try await site.order(id).number
      let found = try await audit.run(repair: false) { _ in }.findings
      #expect(found.map(\.subject) == [number], "\(found)")
      #expect(found.map(\.detail) == ["A: 2 are still reserved, and it is over"])
    }
  }

  /// Each order is moved by several at once, by request and by its timer: whatever wins, no unit is made or lost.
  @Test func whateverRacesNothingIsMadeOrLost() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = try await offices(site, 2)
      try await offices[0].stock("A", 60, as: ada)
      let orders = try await withThrowingTaskGroup(of: OrderID?.self) { group in
        for index in 0..<80 {
          group.addTask {
            let outcome = try await offices[index % 2].reserve([("A", 1)], as: ada)
            return outcome.status == 201 ? try outcome.orderID() : nil
          }
        }
        return try await group.reduce(into: [OrderID]()) { if let id = $1 { $0.append(id) } }
      }
      #expect(orders.count == 60)
      #expect(try await site.units() == [0, 60, 0, 0])
      await withTaskGroup(of: Void.self) { group in
        for (index, order) in orders.enumerated() {
          group.addTask { _ = await offices[0].step(ReservingWorkflow.pay, order, as: ada) }
          group.addTask { _ = await offices[1].step(ReservingWorkflow.cancel, order, as: ada) }
          group.addTask { _ = await offices[index % 2].step(ReservingWorkflow.send, order, as: ada) }
          group.addTask { _ = await offices[0].step(ReservingWorkflow.cancel, order, as: ada) }
        }
      }
      var counts: [Status: Int64] = [:]
      for order in orders { counts[try await site.order(order).status, default: 0] += 1 }
      let (firm, sent) = (counts[ReservingWorkflow.firm] ?? 0, counts[ReservingWorkflow.sent] ?? 0)
      let waiting = counts[ReservingWorkflow.waiting] ?? 0
      #expect(try await site.units() == [60 - firm - sent - waiting, firm + waiting, 0, 0])
      #expect(try await site.taken() == sent)
      let open = try await site.store.reservations(
        ReservationQuery(tenant: site.tenant, productID: "A", limit: 100))
      #expect(Int64(open.reservations.count) == firm + waiting)
      // Cancelled again, or what is cancelled: nothing more comes back.
      for order in orders { _ = await offices[1].step(ReservingWorkflow.cancel, order, as: ada) }
      #expect(try await site.units() == [60, 0, 0, 0])
      for order in orders {
        #expect(await offices[0].step(ReservingWorkflow.cancel, order, as: ada).isConflict)
      }
      #expect(try await site.units() == [60, 0, 0, 0])
      #expect(try await site.taken() == 0)
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
    }
  }

  @Test func theTimerAndAPaymentComeToOneOutcome() async throws {
    try await withSite { site in
      let ada = try site.actor()
      // Goods are set aside for a second, and it is long over.
      var definition = ReservingWorkflow.definition
      definition.timers[0].afterSeconds = 1
      let workflows = try Workflows([.delivery, definition])
      let offices = [
        try await site.office(hasRedis: false, workflows: workflows),
        try await site.office(hasRedis: false, workflows: workflows),
      ]
      try await offices[0].stock("A", 20, as: ada)
      var orders: [OrderID] = []
      for _ in 0..<20 { orders.append(try await offices[0].reserve([("A", 1)], as: ada).orderID()) }
      for order in orders {
        let end = try #require(
          try await site.store.holdings(of: [order])[order]?["A"].expiresAt)
        try await eventually("the time is over") { SystemClock().now() > end }
        async let paid = offices[0].step(ReservingWorkflow.pay, order, as: ada)
        async let expired = offices[1].step(ReservingWorkflow.expire, order, by: .timer, as: ada)
        let outcomes = await [paid, expired]
        #expect(outcomes.count { $0.status == 200 } == 1 && outcomes.count(where: \.isConflict) == 1, "\(outcomes)")
      }
      let open = try await site.store.reservations(
        ReservationQuery(tenant: site.tenant, productID: "A", limit: 100)
      ).reservations
      #expect(open.allSatisfy { $0.expiresAt == nil }, "what is left is firm")
      #expect(try await site.units() == [20 - Int64(open.count), Int64(open.count), 0, 0])
    }
  }

  /// Sums are falsified while two processes sell, and an audit mends them while they go on.
  @Test func anAuditMendsStockBesideThoseWhoMoveIt() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = try await offices(site, 2)
      try await offices[0].stock("A", 40, as: ada)
      let fields: [(StaticString, StockPlace)] = [
        ("onHand", .available), ("reserved", .reserved), ("onHold", .onHold), ("damaged", .damaged),
      ]
      let isOver = Locked(false)
      let repaired = Locked<Set<String>>([])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for office in offices {
          group.addTask {
            while !isOver.with({ $0 }) {
              let outcome = try await office.reserve([("A", 1)], as: ada)
              guard outcome.status == 201 else { continue }
              let order = try outcome.orderID()
              // Refused now and then, while what is stored says that less is reserved than the order has.
              _ = await office.step(ReservingWorkflow.cancel, order, as: ada)
            }
          }
        }
        group.addTask {
          for round in 0..<12 {
            let (field, place) = fields[round % 4]
            let now = try await site.product()[place].millionths
            try await site.damage(.products, "\(site.tenant):A", set: field, to: now + 3_000_000)
            for finding in try await Audit(source: site.store).run(repair: true, progress: { _ in }).findings {
              #expect(finding.area == "stock" && finding.isRepaired, "\(finding)")
              repaired.with { _ = $0.insert(String(finding.detail.prefix { $0 != " " })) }
            }
          }
          isOver.with { $0 = true }
        }
        try await group.waitForAll()
      }
      #expect(repaired.with { $0 } == ["onHand", "reserved", "onHold", "damaged"])
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
      let units = try await site.units()
      #expect(units[0] + units[1] == 40 && units[2] == 0 && units[3] == 0 && units[1] >= 0, "\(units)")
    }
  }

  /// A process of the version before sells the same product: it drops what is reserved each time that it writes, and no
  /// unit is lost by it.
  @Test func anOlderProcessBesideLosesNoReservation() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let offices = try await offices(site, 2)
      try await offices[0].stock("A", 100, as: ada)
      let isOver = Locked(false)
      let sold = Locked<Int64>(0)
      let held = Locked<Int64>(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          while !isOver.with({ $0 }) { if try await site.sellAsOlder("A") { sold.with { $0 += 1 } } }
        }
        group.addTask {
          try await withThrowingTaskGroup(of: Void.self) { buyers in
            for index in 0..<30 {
              buyers.addTask {
                let office = offices[index % 2]
                let outcome = try await office.reserve([("A", 1)], as: ada)
                guard outcome.status == 201 else { return }
                let order = try outcome.orderID()
                if index % 3 == 0, await office.step(ReservingWorkflow.cancel, order, as: ada).status == 200 { return }
                held.with { $0 += 1 }
              }
            }
            try await buyers.waitForAll()
          }
          isOver.with { $0 = true }
        }
        try await group.waitForAll()
      }
      // It has the last word, too.
      _ = try await site.sellAsOlder("A", must: true)
      sold.with { $0 += 1 }
      let (gone, reserved) = (sold.with { $0 }, held.with { $0 })
      #expect(try await site.units() == [100 - gone - reserved, reserved, 0, 0])
      #expect(try await Audit(source: site.store).run(repair: false) { _ in }.findings == [])
      let open = try await site.store.reservations(
        ReservationQuery(tenant: site.tenant, productID: "A", limit: 100))
      #expect(Int64(open.reservations.count) == reserved)
    }
  }
}

extension Site {
  /// Sells one as a process of the version before reservations does: it reads the product, and replaces it by what it knows
  /// of it where it still has that version. False if another was first.
  fileprivate func sellAsOlder(_ id: Text, must: Bool = false) async throws -> Bool {
    let tenant = tenant
    let by = try actor().user
    repeat {
      let isSold = try await store.write { worker in
        try worker.transaction(deadlineMs: Int(HangLimit.ms)) { worker in
          let key = Product.key(id, tenant: tenant)
          guard let product = try worker.findOne(.products, Product.read, filter: { $0.string("_id", key) }) else {
            return false
          }
          var reply = try worker.run(.write) {
            $0.string("update", Collection.products.rawValue)
            $0.documents("updates", CollectionOfOne(product)) { writer, product in
              writer.document("q") {
                $0.string("_id", key)
                $0.int64("version", product.version)
              }
              writer.document("u") {
                $0.string("_id", key)
                $0.tenant("tenantId", tenant)
                $0.string("productId", id)
                $0.string("name", product.name)
                $0.money("unitPrice", product.unitPrice)
                $0.int64("taxRate", product.taxRate.millionths)
                $0.bool("active", product.active)
                $0.int64("onHand", product.onHand.millionths - Quantity.scale)
                $0.quantity("damaged", product.damaged)
                $0.quantity("onHold", product.onHold)
                $0.int64("version", product.version + 1)
                $0.date("createdAt", product.createdAt)
                $0.date("updatedAt", product.updatedAt)
              }
            }
          }
          guard try reply.integer("n") == 1 else { return false }
          let row = LedgerRow(
            id: RandomIdentities().next(LedgerRow.self), tenantID: tenant, productID: id, kind: .deducted,
            onHand: Quantity(millionths: -Quantity.scale), orderID: RandomIdentities().next(Order.self), by: by,
            at: SystemClock().now())
          var writes = WriteSet()
          writes.ledger = [row]
          for command in try CommitPlan(writes, to: &worker.writer).commands {
            _ = try worker.run(command.place, .write)
          }
          return true
        }
      }
      if isSold { return true }
    } while must
    return false
  }
}
