import HubContracts
import Orders
import Testing

@testable import MongoStore

/// How the server read a page.
struct Reading {
  var stages: Set<String> = []
  var keysExamined: Int64 = 0
  var documentsExamined: Int64 = 0

  init(_ reply: BSONReader) throws {
    var reply = reply
    // What an aggregation reads stands in its first stage.
    if let stages = try? reply.documents(
      "stages", { stage throws(BSONError) in try stage.optionalDocument("$cursor") }),
      let cursor = stages.first ?? nil
    {
      reply = cursor
    }
    var planner = try reply.document("queryPlanner")
    try collect(try planner.document("winningPlan"))
    var execution = try reply.document("executionStats")
    keysExamined = try execution.integer("totalKeysExamined")
    documentsExamined = try execution.integer("totalDocsExamined")
  }

  private mutating func collect(_ reader: BSONReader) throws {
    var reader = reader
    while let (name, value) = try reader.next() {
      if name == "stage", let text = value.text { stages.insert(text.string) }
      if name == "inputStage" { try collect(try value.reader()) }
      if name == "inputStages" {
        var inputs = try value.reader()
        while let input = try inputs.nextValue() { try collect(try input.reader()) }
      }
    }
  }
}

/// How the server reads what is looked for.
func explain(_ store: MongoStore, _ find: @escaping @Sendable () -> Find) async throws -> Reading {
  let timeout = store.options.operationTimeoutMs
  return try await store.read { worker in
    try Reading(
      try worker.run(.plain) {
        $0.document("explain") { find().write(to: &$0, timeoutMs: timeout) }
        $0.string("verbosity", "executionStats" as StaticString)
      })
  }
}

/// Orders whose moments of creation, totals and delivery dates often fall together; a third has no delivery date.
func manyOrders(_ count: Int, year: Int = 2026) -> [Order] {
  let payments = PaymentStatus.allCases
  return (0..<count).map { (index: Int) -> Order in
    let customer = Customer(
      id: index % 4 == 0 ? "c-\(index % 8)" : nil, name: "Person\(index % 100) Smith\(index % 3)",
      phone: "0170 555 \(10_000 + index)")
    var order = Fixtures.order(
      number: "ORD-\(year)-\(100_000 + index)", tenant: index % 10 == 9 ? Fixtures.other : Fixtures.tenant,
      status: WorkflowDefinition.delivery.states[index * 7 % 6].status.rawValue, payment: payments[index * 3 % 5],
      customer: customer,
      deliveryDate: index % 3 == 0 ? nil : Fixtures.time(Int64(index * 29 % 17 - 5)),
      at: Fixtures.time(Int64(index / 5)), items: 1, seller: index % 8 == 5 ? "c-4" : nil,
      kiosk: index % 8 == 6 ? "c-4" : nil)
    order.total = Money(units: Int64(index * 37 % 11) * 10_000_000)
    return order
  }
}

func fill(_ store: MongoStore, _ orders: [Order]) async throws {
  for start in stride(from: 0, to: orders.count, by: 500) {
    var writes = WriteSet()
    writes.insertedOrders = Array(orders[start..<min(start + 500, orders.count)])
    #expect(try await store.commit(writes) == .committed)
  }
}

func expected(_ query: OrderQuery, _ orders: [Order]) -> [Order] {
  let found = orders.filter { order in
    if order.tenantID != query.tenant { return false }
    if !query.statuses.isEmpty, !query.statuses.contains(order.status) { return false }
    if let payment = query.paymentStatus, payment != order.paymentStatus { return false }
    if let of = query.of, !of.includes(order.parties) { return false }
    if let from = query.from, order.createdAt < from { return false }
    if let before = query.before, order.createdAt >= before { return false }
    return true
  }
  return found.sorted {
    let (left, right) = query.descending ? ($1, $0) : ($0, $1)
    return (key(left, query.sort), left.id.high, left.id.low) < (key(right, query.sort), right.id.high, right.id.low)
  }
}

/// What an order is sorted by; none is less than any.
private func key(_ order: Order, _ sort: OrderSort) -> Int64 {
  switch sort {
  case .createdAt: order.createdAt.millis
  case .total: order.total.units
  case .deliveryDate: order.deliveryDate?.millis ?? .min
  }
}

/// Every combination of filters.
func combinations() -> [OrderQuery] {
  var queries: [OrderQuery] = []
  for statuses in [[], ["open", "delivered"]] {
    for payment in [nil, PaymentStatus.partiallyPaid] {
      for of in [nil, OrdersOf.customer("c-4"), .seller("c-4"), .kiosk("c-4")] {
        for from in [nil, Fixtures.time(100)] {
          for before in [nil, Fixtures.time(400)] {
            for descending in [true, false] {
              var query = OrderQuery(
                tenant: Fixtures.tenant, statuses: statuses.map(Status.init(rawValue:)), paymentStatus: payment,
                from: from, before: before, descending: descending, states: Workflows.builtIn.standings)
              query.of = of
              queries.append(query)
            }
          }
        }
      }
    }
  }
  return queries
}
