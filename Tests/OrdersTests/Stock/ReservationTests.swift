import HubTestSupport
import Orders
import Testing

/// One order whose workflow reserves, and the catalogue and ledger that follow it.
private struct Counter {
  let workflow: Workflow
  var products: [Text: Product]
  var order: Order
  var ledger: [LedgerRow]
  var opening: [Text: Quantity]

  init(
    _ items: [ItemDraft], of products: [Product], customer: Text? = "cleo", by workflow: Workflow? = nil
  ) throws {
    self.workflow = try workflow ?? Workflow(ReservingWorkflow.definition)
    let draft = OrderDraft(
      customer: Customer(id: customer, name: "Cleo"), items: items, currency: try #require(Currency("INR")),
      workflow: ReservingWorkflow.name)
    self.products = catalogue(products)
    opening = self.products.mapValues(\.onHand)
    let placed = try Step.place(
      draft, StepInput(), number: "ORD-1", by: self.workflow, products: self.products, in: context(at: 1_000))
    order = placed.order
    ledger = []
    take(placed)
  }

  private mutating func take(_ change: Change) {
    order = change.order
    ledger += change.ledger
    for product in change.products { products[product.productID] = product }
  }

  @discardableResult
  mutating func move(
    _ event: WorkflowEvent, _ items: [DeliveryLine]? = nil, at millis: Int64 = 2_000, by origin: Origin = .request
  ) throws -> Change {
    let change = try Step.take(
      event, StepInput(items: items), of: order, by: workflow,
      facts: StepFacts(products: products, held: StockHoldings(rows: ledger)), in: context(at: millis).by(origin))
    take(change)
    for (id, product) in products {
      for place in StockPlace.allCases {
        let moved = ledger.filter { $0.productID == id }.reduce(0) { $0 + $1[place].millionths }
        let began = place == .available ? opening[id] ?? .zero : .zero
        #expect(product[place].millionths == began.millionths + moved, "\(event.rawValue): \(place) of \(id)")
      }
    }
    return change
  }

  func sums(_ id: Text = "a") -> [String] {
    [products[id]?.onHand.decimal ?? "-", products[id]?.reserved.decimal ?? "-", held(id).taken.decimal]
  }
  func held(_ id: Text = "a") -> StockHolding { StockHoldings(rows: ledger)[id] }
}

@Suite struct ReservationTests {
  private static let end = Timestamp(millis: 1_000 + ReservingWorkflow.seconds * 1_000)

  @Test func goodsAreSetAsideForTheOrderUntilItsTimeEnds() throws {
    let counter = try Counter([item("a", "3"), item("a", "1.5"), item("b", "2")], of: [product("a", onHand: "5")])
    #expect(counter.sums() == ["0.5", "4.5", "0"])
    #expect(counter.ledger.count == 1, "b is not in the catalogue")
    let row = try #require(counter.ledger.first)
    #expect(row.kind == .reserved && row.from == .available && row.to == .reserved)
    #expect(row.orderID == counter.order.id)
    #expect(row.hold == LedgerRow.Hold(seq: counter.order.version, owner: "cleo", expiresAt: Self.end))
    #expect(counter.products["a"]?.version == 5)
    #expect(counter.order.items.allSatisfy { $0.backordered == .zero })
    // Without a customer of the hub it is whoever made the order.
    let own = try Counter([item("a", "1")], of: [product("a", onHand: "5")], customer: nil)
    #expect(own.ledger[0].hold?.owner == "asha")
  }

