import HubContracts
import HubTestSupport
import HubWire
import Orders
import Testing

/// Sums over orders of several workflows.
@Suite struct WorkflowSumTests {
  private let both: Workflows
  private let tenant: TenantID

  init() throws {
    both = try CounterWorkflow.withDelivery()
    tenant = try #require(TenantID("shop"))
  }

  private func sum(_ counts: [Text: Int64]) -> TallySum {
    TallySum([TallyShard(scope: TallyScope(tenant: tenant, kind: .orders), shard: 0, revision: 1, counts: counts)])
  }

  private let counts: [Text: Int64] = [
    "open|unpaid": 3, "completed|paid": 2, "cancelled|unpaid": 1, "counter:active:waiting|unpaid": 4,
    "counter:fulfilled:completed|paid": 5, "counter:cancelled:cancelled|unpaid": 6,
  ]

  @Test func keysOfDeliveryAreWhatTheyWereAndOthersNameTheirWorkflow() {
    #expect(TallyKey.order(Standing(.delivery, DeliveryWorkflow.State.open), .unpaid) == "open|unpaid")
    let waiting = Standing(CounterWorkflow.name, CounterWorkflow.waiting, .active)
    #expect(TallyKey.order(waiting, .partiallyPaid) == "counter:active:waiting|partially_paid")
    let key = TallyKey.order("counter:active:waiting|partially_paid")
    #expect(key?.state == waiting && key?.payment == .partiallyPaid)
    for none: Text in ["pending", "value:EUR", "open|", "open|unpaid|x", ""] {
      #expect(TallyKey.order(none) == nil, "\(none)")
    }
  }

  /// Byte for byte what an older version says, which may serve beside this one and compares.
  @Test func whoHasDeliveryAloneIsToldWhatItAlwaysWas() throws {
    let told = String(
      decoding: sum(["open|unpaid": 3, "completed|paid": 2, "cancelled|unpaid": 1, "delivered|unpaid": 0])
        .ordersJSON(both), as: UTF8.self)
    #expect(
      told == """
        {"totalOrders":6,"openOrders":3,"inProgressOrders":0,"partialDeliveredOrders":0,"deliveredOrders":0,\
        "completedOrders":2,"cancelledOrders":1,"unpaidOrders":3,"byStatus":{"open":3,"in_progress":0,\
        "partial_delivered":0,"delivered":0,"completed":2,"cancelled":1},"byPhase":{"open":3,"active":0,\
        "fulfilled":0,"closed":2,"cancelled":1,"problem":0}}
        """)
  }

  @Test func aWordOfTwoWorkflowsIsCountedOnceInEach() throws {
    let read = try JSONParser.parse(sum(counts).ordersJSON(both))
    #expect(read["totalOrders"] == .number("21"))
    #expect(read["completedOrders"] == .number("2") && read["cancelledOrders"] == .number("1"))
    #expect(read["byStatus"]?["completed"] == .number("2"))
    // Over all workflows; cancelled ones of either are not owed.
    #expect(read["unpaidOrders"] == .number("7"))
    let phases: [Text: Text] = [
      "open": "3", "active": "4", "fulfilled": "5", "closed": "2", "cancelled": "7", "problem": "0",
    ]
    for (phase, count) in phases { #expect(read["byPhase"]?[phase] == .number(count), "\(phase)") }
    let counter = read["byWorkflow"]?["counter"]
    #expect(counter?["total"] == .number("15") && counter?["unpaid"] == .number("4"))
    #expect(
      counter?["byStatus"]
        == .object([
          .init(name: "waiting", value: .number("4")), .init(name: "completed", value: .number("5")),
          .init(name: "cancelled", value: .number("6")),
        ]))
    #expect(counter?["byPhase"]?["fulfilled"] == .number("5"))
    #expect(read["byWorkflow"]?["delivery"]?["total"] == .number("6"))
    #expect(read["byWorkflow"]?["delivery"]?["byStatus"]?["open"] == .number("3"))
  }

  @Test func aWorkflowThatThisProcessDoesNotKnowIsCountedToo() throws {
    let read = try JSONParser.parse(sum(counts).ordersJSON(.builtIn))
    #expect(read["totalOrders"] == .number("21") && read["byPhase"]?["active"] == .number("4"))
    #expect(read["byWorkflow"]?["counter"]?["byStatus"]?["waiting"] == .number("4"))
  }

  @Test func aQueryCountsWhatItMeans() {
    let sum = sum(counts)
    func count(_ change: (inout OrderQuery) -> Void) -> Int64 {
      var query = OrderQuery(tenant: tenant)
      change(&query)
      return sum.orders(query)
    }
    #expect(count { _ in } == 21)
    #expect(count { $0.paymentStatus = .paid } == 7)
    #expect(count { $0.statuses = [CounterWorkflow.completed] } == 7)
    #expect(count { $0.workflow = CounterWorkflow.name } == 15)
    #expect(count { $0.phases = [.cancelled, .closed] } == 9)
    #expect(
      count {
        ($0.workflow, $0.statuses, $0.paymentStatus) = (.delivery, [CounterWorkflow.completed], .paid)
      } == 2)
    #expect(count { ($0.workflow, $0.phases) = (CounterWorkflow.name, [.closed]) } == 0)
  }

  @Test func damagedCountersAreShownAndNeverTrap() throws {
    let read = try JSONParser.parse(
      sum(["open|unpaid": .max, "open|paid": 1, "counter:open:a|paid": .max, "x|unpaid": .min]).ordersJSON(both))
    #expect(read["openOrders"] == .number("\(Int64.max)"))
  }
}
