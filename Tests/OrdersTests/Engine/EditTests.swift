import HubTestSupport
import Testing

@testable import Orders

/// What an edit makes of an order, by the tables of `delivery` and `pickup`, without a store.
@Suite struct EditTests: EditScene {
  // MARK: What it was placed with

  @Test func whatIsNamedIsSetOrTakenAwayAndTheRestStays() throws {
    var order = try placed(draft(item("A", "2")))
    order = try edit(order) {
      $0.customer = .init()
      $0.customer?.phone = .set("12345")
      $0.customer?.email = .set("ravi@example.org")
      $0.notes = .set("second floor")
      $0.deliveryDate = .set(Timestamp(millis: 5_000))
    }.order
    let change = try edit(order, by: .system) {
      $0.customer = .init()
      $0.customer?.name = "Ravi Rao"
      $0.customer?.phone = .cleared
      $0.customer?.address = .set("2 High St")
      $0.notes = .cleared
      $0.notesForCustomer = .set("we ring twice")
    }
    var expected = order
    expected.customer = Customer(name: "Ravi Rao", email: "ravi@example.org", address: "2 High St")
    expected.notes = nil
    expected.notesForCustomer = "we ring twice"
    expected.version += 1
    expected.updatedAt = Timestamp(millis: 1_000)
    #expect(change.order == expected && change.isEdit)
    #expect(
      change.events == [
        .orderEdited(
          OrderChanges(
            shown: ["customer.name", "customer.phone", "customer.address", "notesForCustomer"], staffs: ["notes"]))
      ])
    #expect(change.products.isEmpty && change.ledger.isEmpty && change.changedItems.isEmpty)
  }

  @Test func wrongTextsAndDatesAreToldByTheirFields() throws {
    let order = try placed(draft(item("A", "2")))
    let long = Text(String(repeating: "x", count: 2_001))
    let refused = try refusal {
      try edit(order) {
        $0.customer = .init()
        $0.customer?.name = " "
        $0.customer?.phone = .set(long)
        $0.customer?.email = .set(long)
        $0.customer?.address = .set(long)
        $0.deliveryDate = .set(Timestamp(millis: .max))
        $0.notes = .set(long)
        $0.notesForCustomer = .set("a\u{7}b")
        $0.discount = Money(units: -1)
      }
    }
    #expect(refused.kind == .invalid)
    #expect(
      Set(refused.paths) == [
        "customer.name", "customer.phone", "customer.email", "customer.address", "deliveryDate", "notes",
        "notesForCustomer", "discount",
      ])
  }

  // MARK: Who, when, and of what version

  @Test func onlyThePresentVersionIsEdited() throws {
    let order = try placed(draft(item("A", "2")))
    for version in [order.version - 1, order.version + 1, 0, .max] {
      let refused = try refusal { try edit(order, version: version) { $0.notes = .set("x") } }
      #expect(refused.kind == .conflict && refused.code == "version_conflict")
      #expect(refused.facts == [.status("open"), .version(order.version)])
    }
  }

  @Test func theTableSaysWhoMayAndInWhichState() throws {
    let order = try placed(draft(item("A", "2")))
    for role in [Role.customer, .kiosk] {
      #expect(try refusal { try edit(order, by: role) { $0.notes = .set("x") } }.kind == .forbidden)
    }
    var other = order
    other.tenantID = try #require(TenantID("other"))
    #expect(try refusal { try edit(other) { $0.notes = .set("x") } }.kind == .notFound)
    for role in [Role.admin, .employee, .system] {
      #expect(try edit(order, by: role) { $0.notes = .set("x") }.order.notes == "x")
    }
    let cancelled = try Rules.cancel(order, deliveries: [], products: [:], in: context()).order
    let refused = try refusal { try edit(cancelled) { $0.notes = .set("x") } }
    #expect(refused.code == "transition_not_allowed" && refused.facts.contains(.version(cancelled.version)))
    // All of it went out: what is written about it may change, what it is may not.
    let delivered = try deliver(order, [("A", "2")], .delivered).order
    #expect(delivered.status == DeliveryWorkflow.State.delivered)
    #expect(try edit(delivered) { $0.notes = .set("x") }.order.status == delivered.status)
    let items = try refusal {
      try edit(delivered) {
        $0.items = [try line("A", "3")]; $0.discount = .zero
      }
    }
    #expect(items.paths.starts(with: ["discount", "items"]))
    #expect(items.fields[1].message.hasSuffix("these can: customer, deliveryDate, notes, notesForCustomer."))
  }

  @Test func anOwnerSaysWhatAndNotForHowMuch() throws {
    let pill = try product("pill", onHand: "9")
    let order = try pickup(item("pill", "2", at: nil), products: [pill], customer: "asha")
    let change = try edit(order, by: .customer, products: [pill]) {
      $0.items = [try line("pill", "5")]
      $0.customer = .init()
      $0.customer?.phone = .set("1")
    }
    #expect(change.order.items[0].quantity == (try quantity("5")))
    // Nothing is put aside before the shop accepts.
    #expect(change.ledger.isEmpty && change.products.isEmpty)
    #expect(change.insertedJobs.map(\.name) == ["ORDER_CHANGED_PHARMACY", "ORDER_CHANGED_CUSTOMER"])
    let refused = try refusal {
      try edit(order, by: .customer, products: [pill]) {
        var dear = try line("pill", "5", at: "1", discount: "1")
        dear.taxRate = .zero
        dear.name = "Pill"
        $0.items = [dear]
        $0.discount = try money("1")
        $0.notes = .set("x")
        $0.notesForCustomer = .set("y")
      }
    }
    #expect(
      refused.paths == [
        "notes", "notesForCustomer", "discount", "items[0].unitPrice", "items[0].discount", "items[0].taxRate",
        "items[0].name",
      ])
    // Somebody else's.
    let ravis = try pickup(item("pill", "2", at: nil), products: [pill], customer: "ravi")
    #expect(try refusal { try edit(ravis, by: .customer) { $0.items = [try line("pill", "1")] } }.kind == .forbidden)
    // Too late for anybody.
    var late = order
    late.particulars[try #require(ParticularName("expiresAt"))] = .time(Timestamp(millis: 1_000))
    #expect(try refusal { try edit(late) { $0.items = [try line("pill", "1")] } }.code == "order_expired")
  }

  // MARK: Items

  @Test func aQuantitySetsAddsAndTakesOff() throws {
    let order = try placed(draft(item("A", "10"), item("B", "5"), item("C", "1")))
    let change = try edit(order, products: [product("D", price: "3")]) {
      $0.items = [try line("A", "4"), try line("B", "0"), try line("D", "2"), try line("E", "0.5", at: "8")]
    }
    let next = change.order
    #expect(next.items.map(\.productID) == ["A", "C", "D", "E"])
    #expect(next.items[0].id == order.items[0].id && next.items[1] == order.items[2])
    #expect(next.items.map(\.quantity.decimal) == ["4", "1", "2", "0.5"])
    #expect(next.items[2].name == "The D" && next.items[2].taxRate.millionths == 180_000)
    #expect(amounts(next) == ["60", "0", "1.08", "61.08"])
    #expect(Set(change.changedItems) == Set([0, 1].map { order.items[$0].id } + [2, 3].map { next.items[$0].id }))
    #expect(
      change.events == [
        .orderEdited(OrderChanges(shown: ["items", "subtotal", "tax", "total"])),
        .inventoryReduced([
          AffectedProduct(
            productID: "D", name: "The D", quantity: try quantity("2"), backordered: try quantity("2"), tracked: true,
            onHand: try quantity("-2")),
          AffectedProduct(
            productID: "E", name: "E", quantity: try quantity("0.5"), backordered: .zero, tracked: false, onHand: nil),
        ]),
        .inventoryRestored(
          try [("A", "6"), ("B", "5")].map { product, amount in
            AffectedProduct(
              productID: product, name: product, quantity: try quantity(amount), backordered: .zero, tracked: false,
              onHand: nil)
          }),
      ])
  }

  @Test func whatIsNotNamedOfAnItemIsAsItWasOrdered() throws {
    let cloth = try product("cloth", onHand: "100", price: "10")
    let order = try placed(draft(item("cloth", "3", at: nil, discount: "2"), item("B", "1")), products: [cloth])
    #expect(order.items[0].taxRate.millionths == 180_000)
    var dearer = cloth
    (dearer.unitPrice, dearer.taxRate, dearer.name) = (try money("99"), .zero, "Silk")
    let next = try edit(order, products: [dearer]) { $0.items = [try line("cloth", "6")] }.order
    #expect(next.items[0].unitPrice == order.items[0].unitPrice && next.items[0].name == "The cloth")
    #expect(try next.items[0].taxRate == order.items[0].taxRate && next.items[0].discount == money("2"))
    #expect(try next.items[0].tax == money("10.44") && next.items[1] == order.items[1])
    // A price alone may be another, too; what is the same is no change.
    let cheaper = try edit(next, products: [dearer]) { $0.items = [try line("cloth", at: "5", discount: "0")] }.order
    #expect(cheaper.items[0].quantity == next.items[0].quantity && cheaper.items[0].discount == .zero)
    let same = try edit(cheaper, products: [dearer]) {
      $0.items = [try line("cloth", "6", at: "5"), try line("B", "1")]
    }
    #expect(same.order.items == cheaper.items && same.changedItems.isEmpty && same.ledger.isEmpty)
  }

  @Test func wrongLinesAreToldByTheirPlaces() throws {
    let order = try placed(draft(item("A", "1"), item("A", "2"), item("B", "1")))
    func paths(_ lines: [OrderEdit.ItemEdit]) throws -> [String] {
      let refused = try refusal { try edit(order) { $0.items = lines } }
      #expect(refused.kind == .invalid)
      return refused.paths
    }
    let first = OrderEdit.ItemEdit(.item(order.items[0].id), quantity: try quantity("1"), itemsProduct: "B")
    #expect(try paths([first]) == ["items[0].productId"])
    #expect(try paths([OrderEdit.ItemEdit(.item(ItemID(high: 1, low: 1)), quantity: .zero)]) == ["items[0].itemId"])
    #expect(try paths([line("A", "2")]) == ["items[0].productId"])
    #expect(try paths([line("B", "2"), line("B", "3")]) == ["items[1]"])
    #expect(try paths([line("C", "2", at: "1"), line("C", "3", at: "1")]) == ["items[1]"])
    #expect(try paths([line("C", nil, at: "1"), line("D", "0")]) == ["items[0].quantity", "items[1].quantity"])
    #expect(try paths([line("C", "1")]) == ["items[0].unitPrice"])
    #expect(try paths([line("B", "-1")]) == ["items[0].quantity"])
    let tooMuch = Quantity(millionths: .max)
    #expect(try paths([OrderEdit.ItemEdit(.product("B"), quantity: tooMuch)]) == ["items[0].quantity"])
    #expect(
      try paths([OrderEdit.ItemEdit(.product("B"), quantity: .limit, unitPrice: .limit)]) == ["items[0].quantity"])
    #expect(try paths([line("B", "1", discount: "11")]) == ["items[0].discount"])
    #expect(try paths([]) == ["items"])
    #expect(
      try paths(order.items.map { OrderEdit.ItemEdit(.item($0.id), quantity: .zero) }) == ["items"])
    let many = try (0..<498).map { try line(Text("N\($0)"), "1", at: "1") }
    #expect(try paths(many) == ["items"], "three there are already")
    #expect(try edit(order) { $0.items = Array(many.dropLast()) }.order.items.count == 500)
  }

  @Test func whatIsOnADeliveryOrAnInvoiceStaysAndTheRestMayChange() throws {
    let order = try placed(draft(item("A", "10"), item("B", "10"), discount: "20"))
    let (begun, delivery) = try deliver(order, [("A", "3")], .delivered)
    let refused = try refusal { try edit(begun) { $0.items = [try line("A", "9"), try line("B", "5")] } }
    #expect(refused.paths == ["items[0]"])
    #expect(refused.fields[0].message.hasPrefix("A is on a delivery and cannot be changed"))
    // As it is it may be named.
    let next = try edit(begun) { $0.items = [try line("A", "10"), try line("B", "5")] }.order
    #expect(next.items[0] == begun.items[0])
    // The item that stays keeps its share of the order's discount, the other has the rest.
    #expect(try next.items.map(\.discount.decimal) == ["10", "10"] && next.total == money("130"))
    #expect(next.discounts == OrderDiscounts(order: try money("20"), items: [.zero, .zero]))
    #expect(try refusal { try edit(begun) { $0.discount = try money("9") } }.paths == ["discount"])
    #expect(try edit(begun) { $0.discount = try money("15") }.order.items.map(\.discount.decimal) == ["10", "5"])

    let invoiced = try Rules.invoice(delivery, of: next, number: "INV-1", existing: nil, in: context()).order
    let billed = try refusal { try edit(invoiced) { $0.items = [try line("A", "3")] } }
    #expect(billed.fields[0].message.hasPrefix("A is on an invoice"))
    // What was still to go out is taken off: so all of it has been delivered.
    let moved = try deliver(invoiced, [("A", "7")], .delivered).order
    let rest = try edit(moved) {
      $0.items = [try line("B", "0")]; $0.discount = try money("10")
    }
    #expect(rest.order.status == DeliveryWorkflow.State.delivered && rest.order.items.count == 1)
    #expect(rest.events.map(\.type) == [.orderUpdated, .orderProgressUpdated, .inventoryRestored])
  }
}
