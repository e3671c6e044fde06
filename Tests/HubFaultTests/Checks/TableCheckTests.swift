import HubContracts
import Orders
import Testing

/// The checks of orders whose workflow is a table: each must find what is wrong.
@Suite struct TableCheckTests {
  private let now = Timestamp(millis: 1_780_000_000_000)
  private let id = OrderID(high: 1, low: 1)
  private let item = ItemID(high: 1, low: 1)

  /// One step: what it led to, and what is kept of two pieces.
  private struct Told {
    var type = EventType.orderUpdated
    var state: String
    var kept = 2
    var reason = ""
    var by = "boss"
  }

  private func order(_ state: String, kept: Int64 = 2, version: Int, moment: Int64 = 60_000) throws -> Order {
    var particulars = Particulars()
    particulars[try #require(ParticularName("expiresAt"))] = .time(Timestamp(millis: now.millis + moment))
    let piece = OrderItem(
      id: item, productID: "pill", name: "Pill", unitPrice: Money(units: 100_000_000),
      quantity: Quantity(millionths: 2_000_000), cancelled: Quantity(millionths: 2_000_000 - kept * 1_000_000),
      subtotal: Money(units: 200_000_000), discount: .zero, taxRate: .zero, tax: .zero, tracked: true)
    let total = Money(units: piece.total.units)
    return Order(
      id: id, tenantID: try #require(TenantID("north")), number: "ORD-2026-000001",
      workflow: WorkflowName(rawValue: "hasty"), status: Status(rawValue: state), paymentStatus: .unpaid,
      version: Int64(version), currency: try #require(Currency("EUR")), customer: Customer(name: "Grace"),
      items: [piece], subtotal: total, discount: .zero, tax: .zero, total: total,
      paid: state == "completed" ? total : .zero, advance: nil, advanceApplied: .zero,
      invoices: InvoiceCount(), deliveryCount: 0, notes: "s0-1", deliveryDate: nil,
      createdBy: try #require(UserID("boss")), createdAt: now, updatedAt: now, particulars: particulars)
  }

  /// An order with the events of these steps, each of which leaves the version of its own number.
  private func check(_ order: Order, _ steps: [Told]) throws -> OrderCheck {
    let events = try steps.enumerated().map { index, step in
      let shown =
        #"{"status":"\#(step.state)","version":\#(index + 1),"particulars":{"reason":"\#(step.reason)"},"#
        + #""items":[{"id":"\#(item)","quantity":2,"cancelled":\#(2 - step.kept)}]}"#
      let envelope =
        #"{"id":"\#(id):\#(index + 1)","type":"\#(step.type.rawValue)","at":"","data":{"order":\#(shown)}}"#
      return RecordedEvent(
        orderID: id, seq: Int64(index + 1), tenant: order.tenantID, type: step.type, at: now,
        by: try #require(UserID(Text(step.by))), envelope: Array(envelope.utf8))
    }
    return OrderCheck(order: order, deliveries: [], invoices: [], events: events)
  }

  private let placed = Told(type: .orderCreated, state: "pending")

  private func call(_ event: String, _ outcome: CallRecord.Outcome, made: Int = 2, isCustomers: Bool = false)
    -> CallRecord
  {
    CallRecord(
      tag: "s0-2",
      effect: .action(order: "\(id)", event: event, kept: event == "accept" ? ["\(item)": 1_000_000] : [:]),
      method: "POST", path: "/", body: "", outcome: outcome, status: 0, answer: "", made: "\(made)",
      isCustomers: isCustomers)
  }

  private var placing: CallRecord {
    CallRecord(
      tag: "s0-1", effect: .order, method: "POST", path: "/", body: "", outcome: .ok, status: 201, answer: "",
      made: "\(id)")
  }

  @Test func findsNothingInASoundOrder() throws {
    #expect(try check(order("pending", version: 1), [placed]).violations == [])
    let accepted = [placed, Told(state: "confirmed", kept: 1)]
    let confirmed = try check(order("confirmed", kept: 1, version: 2), accepted)
    #expect(confirmed.violations == [])
    #expect(CallCheck(calls: [placing, call("accept", .ok)], orders: [confirmed], ledger: []).violations == [])
    #expect(CallCheck(calls: [placing, call("accept", .unknown)], orders: [confirmed], ledger: []).violations == [])
  }

  @Test func findsAStepThatTheTableDoesNotAllow() throws {
    let leapt = try check(order("ready", version: 2), [placed, Told(state: "ready")])
    #expect(leapt.violations.map(\.detail).contains { $0.contains("leads from pending to ready") })
    let late = [placed, Told(state: "expired", kept: 0, by: "orderhub"), Told(state: "confirmed", kept: 0)]
    #expect(try check(order("confirmed", kept: 0, version: 3), late).violations.count == 2)
    let made = try check(order("pending", version: 2), [placed, placed])
    #expect(made.violations.map(\.detail).contains { $0.contains("made a second time") })
  }

  @Test func findsAnOrderThatStandsElsewhereThanItsEventsLead() throws {
    let wrong = try check(order("confirmed", version: 1), [placed]).violations.map(\.detail)
    #expect(wrong.contains { $0.contains("it is confirmed, its events lead to pending") })
  }

  @Test func anExpiryIsTheTimersAlone() throws {
    let expired = try order("expired", kept: 0, version: 2)
    #expect(try check(expired, [placed, Told(state: "expired", kept: 0, by: "orderhub")]).violations == [])
    #expect(try check(expired, [placed, Told(state: "expired", kept: 0)]).violations.count == 1)
    let kept = try check(
      order("expired", kept: 2, version: 2), [placed, Told(state: "expired", kept: 2, by: "orderhub")])
    #expect(kept.violations.map(\.detail).contains { $0.contains("keeps 2000000") })
  }

  @Test(arguments: [
    (CallRecord.Outcome.ok, true, 0), (.ok, false, 2), (.refused, true, 1), (.refused, false, 0), (.unknown, true, 0),
    (.unknown, false, 0),
  ])
  func holdsAnActionAgainstWhatIsThere(outcome: CallRecord.Outcome, isThere: Bool, wrong: Int) throws {
    let steps = isThere ? [placed, Told(state: "confirmed", kept: 1)] : [placed]
    let order = try self.order(isThere ? "confirmed" : "pending", kept: isThere ? 1 : 2, version: steps.count)
    let calls = [placing, call("accept", outcome)]
    #expect(CallCheck(calls: calls, orders: [try check(order, steps)], ledger: []).violations.count == wrong)
  }

  @Test func twoThatWereToldTheSameAreOneTooMany() throws {
    let confirmed = try check(order("confirmed", kept: 1, version: 2), [placed, Told(state: "confirmed", kept: 1)])
    let calls = [placing, call("accept", .ok), call("accept", .ok)]
    #expect(CallCheck(calls: calls, orders: [confirmed], ledger: []).violations.count == 1)
    // Another version, or other pieces, than the answer said.
    let other = [placing, call("accept", .ok, made: 3)]
    #expect(CallCheck(calls: other, orders: [confirmed], ledger: []).violations.count == 1)
    let all = try check(order("confirmed", version: 2), [placed, Told(state: "confirmed")])
    #expect(CallCheck(calls: [placing, call("accept", .ok)], orders: [all], ledger: []).violations.count == 1)
  }

  @Test func whoMayNotAndIsAnsweredIsFound() throws {
    let confirmed = try check(order("confirmed", kept: 1, version: 2), [placed, Told(state: "confirmed", kept: 1)])
    let calls = [placing, call("accept", .ok, isCustomers: true)]
    let wrong = CallCheck(calls: calls, orders: [confirmed], ledger: []).violations
    #expect(wrong.map(\.rule) == ["who may not is refused"])
  }

  @Test func aCancellationIsInTheWordsOfItsCall() throws {
    let cancelled = try order("cancelled", kept: 0, version: 3)
    func wrong(_ reason: String) throws -> [Violation] {
      let told = Told(type: .orderCancelled, state: "")
      let check = try self.check(cancelled, [placed, told, Told(state: "cancelled", kept: 0, reason: reason)])
      return check.violations
        + CallCheck(calls: [placing, call("cancel", .ok, made: 3)], orders: [check], ledger: []).violations
    }
    #expect(try wrong("s0-2") == [])
    #expect(try wrong("s9-9").map(\.rule) == ["nothing is there that nobody asked for"])
  }

  @Test func goodsThatAreSetAsideAndTakenFollowTheState() throws {
    let row = { (kind: LedgerKind, onHand: Int64, order: OrderID?) in
      LedgerRow(
        id: LedgerRowID(high: 3, low: 1), tenantID: try #require(TenantID("north")), productID: "pill", kind: kind,
        onHand: Quantity(millionths: onHand), orderID: order, by: try #require(UserID("boss")), at: now)
    }
    let receipt = try row(.receipt, 10_000_000, nil)
    let taken = try row(.deducted, -2_000_000, id)
    func wrong(_ state: String, kept: Int64 = 2, _ rows: [LedgerRow]) throws -> Int {
      let onHand = rows.reduce(0) { $0 + $1.onHand.millionths }
      let product = Product(
        tenantID: try #require(TenantID("north")), productID: "pill", name: "Pill", unitPrice: .zero, taxRate: .zero,
        active: true, onHand: Quantity(millionths: onHand), damaged: .zero, onHold: .zero, version: 2, createdAt: now,
        updatedAt: now)
      let check = try self.check(order(state, kept: kept, version: 1), [])
      return ShopCheck(orders: [check], products: [product], ledger: rows).violations.count
    }
    #expect(try wrong("pending", [receipt]) == 0)
    #expect(try wrong("pending", [receipt, taken]) == 1)
    #expect(try wrong("confirmed", [receipt, taken]) == 0)
    #expect(try wrong("confirmed", [receipt, taken, taken]) == 1)
    #expect(try wrong("cancelled", kept: 0, [receipt, taken]) == 1)
    #expect(try wrong("confirmed", [taken]) == 1)
  }

  // MARK: Timers

  private func timer(due: Int64, kind: JobKind = .timer, low: UInt32 = 1) throws -> Job {
    Job(
      id: JobID(high: 5, low: low), tenantID: try #require(TenantID("north")), kind: kind, name: "expiry", orderID: id,
      due: Timestamp(millis: now.millis + due), createdAt: now)
  }

  private func timers(
    _ jobs: [Job], in state: String = "pending", moment: Int64 = 60_000, readyMs: Int64 = 0, wasAhead: Bool = false
  ) throws -> TimerCheck {
    let ready = Timestamp(millis: now.millis + readyMs)
    return TimerCheck(
      orders: [try check(order(state, version: 1, moment: moment), [placed])], jobs: jobs,
      ready: Dictionary(jobs.map { ($0.id, ready) }, uniquingKeysWith: { first, _ in first }), now: now,
      wasAhead: wasAhead)
  }

  @Test func anOrderThatWaitsHasOneTimer() throws {
    let job = try timer(due: 60_000)
    #expect(try timers([job]).violations == [])
    #expect(try timers([job]).isSettled)
    #expect(try timers([]).violations.count == 1)
    #expect(try timers([job, timer(due: 60_000, low: 2)]).violations.count == 1)
    #expect(try timers([job], in: "confirmed").violations.count == 1)
    #expect(try timers([], in: "confirmed").violations == [])
  }

  @Test func whatIsDueAndWaitsStillIsFound() throws {
    let job = try timer(due: -1_000)
    let late = try timers([job], moment: -1_000)
    #expect(!late.isSettled)
    #expect(late.violations.map(\.rule) == ["a timer is done when it is due"])
    // It is due so soon that it is waited for.
    let soon = try timers([timer(due: 5_000)], moment: 5_000)
    #expect(!soon.isSettled && soon.violations == [])
    let notice = try timers([timer(due: -1_000, kind: .notice)], in: "confirmed")
    #expect(!notice.isSettled)
    #expect(notice.violations.map(\.rule) == ["what is asked for is done"])
  }

  @Test func whatAClockOfMongoDBHasPutOffIsCountedAndNotWaitedFor() throws {
    let job = try timer(due: -1_000)
    let putOff = try timers([job], moment: -1_000, readyMs: 3_400_000, wasAhead: true)
    #expect(putOff.isSettled && putOff.violations == [] && putOff.putOff.count == 1)
    #expect(try timers([job], moment: -1_000, readyMs: 3_400_000).violations.count == 1)
    #expect(try timers([job], moment: -1_000, readyMs: 290_000, wasAhead: true).violations.count == 1)
  }

  @Test func whatAProcessAskedForByAClockThatWasAheadIsNotWaitedFor() throws {
    let notice = try timer(due: 3_400_000, kind: .notice)
    var check = try timers([notice], in: "confirmed")
    #expect(!check.isSettled && check.violations.count == 1)
    check.wasProcessAhead = true
    #expect(check.isSettled && check.violations == [])
    var soon = try timers([timer(due: 5_000, kind: .notice)], in: "confirmed")
    soon.wasProcessAhead = true
    #expect(!soon.isSettled)
  }

  @Test func aJobThatWasGivenUpIsFound() throws {
    var job = try timer(due: 60_000)
    job.state = .dead
    #expect(try timers([job], in: "confirmed").violations.map(\.rule) == ["no job is given up"])
  }
}
