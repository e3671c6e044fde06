import HubContracts
import HubTestSupport
import Orders
import Testing

@testable import MongoStore

/// Lists over orders of several workflows, some of which have the same words.
@Suite struct WorkflowListTests {
  private let both: Workflows

  init() throws { both = try CounterWorkflow.withDelivery() }

  /// Orders in all states of both workflows and of all payment statuses, of which the customer holds so much or so.
  private func orders(_ count: Int) throws -> [Order] {
    let counter = try #require(both[CounterWorkflow.name])
    return (0..<count).map { index in
      var order = Fixtures.order(
        status: WorkflowDefinition.delivery.states[index / 2 * 5 % 6].status.rawValue,
        payment: PaymentStatus.allCases[index * 3 % 5],
        customer: Customer(id: index % 7 == 0 ? "c-1" : nil, name: "Person\(index % 10) Smith"),
        at: Fixtures.time(Int64(index / 3)), items: 2)
      if index % 2 == 1 {
        order.workflow = CounterWorkflow.name
        order.stand(in: counter.definition.states[index / 2 % 3].status, by: counter)
      }
      hand(over: index % 4, of: &order)
      return order
    }
  }

  /// Nothing, a part, all of it, or all of it and back again.
  private func hand(over kind: Int, of order: inout Order) {
    order.items[1].cancelled = Quantity(millionths: 500_000)
    for index in order.items.indices {
      let kept = Quantity(millionths: order.items[index].quantity.millionths - order.items[index].cancelled.millionths)
      if kind > 1 || kind == 1 && index == 0 {
        (order.items[index].delivered, order.items[index].received) = (kept, kept)
      }
      if kind == 3 { order.items[index].returned = kept }
    }
  }

  private func wanted(_ query: OrderQuery, _ orders: [Order]) -> [Order] {
    expected(query, orders).filter { order in
      query.admits(order.standing) && (query.fulfilment.map { $0 == order.fulfilment } ?? true)
        && (query.search == nil || order.customer.name.hasPrefix("Person4 "))
    }
  }

  /// Every combination of what a list may ask for.
  private func queries() -> [OrderQuery] {
    var queries = [OrderQuery(tenant: Fixtures.tenant, limit: 37, states: both.standings)]
    func vary(_ changes: [(inout OrderQuery) -> Void]) {
      queries += queries.flatMap { query in
        changes.map { change in
          var query = query
          change(&query)
          return query
        }
      }
    }
    vary([{ $0.workflow = CounterWorkflow.name }, { $0.workflow = .delivery }])
    vary([{ $0.statuses = [CounterWorkflow.completed, DeliveryWorkflow.State.open] }])
    vary([{ $0.phases = [.fulfilled, .cancelled] }])
    vary([{ $0.paymentStatus = .paid }])
    vary([{ $0.fulfilment = .partial }])
    return queries
  }

  private func walk(_ query: OrderQuery, _ store: MongoStore, _ limits: SearchLimits) async throws -> [Order] {
    var (query, seen, pages) = (query, [Order](), 0)
    repeat {
      let page = try await store.list(query, limits)
      seen += page.orders
      query.cursor = page.next
      pages += 1
    } while query.cursor != nil && pages < 1_000
    return seen
  }

  @Test func paidOrdersOfEveryWorkflowAreListed() async throws {
    try await withStore { store async throws in
      let orders = try orders(60)
      try await fill(store, orders)
      // Even by a process that knows the workflow not.
      let query = OrderQuery(tenant: Fixtures.tenant, paymentStatus: .paid, limit: 100)
      let listed = try await store.list(query).orders
      #expect(listed == wanted(query, orders))
      #expect(Set(listed.map(\.workflow)) == [.delivery, CounterWorkflow.name])
    }
  }

  @Test func everyCombinationGivesItsOrdersInOrder() async throws {
    try await withStore { store async throws in
      let orders = try orders(600)
      try await fill(store, orders)
      for query in queries() {
        for query in [query, query.descending(false)] {
          let wanted = wanted(query, orders)
          #expect(try await walk(query, store, SearchLimits()) == wanted, "\(query)")
          // Where they are too many to be gathered.
          #expect(try await walk(query, store, SearchLimits(matches: 20, scanned: 50)) == wanted, "\(query)")
          let total = try await store.list(query).total
          #expect(total == (query.fulfilment == nil ? nil : Int64(wanted.count)), "\(query)")
        }
        for sort in [OrderSort.total, .deliveryDate] {
          var sorted = query
          sorted.sort = sort
          #expect(try await walk(sorted, store, SearchLimits()) == self.wanted(sorted, orders), "\(sorted)")
        }
      }
    }
  }

