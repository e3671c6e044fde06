import HubTestSupport
import Testing

@testable import Orders

/// What an edit comes to in money and stock.
@Suite struct EditSumTests: EditScene {
  // MARK: Money

  @Test func theOrdersDiscountIsSpreadAgain() throws {
    let order = try placed(draft(item("A", "10", discount: "4"), item("B", "10"), discount: "19.60"))
    #expect(order.items.map(\.discount.decimal) == ["13.6", "10"])
    #expect(order.discounts == OrderDiscounts(order: try money("19.6"), items: [try money("4"), .zero]))
    let fewer = try edit(order) { $0.items = [try line("A", "1")] }.order
    // 19.60 over 6 and 100.
    #expect(try fewer.items.map(\.discount.decimal) == ["5.11", "18.49"] && fewer.discount == money("23.6"))
    let back = try edit(fewer) { $0.items = [try line("A", "10")] }.order
    #expect(back.items == order.items && back.total == order.total)
    let none = try edit(back) { $0.discount = .zero }.order
    #expect(none.items.map(\.discount.decimal) == ["4", "0"] && none.discounts?.order == .zero)
    #expect(try refusal { try edit(order) { $0.discount = try money("196.01") } }.paths == ["discount"])
    // What is left cannot have it any more.
    #expect(
      try refusal { try edit(order) { $0.items = [try line("A", "1"), try line("B", "1")] } }.paths == ["discount"])
  }

  @Test func ofAnOlderOrderTheDiscountsAreTheItems() throws {
    var order = try placed(draft(item("A", "10"), item("B", "10"), discount: "20"))
    order.discounts = nil
    let fewer = try edit(order) { $0.items = [try line("A", "5")] }.order
    #expect(fewer.items.map(\.discount.decimal) == ["10", "10"] && fewer.discounts == nil)
    let refused = try refusal { try edit(order) { $0.discount = try money("10") } }
    #expect(refused.paths == ["discount"] && refused.detail.contains("name the discount of each item"))
    let named = try edit(order) {
      $0.items = [try line("A", discount: "0"), try line("B", discount: "0")]
      $0.discount = try money("10")
    }.order
    #expect(named.items.map(\.discount.decimal) == ["5", "5"])
    #expect(named.discounts == OrderDiscounts(order: try money("10"), items: [.zero, .zero]))
  }

  @Test func amountsHaveTheCurrencysDecimals() throws {
    let order = try placed(draft(item("A", "3", at: "33.5", tax: 100_000), currency: "JPY"))
    let next = try edit(order) { $0.items = [try line("A", "1.5"), try line("B", "0.1", at: "7.77")] }.order
    #expect(try next.items.map(\.subtotal.decimal) == ["50", "1"] && next.items[0].tax == money("5"))
    #expect(amounts(next) == ["51", "0", "5", "56"])
  }

  @Test func anOrderNeverCostsLessThanWasPaid() throws {
    let order = try placed(draft(item("A", "10"), item("B", "1"), advance: "100"))
    let refused = try refusal { try edit(order) { $0.items = [try line("A", "8.5")] } }
    #expect(refused.kind == .conflict && refused.code == "total_too_low")
    #expect(refused.facts == [.excess(try money("5")), .status("open"), .version(order.version)])
    #expect(refused.detail == "Order ORD-1 would cost 95 INR, which is 5 less than the 100 that was paid already.")
    let paid = try edit(order) { $0.items = [try line("B", "0")] }
    #expect(try paid.order.paymentStatus == .paid && paid.order.total == money("100"))
    #expect(paid.events.map(\.type) == [.orderUpdated, .orderPaymentUpdated, .inventoryRestored])
    let more = try edit(paid.order) { $0.items = [try line("A", "11")] }
    #expect(more.order.paymentStatus == .partiallyPaid)
  }

  @Test func sumsThatDoNotFitAreRefused() throws {
    let order = try placed(draft(item("A", "1")))
    let refused = try refusal {
      try edit(order) {
        $0.items = [try line("B", "9", at: "9000000000"), try line("C", "9", at: "9000000000")]
      }
    }
    #expect(refused.kind == .invalid && refused.paths == ["items"])
  }

  // MARK: Stock

  @Test func stockFollowsByTheDifference() throws {
    let stock = [try product("A", onHand: "10"), try product("B", onHand: "10"), try product("C", onHand: "1")]
    let order = try placed(draft(item("A", "4"), item("B", "6"), item("X", "1")), products: stock)
    var left = stock
    (left[0].onHand, left[1].onHand) = (try quantity("6"), try quantity("4"))
    let change = try edit(order, products: left) {
      $0.items = [try line("A", "7"), try line("B", "0"), try line("C", "3"), try line("X", "9")]
    }
    let rows = Dictionary(uniqueKeysWithValues: change.ledger.map { ($0.productID, $0) })
    #expect(rows.mapValues(\.onHand.decimal) == ["A": "-3", "B": "6", "C": "-3"])
    #expect(rows.mapValues(\.kind) == ["A": .deducted, "B": .restored, "C": .deducted])
    #expect(rows["C"]?.backordered == (try quantity("2")))
    // As the rows are of the order when it is made: its items say what it holds.
    #expect(change.ledger.allSatisfy { $0.hold == nil && $0.orderID == order.id })
    #expect(change.products.map(\.version) == [5, 5, 5])
    #expect(
      Dictionary(uniqueKeysWithValues: change.products.map { ($0.productID, $0.onHand.decimal) })
        == ["A": "3", "B": "10", "C": "-2"])
    #expect(change.order.items.map(\.backordered.decimal) == ["0", "0", "2"])
    #expect(change.events.map(\.type) == [.orderUpdated, .inventoryReduced, .inventoryRestored])
    // Taken back, it holds nothing: the same as if it had been made so.
    let cancelled = try Rules.cancel(
      change.order, deliveries: [], products: catalogue(change.products), in: context())
    #expect(cancelled.products.map(\.onHand.decimal).sorted() == ["1", "10"])
    // Without lines no stock is looked at.
    #expect(try edit(order) { $0.discount = try money("1") }.ledger.isEmpty)
  }

  @Test func whatIsLackingIsNotedAndMadeUpFor() throws {
    var shelf = try product("A", onHand: "5")
    let order = try placed(draft(item("A", "4")), products: [shelf])
    shelf.onHand = try quantity("1")
    let more = try edit(order, products: [shelf]) { $0.items = [try line("A", "9")] }
    #expect(more.order.items[0].backordered == (try quantity("4")))
    let fewer = try edit(more.order, products: more.products) { $0.items = [try line("A", "6")] }
    #expect(fewer.order.items[0].backordered == (try quantity("1")))
  }

  @Test func lessIsMissedWhereLessIsWanted() throws {
    let order = try placed(draft(item("A", "10")), products: [product("A", onHand: "3")])
    #expect(order.items[0].backordered == (try quantity("7")))
    let fewer = try edit(order, products: [product("A", onHand: "-7")]) { $0.items = [try line("A", "5")] }
    #expect(fewer.order.items[0].backordered == (try quantity("2")))
    #expect(fewer.products.map(\.onHand) == [try quantity("-2")])
  }

  @Test func whoMayNotPriceAddsNothingToWhatTheStaffPriced() throws {
    let shelf = try product("A", onHand: "50", price: "10")
    func asked(_ price: String?, discount: String = "0") throws -> Order {
      try pickup(
        ItemDraft(
          productID: "A", quantity: quantity("2"), unitPrice: price.map(money), discount: money(discount)),
        products: [shelf], customer: "asha")
    }
    func edited(_ order: Order, _ amount: String, by role: Role = .customer) throws -> Order {
      try edit(order, by: role, products: [shelf]) { $0.items = [try line("A", amount)] }.order
    }
    let plain = try asked(nil)
    #expect(try edited(plain, "40").items[0].quantity == quantity("40"))
    let gift = try asked("0")
    let more = try refusal { try edited(gift, "40") }
    #expect(more.kind == .invalid && more.fields.map(\.path) == ["items[0].quantity"])
    #expect(try edited(gift, "1").items[0].quantity == quantity("1"), "less is no gain")
    #expect(try edited(gift, "40", by: .employee).total == .zero)
    let reduced = try asked(nil, discount: "5")
    #expect(try refusal { try edited(reduced, "1") }.fields.map(\.path) == ["items"])
    #expect(try edited(reduced, "1", by: .employee).discount == money("5"))
  }

  @Test func whatHoldsStockIsNotTakenOffByARowThatMovesNone() throws {
    var definition = ReservingWorkflow.definition
    definition.rows.append(
      WorkflowRow(
        .edit, from: ReservingWorkflow.waiting, to: [ReservingWorkflow.waiting], roles: [.employee],
        input: OrderEdit.fields([.items]), effects: [.editOrder]))
    let workflows = try Workflows([.delivery, definition])
    var draft = OrderDraft(
      customer: Customer(name: "Ravi"), items: [try item("A", "2"), try item("B", "1")],
      currency: try #require(Currency("INR")))
    draft.workflow = ReservingWorkflow.name
    let stock = [try product("A", onHand: "5"), try product("B", onHand: "5")]
    let made = try Step.place(
      draft, StepInput(), number: "ORD-1", by: #require(workflows[ReservingWorkflow.name]),
      products: catalogue(stock), in: context(.employee))
    let held = try refusal {
      try edit(made.order, products: made.products, held: StockHoldings(rows: made.ledger), workflows: workflows) {
        $0.items = [try line("B", "0")]
      }
    }
    #expect(held.kind == .conflict && held.code == "stock_held", "\(held)")
  }

  @Test func anEditOfItemsFollowsTheStockWhereItemsSayWhatIsHeld() throws {
    var definition = WorkflowDefinition.delivery
    let row = try #require(definition.rows.firstIndex { $0.event == .edit && $0.effects.contains(.deductStock) })
    definition.rows[row].effects = [.editOrder]
    #expect(definition.defects.map(\.place) == ["rows[\(row)].effects"])
  }

  @Test func aTablesOwnRowSaysHowStockFollows() throws {
    var definition = ReservingWorkflow.definition
    definition.rows.append(
      WorkflowRow(
        .edit, from: ReservingWorkflow.waiting, to: [ReservingWorkflow.waiting], roles: [.employee],
        input: OrderEdit.fields([.items]), conditions: [.stockSuffices], effects: [.editOrder, .reserveStock]))
    let workflows = try Workflows([.delivery, definition])
    let workflow = try #require(workflows[ReservingWorkflow.name])
    var order = OrderDraft(
      customer: Customer(name: "Ravi"), items: [try item("A", "2"), try item("B", "1")],
      currency: try #require(Currency("INR")))
    order.workflow = ReservingWorkflow.name
    let stock = [try product("A", onHand: "5"), try product("B", onHand: "5"), try product("C", onHand: "5")]
    let placed = try Step.place(
      order, StepInput(), number: "ORD-1", by: workflow, products: catalogue(stock),
      in: context(.employee, workflows: workflows))
    var held = StockHoldings()
    for row in placed.ledger { held.add(row) }
    let change = try edit(
      placed.order, products: placed.products + [stock[2]], held: held, workflows: workflows
    ) { $0.items = [try line("A", "4"), try line("B", "0"), try line("C", "1", at: "1")] }
    for row in change.ledger { held.add(row) }
    #expect(["A", "B", "C"].map { held[$0].reserved.decimal } == ["4", "0", "1"])
    #expect(change.ledger.allSatisfy { $0.kind == .reserved && $0.hold?.seq == change.order.version })
    // A further one goes back when the others do.
    let ends = change.ledger.filter { $0.productID != "B" }.map(\.hold?.expiresAt)
    #expect(ends.count == 2 && ends.allSatisfy { $0 == placed.ledger[0].hold?.expiresAt && $0 != nil })
    let short = try refusal {
      try edit(placed.order, products: placed.products, held: held, workflows: workflows) {
        $0.items = [try line("A", "99")]
      }
    }
    #expect(short.code == "out_of_stock")
    // Its row asks for nothing else.
    let other = try refusal {
      try edit(placed.order, products: placed.products, held: held, workflows: workflows) { $0.notes = .set("x") }
    }
    #expect(other.paths == ["notes"] && other.detail.contains("these can: items."))
  }

  // MARK: Whatever happens

  /// Edits, deliveries and invoices by turns, at random: in the end the invoices sum to the order's total.
  @Test func whateverIsEditedTheInvoicesSumToTheTotal() throws {
    for seed in 0..<60 as Range<UInt64> {
      var chance = SeededGenerator(seed: seed)
      var order = try placed(
        draft(item("A", "7", at: "3.33", discount: "1", tax: 180_000), item("B", "5", at: "9.99"), discount: "5"))
      var billed = Money.zero
      func bill(_ delivery: Delivery) throws {
        let change = try Rules.invoice(delivery, of: order, number: "INV-1", existing: nil, in: context())
        let invoice = try #require(change.insertedInvoice)
        billed = try #require(billed.adding(invoice.total))
        order = change.order
      }
      for step in 0..<12 {
        let product = Text(["A", "B", "C", "D"].randomElement(using: &chance) ?? "A")
        let amount = "\(Int.random(in: 1...9, using: &chance)).\(Int.random(in: 0...9, using: &chance))"
        if Bool.random(using: &chance) {
          let lines = [try line(product, step % 5 == 4 ? "0" : amount, at: "4.57")]
          // What is on a delivery is refused, and leaves all as it was.
          let change = try? edit(order) {
            $0.items = lines
            if step % 3 == 0 { $0.discount = try money(amount) }
          }
          order = change?.order ?? order
        } else if let (next, made) = try? deliver(order, [(product, amount)], .delivered) {
          order = next
          try bill(made)
        }
        var sum = ItemAmounts.zero
        for item in order.items {
          let part = try #require(item.keptAmounts)
          sum = try #require(sum.adding(part))
        }
        #expect(sum.total == order.total && order.items.allSatisfy { $0.discount <= $0.subtotal }, "seed \(seed)")
        if let known = order.knownDiscounts {
          let owns = known.items.reduce(0) { $0 + $1.units }
          #expect(owns + known.order.units == order.items.reduce(0) { $0 + $1.discount.units }, "seed \(seed)")
        }
      }
      let rest = order.items.filter { $0.remaining > .zero }
      if !rest.isEmpty {
        let change = try Rules.deliver(
          DeliveryDraft(
            lines: rest.map { DeliveryLine(subject: .item($0.id), quantity: $0.remaining) }, status: .delivered),
          of: order, in: context())
        order = change.order
        try bill(try #require(change.insertedDelivery))
      }
      #expect(billed == order.total, "seed \(seed)")
    }
  }
}
