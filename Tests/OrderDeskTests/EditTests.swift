import HubContracts
import HubRuntime
import HubTestSupport
import HubWire
import MongoStore
import Orders
import Testing
import Worker

@testable import OrderDesk

extension Office {
  /// Edits an order of this version, or of the one that it has.
  fileprivate func edit(
    _ id: OrderID, as actor: Actor, version: Int64? = nil, _ change: (inout OrderEdit) throws -> Void
  ) async throws -> Outcome {
    let present: Int64
    if let version { present = version } else { present = try #require(try await store.order(id, tenant: nil)).version }
    var edit = OrderEdit(version: present)
    try change(&edit)
    return await desk.submit(.edit(edit, StepInput(), of: id, actor: actor, answer: nil, requestID: "test"))
  }
}

private func line(_ product: Text, _ units: Int64) -> OrderEdit.ItemEdit {
  OrderEdit.ItemEdit(.product(product), quantity: Quantity(millionths: units * Quantity.scale))
}

/// Edits through desks of several processes, kept in MongoDB.
@Suite struct EditTests {
  private func onHand(_ site: Site, _ product: Text) async throws -> Int64 {
    let found = try #require(try await site.store.products([product], tenant: site.tenant).first)
    return found.onHand.millionths / Quantity.scale
  }

  private func findings(_ site: Site) async throws -> [Audit.Finding] {
    try await Audit(source: site.store).run(repair: false) { _ in }.findings
  }

  @Test func whatAnEditChangesIsKeptAndWhatItTakesAwayIsGone() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let office = try await site.office()
      for product in ["A", "B", "C"] as [Text] { try await office.stock(product, 10, as: ada) }
      let id = try await office.placed([("A", 4), ("B", 6)], as: ada)
      let first = try await office.edit(id, as: ada) {
        $0.notes = .set("second floor")
        $0.notesForCustomer = .set("we ring twice")
        $0.deliveryDate = .set(Timestamp(millis: 1_800_000_000_000))
        $0.discount = Money(units: 2 * Money.scale)
        $0.customer = .init()
        $0.customer?.phone = .set("12345")
      }
      #expect(first.status == 200, "\(first)")
      var order = try await site.order(id)
      #expect(order.notes == "second floor" && order.customer.phone == "12345" && order.discounts != nil)
      let second = try await office.edit(id, as: ada) {
        $0.notes = .cleared
        $0.notesForCustomer = .cleared
        $0.deliveryDate = .cleared
        $0.discount = .zero
        $0.customer = .init()
        $0.customer?.name = "Ada Lovelace"
        $0.customer?.phone = .cleared
        $0.items = [line("A", 7), line("B", 0), line("C", 3)]
      }
      #expect(second.status == 200, "\(second)")
      order = try await site.order(id)
      #expect([order.notes, order.notesForCustomer, order.customer.phone] == [nil, nil, nil])
      #expect(order.deliveryDate == nil && order.discounts == nil && order.customer.name == "Ada Lovelace")
      #expect(order.items.map(\.productID) == ["A", "C"])
      #expect(try second.json()["order"]?["version"] == .number(Text("\(order.version)")))
      #expect(try await onHand(site, "A") == 3)
      #expect(try await onHand(site, "B") == 10)
      #expect(try await onHand(site, "C") == 7)
      // Found by the name that it has now, and not by the one it had.
      for (words, count) in [("lovelace", 1), ("hopper", 0)] as [(Text, Int)] {
        var query = OrderQuery(tenant: site.tenant)
        query.search = words
        #expect(try await site.store.list(query).orders.count == count, "\(words)")
      }
      let remaining = try #require(try await office.reads.copy(.remaining, of: id))
      #expect(try JSONParser.parse(remaining.body.bytes)["remaining"]?["B"] == nil)
      #expect(await office.cancel(id, as: ada).status == 200)
      for product in ["A", "B", "C"] as [Text] { #expect(try await onHand(site, product) == 10) }
      #expect(try await findings(site) == [])
      #expect(try await site.streamed(office, id) == Array(1...(try await site.order(id)).version))
    }
  }

