import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// What an order's state amounts to, as it is stored.
@Suite struct PhaseTests {
  private func damage(_ store: MongoStore, _ id: OrderID, _ update: @escaping @Sendable (inout BSONWriter) -> Void)
    async throws
  {
    try await store.write { worker in
      _ = try worker.run(.write) {
        $0.string("update", Collection.orders.rawValue)
        $0.documents("updates", CollectionOfOne(id)) { writer, id in
          writer.document("q") { $0.identifier("_id", id) }
          writer.document("u", update)
        }
      }
    }
  }

  /// The fields `status` and `phase`, as they stand.
  private func stored(_ store: MongoStore, _ id: OrderID) async throws -> [Text?] {
    try await store.read { worker in
      try worker.find(Find(.orders, limit: 1) { $0.identifier("_id", id) }) { row throws(BSONError) in
        [try row.string("status") as Text, try row.optionalString("phase")]
      }.first ?? []
    }
  }

  @Test func anOrderIsStoredWithItsWorkflowAndItsPhase() async throws {
    try await withStore { store async throws in
      let counter = try Workflow(CounterWorkflow.definition)
      let plain = Fixtures.order(status: "in_progress")
      var other = Fixtures.order()
      other.workflow = CounterWorkflow.name
      other.stand(in: CounterWorkflow.completed, by: counter)
      try await fill(store, [plain, other])
      // What an older process writes and reads is as it was.
      #expect(try await stored(store, plain.id) == ["in_progress", "active"])
      #expect(try await stored(store, other.id) == ["counter:fulfilled:completed", "fulfilled"])
      for order in [plain, other] { #expect(try await store.order(order.id, tenant: Fixtures.tenant) == order) }
    }
  }

  @Test func ordersOfBeforeAreReadWithTheirPhaseAndGetItByAndBy() async throws {
    try await withStore { store async throws in
      let orders = WorkflowDefinition.delivery.states.flatMap { state in
        (0..<3).map { _ in Fixtures.order(status: state.status.rawValue) }
      }
      try await fill(store, orders)
      // Without the field; and moved by an older process, which left it as it was.
      for order in orders.dropLast(2) {
        try await damage(store, order.id) { $0.document("$unset") { $0.int32("phase", 1) } }
      }
      try await damage(store, orders[17].id) { $0.document("$set") { $0.string("phase", "open" as StaticString) } }
      for order in orders {
        #expect(try await store.order(order.id, tenant: Fixtures.tenant) == order)
        #expect(order.phase != .problem)
      }
      var steps: [PhaseFilling] = []
      repeat { steps.append(try await store.fillPhases(limit: 5)) } while steps.last != .done && steps.count < 20
      #expect(
        steps == [.underWay(filled: 5), .underWay(filled: 5), .underWay(filled: 5), .looked(filled: 17)]
          + Array(repeating: .underWay(filled: 0), count: 3) + [.done])
      for order in orders {
        #expect(try await stored(store, order.id) == [Text(order.status.rawValue), Text(order.phase.rawValue)])
      }
      // Done is done, until somebody says that an older process was at work again.
      try await damage(store, orders[0].id) { $0.document("$unset") { $0.int32("phase", 1) } }
      #expect(try await store.fillPhases() == .done)
      try await store.restartPhases()
      #expect(try await store.fillPhases() == .looked(filled: 1))
      for limit in [0, 1_001] { await #expect(throws: StoreError.self) { try await store.fillPhases(limit: limit) } }
    }
  }

  /// Many at once, as when several are started by mistake: each order gets its phase, and all come to an end.
  @Test func severalFillThemSideBySide() async throws {
    try await withStore { store async throws in
      let orders = (0..<40).map { _ in Fixtures.order(status: "delivered") }
      try await fill(store, orders)
      for order in orders {
        try await damage(store, order.id) { $0.document("$unset") { $0.int32("phase", 1) } }
      }
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          group.addTask { for _ in 0..<200 where (try? await store.fillPhases(limit: 3)) != .done {} }
        }
      }
      #expect(try await store.fillPhases() == .done)
      for order in orders { #expect(try await stored(store, order.id) == ["delivered", "fulfilled"]) }
    }
  }
}