  @Test func whatTheStockLacksIsToldAndNothingIsMade() throws {
    let short = try refusal {
      try Counter(
        [item("a", "3"), item("b", "2"), item("a", "3")], of: [product("a", onHand: "5"), product("b", onHand: "-1")])
    }
    #expect(short.kind == .conflict && short.code == "out_of_stock")
    #expect(short.detail == "The stock lacks 1 of a, 2 of b.")
    #expect(
      short.facts == [
        .short([
          StockShortage(productID: "a", lacking: try quantity("1")),
          StockShortage(productID: "b", lacking: try quantity("2")),
        ])
      ])
  }

  @Test func aPaymentMakesItFirmAndSendingTakesIt() throws {
    var counter = try Counter([item("a", "3")], of: [product("a", onHand: "5")])
    let paid = try counter.move(ReservingWorkflow.pay)
    #expect(paid.products == [], "nothing moves")
    #expect(paid.ledger.map(\.kind) == [.confirmed])
    #expect(paid.ledger[0].from == nil && paid.ledger[0].to == nil)
    #expect(counter.held() == StockHolding(reserved: try quantity("3")))
    #expect(counter.sums() == ["2", "3", "0"])
    let sent = try counter.move(ReservingWorkflow.send)
    #expect(sent.ledger.map(\.kind) == [.deducted] && sent.ledger[0].from == .reserved && sent.ledger[0].to == nil)
    #expect(sent.events.map(\.type.rawValue) == ["order:updated"], "the shelf has what it had")
    #expect(counter.sums() == ["2", "0", "3"])
    #expect(counter.held().expiresAt == nil)
    // What was taken comes back, once.
    let back = try counter.move(ReservingWorkflow.cancel)
    #expect(back.events.map(\.type.rawValue) == ["order:updated", "order:inventory-restored"])
    #expect(counter.sums() == ["5", "0", "0"])
    #expect(try refusal { try counter.move(ReservingWorkflow.cancel) }.kind == .conflict)
  }

  @Test func whoDoesNotSeeTheStockIsNotToldHowMuchItLacks() throws {
    let draft = OrderDraft(
      customer: Customer(id: "asha", name: "Asha"), items: [ItemDraft(productID: "a", quantity: try quantity("9"))],
      currency: try #require(Currency("INR")), workflow: ReservingWorkflow.name)
    let products = catalogue([try product("a", onHand: "5")])
    let workflow = try Workflow(ReservingWorkflow.definition)
    let short = try refusal {
      try Step.place(
        draft, StepInput(), number: "ORD-1", by: workflow, products: products, in: context(.customer, at: 1_000))
    }
    #expect(short.code == "out_of_stock" && short.detail == "The stock lacks a.")
    #expect(short.facts == [.short([StockShortage(productID: "a", lacking: nil)])])
  }

  @Test func whatWasSetAsideAndNeverThereCannotBeSent() throws {
    var definition = ReservingWorkflow.definition
    definition.rows[0].conditions = []
    let workflow = try Workflow(definition)
    var counter = try Counter([item("a", "5")], of: [product("a", onHand: "2")], by: workflow)
    #expect(counter.order.items[0].backordered == (try quantity("3")))
    try counter.move(ReservingWorkflow.pay)
    let short = try refusal { try counter.move(ReservingWorkflow.send) }
    #expect(short.code == "out_of_stock" && short.detail.hasPrefix("The stock lacks 3 of a "))
    // A part of what was missing comes in, then all of it.
    counter.products["a"]?.onHand = try quantity("-1")
    #expect(try refusal { try counter.move(ReservingWorkflow.send) }.detail.hasPrefix("The stock lacks 1 of a "))
    counter.products["a"]?.onHand = .zero
    counter.opening["a"] = try quantity("5")
    #expect(try counter.move(ReservingWorkflow.send).order.status == ReservingWorkflow.sent)
  }

  @Test func whatComesBackToTheShelfIsMissedNoMore() throws {
    var definition = ReservingWorkflow.definition
    definition.rows[0].conditions = []
    var counter = try Counter([item("a", "5")], of: [product("a", onHand: "2")], by: Workflow(definition))
    #expect(counter.order.items[0].backordered == (try quantity("3")))
    try counter.move(ReservingWorkflow.cancel)
    #expect(counter.order.items[0].backordered == .zero && counter.sums() == ["2", "0", "0"])
  }

  @Test func aTimerThatStoppedDoesNothingThoughAWorkerHasItInHand() throws {
    var definition = ReservingWorkflow.definition
    // Paid, and waiting still: the timer's event is possible there.
    let pay = try #require(definition.rows.firstIndex { $0.event == ReservingWorkflow.pay })
    definition.rows[pay].targets = [ReservingWorkflow.waiting]
    var counter = try Counter([item("a", "3")], of: [product("a", onHand: "5")], by: Workflow(definition))
    let timer = try #require(definition.timers.first)
    #expect(counter.order.particulars[timer.moment] == .time(Self.end))
    try counter.move(ReservingWorkflow.pay)
    #expect(counter.order.particulars[timer.moment] == nil)
    let late = try refusal {
      try Step.fire(
        timer.name, of: counter.order, by: counter.workflow, facts: StepFacts(products: counter.products),
        in: context(at: Self.end.millis).by(.timer))
    }
    #expect(late.code == "too_early")
    #expect(counter.sums() == ["2", "3", "0"])
  }

  @Test func aRowThatMakesFirmWhatATimerGivesBackIsRefused() throws {
    var definition = ReservingWorkflow.definition
    let pay = try #require(definition.rows.firstIndex { $0.event == ReservingWorkflow.pay })
    definition.rows[pay].effects = [.confirmStock]
    // From where it leads to, the timer's event is not possible.
    #expect(definition.defects == [])
    definition.rows[pay].targets = [ReservingWorkflow.waiting]
    let name = try #require(definition.timers.first?.name)
    #expect(
      definition.defects.contains(PlacedDefect("rows[\(pay)].effects", .unfirm(name, event: ReservingWorkflow.pay))))
    definition.rows[pay].effects = [.stopTimer(name), .confirmStock]
    #expect(!definition.defects.contains { if case .unfirm = $0.defect { true } else { false } })
  }

  @Test func lessIsSentThanWasSetAside() throws {
    var counter = try Counter([item("a", "3")], of: [product("a", onHand: "3")])
    try counter.move(ReservingWorkflow.hurry)
    #expect(counter.held().expiresAt == nil, "the timer that stopped made it firm")
    #expect(counter.ledger.last?.kind == .confirmed)
    let line = DeliveryLine(subject: .product("a"), quantity: try quantity("1"))
    let sent = try counter.move(ReservingWorkflow.send, [line])
    #expect(counter.sums() == ["2", "0", "1"], "the rest is free again")
    #expect(sent.ledger[0].from == .reserved && sent.ledger[0].to == .available)
  }

  @Test func aChangeSetsAsideTheDifference() throws {
    var counter = try Counter([item("a", "3")], of: [product("a", onHand: "5")])
    let line = DeliveryLine(subject: .product("a"), quantity: try quantity("1"))
    let changed = try counter.move(ReservingWorkflow.change, [line])
    #expect(counter.sums() == ["4", "1", "0"])
    #expect(changed.ledger[0].reserved == (try quantity("-2")))
    #expect(counter.held().expiresAt == Self.end, "the time is what it was")
    #expect(try counter.move(ReservingWorkflow.change).ledger == [], "nothing changes")
    // More time for what is set aside: a row that moves nothing.
    let later = try counter.move(ReservingWorkflow.wait, at: 60_000)
    #expect(later.products == [] && later.ledger.count == 1 && later.ledger[0].reserved == .zero)
    #expect(counter.held().expiresAt == Timestamp(millis: Self.end.millis + 59_000))
    #expect(counter.sums() == ["4", "1", "0"])
  }

  @Test func itGoesBackWhenTheTimeEndsOrTheOrderIsCancelled() throws {
    var expired = try Counter([item("a", "3")], of: [product("a", onHand: "5")])
    let early = try refusal { try expired.move(ReservingWorkflow.expire, at: Self.end.millis - 1, by: .timer) }
    #expect(early.code == "too_early")
    let change = try expired.move(ReservingWorkflow.expire, at: Self.end.millis, by: .timer)
    #expect(change.ledger.map(\.kind) == [.released] && change.ledger[0].to == .available)
    #expect(expired.sums() == ["5", "0", "0"])
    let late = try refusal { try expired.move(ReservingWorkflow.pay, at: Self.end.millis) }
    #expect(late.code == "transition_not_allowed")

    var cancelled = try Counter([item("a", "3")], of: [product("a", onHand: "5")])
    try cancelled.move(ReservingWorkflow.cancel)
    #expect(cancelled.sums() == ["5", "0", "0"])
    // `restoreStock` gives back what is only reserved too, though nothing is kept of the items by then.
    var firm = try Counter([item("a", "3")], of: [product("a", onHand: "5")])
    try firm.move(ReservingWorkflow.pay)
    try firm.move(ReservingWorkflow.cancel)
    #expect(firm.sums() == ["5", "0", "0"])
  }

  /// Where the stock does not block, more is promised than there is; what comes back first makes up for that.
  @Test func whatIsOwedIsNotedAtTheLastItems() throws {
    var definition = ReservingWorkflow.definition
    definition.rows[0].conditions = []
    let workflow = try Workflow(definition)
    let products = catalogue([try product("a", onHand: "4")])
    let draft = OrderDraft(
      customer: Customer(name: "Cleo"), items: [try item("a", "3"), try item("a", "3")],
      currency: try #require(Currency("INR")), workflow: definition.name)
    let placed = try Step.place(draft, StepInput(), number: "ORD-1", by: workflow, products: products, in: context())
    #expect(placed.order.items.map(\.backordered) == [.zero, try quantity("2")])
    #expect(placed.products.map(\.onHand) == [try quantity("-2")])
    #expect(placed.products.map(\.reserved) == [try quantity("6")])
    #expect(placed.ledger.map(\.backordered) == [try quantity("2")])
    let lines = [DeliveryLine(subject: .item(placed.order.items[0].id), quantity: try quantity("2"))]
    let changed = try Step.take(
      ReservingWorkflow.change, StepInput(items: lines), of: placed.order, by: workflow,
      facts: StepFacts(products: catalogue(placed.products), held: StockHoldings(rows: placed.ledger)), in: context())
    #expect(changed.order.items.map(\.backordered) == [.zero, try quantity("1")])
    #expect(changed.products.map(\.onHand) == [try quantity("-1")])
  }

  @Test func whatCannotBeCountedIsRefused() throws {
    var full = try product("a", onHand: "5")
    full.reserved = Quantity(millionths: 1_000_000_000_000_000_000)
    #expect(try refusal { try Counter([item("a", "1")], of: [full]) }.code == "stock_out_of_range")
    // An order that holds more than its product says: nothing falls below zero.
    var counter = try Counter([item("a", "3")], of: [product("a", onHand: "5")])
    counter.products["a"]?.reserved = try quantity("2")
    #expect(try refusal { try counter.move(ReservingWorkflow.cancel) }.code == "stock_out_of_range")
    counter.products = [:]
    #expect(try refusal { try counter.move(ReservingWorkflow.cancel) }.code == "order_out_of_step")
  }

  @Test func holdingsAreWhatStepsWrote() throws {
    let counter = try Counter([item("a", "3")], of: [product("a", onHand: "5")])
    var plain = counter.ledger[0]
    plain.hold = nil
    var holdings = StockHoldings(rows: counter.ledger)
    holdings.add(plain)
    #expect(holdings == StockHoldings(rows: counter.ledger))
    var wild = counter.ledger[0]
    wild.reserved = Quantity(millionths: .max)
    holdings.add(wild)
    holdings.add(wild)
    #expect(holdings["b"] == StockHolding())
  }
}