  @Test func everyCombinationIsSearchedAndAskedForByDateAndCustomerToo() async throws {
    try await withStore { store async throws in
      let orders = try orders(300)
      try await fill(store, orders)
      for query in queries() {
        var (searched, dated, owned) = (query, query, query)
        searched.search = "person4"
        (dated.from, dated.before) = (Fixtures.time(20), Fixtures.time(70))
        owned.customerID = "c-1"
        for query in [searched, dated, owned] {
          let wanted = wanted(query, orders)
          for limits in [SearchLimits(), SearchLimits(matches: 10, scanned: 40)] {
            #expect(try await walk(query, store, limits) == wanted, "\(query)")
          }
          #expect(try await store.list(query).total == Int64(wanted.count), "\(query)")
        }
      }
    }
  }

  /// More states than the server merges ranges of: the orders are walked instead, so many at a time.
  @Test func aWorkflowOfManyStatesIsListedAllTheSame() async throws {
    try await withStore { store async throws in
      let name = WorkflowName(rawValue: "wide")
      let states = (0..<100).map { Standing(name, Status(rawValue: "s\($0)"), $0 < 60 ? .active : .closed) }
      let orders = (0..<400).map { index in
        let state = states[index * 7 % 100]
        var order = Fixtures.order(
          payment: PaymentStatus.allCases[index % 5], at: Fixtures.time(Int64(index / 2)), items: 1)
        order = Order(order, in: state)
        return order
      }
      try await fill(store, orders)
      var query = OrderQuery(tenant: Fixtures.tenant, workflow: name, limit: 30, states: states)
      for phases in [[], [Phase.active]] {
        for payment in [nil, PaymentStatus.paid] {
          (query.phases, query.paymentStatus) = (phases, payment)
          for query in [query, query.descending(false)] {
            for limits in [SearchLimits(), SearchLimits(matches: 20, scanned: 50)] {
              #expect(try await walk(query, store, limits) == wanted(query, orders), "\(query)")
            }
          }
        }
      }
      let filter = OrderFilter(query: OrderQuery(tenant: Fixtures.tenant, workflow: name, states: states))
      #expect(filter.isSieve && filter.index.description == Indexes.created.description)
      // From after until before, and behind both ends, nothing is asked of the server that it refuses.
      (query.from, query.before) = (Fixtures.time(90), Fixtures.time(90))
      #expect(try await store.list(query).orders == [])
      (query.from, query.before) = (Fixtures.time(50), Fixtures.time(60))
      #expect(try await walk(query, store, SearchLimits(matches: 2, scanned: 5)) == wanted(query, orders))
      query.cursor = OrderCursor(orders[0], by: .createdAt)
      #expect(try await store.list(query, SearchLimits(matches: 2, scanned: 5)).orders == [])
    }
  }

  @Test func theStatesAreFoundAStepOfTheIndexEach() async throws {
    try await withStore { store async throws in
      try await fill(store, try orders(500))
      let found = try await store.read { worker in try worker.states(of: Fixtures.tenant) }
      #expect(Set(found) == Set(both.standings) && found.count == 9)
      let reading = try await store.read { worker in
        try Reading(
          try worker.run(.plain) {
            $0.document("explain") {
              $0.string("aggregate", Collection.orders.rawValue)
              Aggregation.write(to: &$0) { MongoWorker.writeStates(of: Fixtures.tenant, to: &$0) }
              $0.document("cursor") { _ in }
              $0.string("hint", Indexes.state)
            }
            $0.string("verbosity", "executionStats" as StaticString)
          })
      }
      #expect(reading.keysExamined <= 20 && reading.documentsExamined == 0, "\(reading)")
    }
  }

  @Test func aRecountTellsWorkflowsApart() async throws {
    try await withStore { store async throws in
      let orders = try orders(90)
      try await fill(store, orders)
      let rows = try await store.recount(TallyScope(tenant: Fixtures.tenant, kind: .orders))
      let counted = Dictionary(grouping: orders) { "\($0.standing.word)|\($0.paymentStatus.rawValue)" as Text }
      #expect(rows.count == counted.count)
      for row in rows {
        #expect(row.count == Int64(counted["\(row.status)|\(row.paymentStatus ?? "")"]?.count ?? 0), "\(row)")
      }
    }
  }
}

extension OrderQuery {
  fileprivate func descending(_ descending: Bool) -> OrderQuery {
    var query = self
    query.descending = descending
    return query
  }
}

extension Order {
  /// The same in another state, whatever workflow there is.
  fileprivate init(_ order: Order, in state: Standing) {
    self.init(
      id: order.id, tenantID: order.tenantID, number: order.number, workflow: state.workflow, status: state.status,
      phase: state.phase, paymentStatus: order.paymentStatus, version: order.version, currency: order.currency,
      customer: order.customer, items: order.items, subtotal: order.subtotal, discount: order.discount,
      tax: order.tax, total: order.total, paid: order.paid, advance: order.advance,
      advanceApplied: order.advanceApplied, invoices: order.invoices, deliveryCount: order.deliveryCount,
      notes: order.notes, deliveryDate: order.deliveryDate, createdBy: order.createdBy, createdAt: order.createdAt,
      updatedAt: order.updatedAt)
  }
}