  @Test func ofTwoProcessesEditsOfOneVersionOneWins() async throws {
    try await withSite { site in
      let ada = try site.actor()
      // One without Redis: nothing of this rests on a lock.
      let offices = [try await site.office(), try await site.office(hasRedis: false)]
      try await offices[0].stock("A", 1_000, as: ada)
      for round in 0..<10 as Range<Int64> {
        let id = try await offices[0].placed([("A", 4)], as: ada)
        let version = try await site.order(id).version
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
          for index in 0..<6 {
            group.addTask {
              try await offices[index % 2].edit(id, as: ada, version: version) { $0.items = [line("A", 5 + round)] }
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0.status == 200 } == 1)
        let refusals = outcomes.compactMap(\.refusal)
        let now = try await site.order(id).version
        #expect(refusals.count == 5)
        #expect(refusals.allSatisfy { $0.code == "version_conflict" && $0.facts.last == .version(now) }, "\(refusals)")
      }
      #expect(try await onHand(site, "A") == 1_000 - (5...14).reduce(0, +))
      #expect(try await findings(site) == [])
    }
  }

  /// A delivery is committed between an edit's decision and its commit, and the other way round.
  @Test func anEditAndADeliveryAtTheSameMomentAreAsIfOneCameFirst() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let faulty = FaultyStore(site.store, seed: 1)
      let (late, early) = (try await site.office(on: faulty), try await site.office())
      try await early.stock("A", 100, as: ada)

      let id = try await early.placed([("A", 4)], as: ada)
      faulty.commits(once { _ = await early.deliver(3, from: id, as: ada) })
      let edited = try await late.edit(id, as: ada) { $0.items = [line("A", 2)] }
      #expect(edited.refusal?.code == "version_conflict", "\(edited)")
      #expect(try await site.order(id).items[0].delivered == Quantity(millionths: 3 * Quantity.scale))

      let other = try await early.placed([("A", 4)], as: ada)
      faulty.commits(once { _ = try? await early.edit(other, as: ada) { $0.items = [line("A", 2)] } })
      let delivered = await late.deliver(3, from: other, as: ada)
      #expect(delivered.refusal?.code == "exceeds_remaining", "\(delivered)")
      let order = try await site.order(other)
      #expect(order.items[0].quantity == Quantity(millionths: 2 * Quantity.scale) && order.items[0].delivered == .zero)
      // What was read anew is delivered all the same where it suffices.
      faulty.commits(once { _ = try? await early.edit(other, as: ada) { $0.items = [line("A", 3)] } })
      #expect(await late.deliver(2, from: other, as: ada).status == 201)
      #expect(try await onHand(site, "A") == 93)
      #expect(try await findings(site) == [])
    }
  }

  /// Something that happens before the next commit of another process, and no other.
  private func once(
    _ body: @escaping @Sendable () async -> Void
  ) -> @Sendable (WriteSet) async throws(StoreError) -> CommitOutcome? {
    let isDone = Locked(false)
    return { _ throws(StoreError) in
      let isFirst = isDone.with { done in
        defer { done = true }
        return !done
      }
      if isFirst { await body() }
      return nil
    }
  }

  /// Edits, deliveries and ends of many orders, at two processes of which one has a store that fails now and then.
  @Test func whateverRacesNoMoreIsDeliveredThanOrdered() async throws {
    try await withSite { site in
      let ada = try site.actor()
      let faulty = FaultyStore(site.store, seed: 2_026)
      let offices = [try await site.office(), try await site.office(hasRedis: false, on: faulty)]
      for product in ["A", "B"] as [Text] { try await offices[0].stock(product, 10_000, as: ada) }
      var orders: [OrderID] = []
      for _ in 0..<6 { orders.append(try await offices[0].placed([("A", 9), ("B", 9)], as: ada)) }
      faulty.fail(percent: 3)
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<180 {
          let (id, office) = (orders[index % orders.count], offices[index / 7 % 2])
          let (product, units): (Text, Int64) = (index % 4 < 2 ? "A" : "B", Int64(index % 5))
          group.addTask {
            switch index % 3 {
            case 0: _ = await office.deliver(1 + units / 2, of: product, from: id, as: ada, status: .delivered)
            case 1: _ = try? await office.edit(id, as: ada) { $0.items = [line(product, units)] }
            default: _ = try? await office.edit(id, as: ada) { $0.items = [line("A", 3 + units), line("B", 2)] }
            }
          }
        }
      }
      faulty.fail(percent: 0)
      var held: [Text: Int64] = [:]
      for id in orders {
        let order = try await site.order(id)
        for item in order.items {
          #expect(item.delivered <= item.quantity)
          held[item.productID, default: 0] += item.quantity.millionths / Quantity.scale
        }
      }
      for product in ["A", "B"] as [Text] {
        #expect(try await onHand(site, product) == 10_000 - held[product, default: 0])
      }
      #expect(try await findings(site) == [])
    }
  }
}
