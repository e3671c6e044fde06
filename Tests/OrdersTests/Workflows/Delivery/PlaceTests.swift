import Orders
import Testing

@Suite struct PlaceTests {
  @Test func `prices items, spreads the order's discount and taxes what is left`() throws {
    let order = try placed(
      draft(item("a", "3", at: "10", tax: 180_000), item("b", "1", at: "30", discount: "15"), discount: "10"))
    // Net 30 and 15: the discount of 10 falls 6.67 and 3.33. Tax on 23.33 is 4.1994.
    #expect(order.items.map(\.subtotal) == [try money("30"), try money("30")])
    #expect(order.items.map(\.discount) == [try money("6.67"), try money("18.33")])
    #expect(order.items.map(\.tax) == [try money("4.2"), .zero])
    #expect(order.subtotal == (try money("60")))
    #expect(order.discount == (try money("25")))
    #expect(order.tax == (try money("4.2")))
    #expect(order.total == (try money("39.2")))
    #expect(order.status == .open)
    #expect(order.phase == .open)
    #expect(order.paymentStatus == .unpaid)
    #expect(order.fulfilment == .unfulfilled)
  }

  @Test func `rounds halves away from zero in price and tax`() throws {
    let order = try placed(
      draft(
        item("a", "0.5", at: "0.00000001"), item("b", "1", at: "0.00000003", tax: 500_000), currency: "BTC"))
    #expect(order.items.map(\.subtotal.units) == [1, 3])
    #expect(order.items.map(\.tax.units) == [0, 2])
  }

  @Test func `takes name, price, tax and stock from the catalogue, and the rest as given`() throws {
    let change = try Rules.place(
      draft(item("a", "4", at: nil), item("b", "2"), item("a", "3", at: "1", tax: 0), item("old", "1")),
      number: "ORD-9", products: catalogue([product("a", onHand: "5"), product("old", onHand: "9", active: false)]),
      in: context(.employee))
    let order = change.order
    #expect(order.number == "ORD-9")
    #expect(order.items.map(\.name) == ["The a", "b", "The a", "old"])
    #expect(order.items.map(\.tracked) == [true, false, true, false])
    #expect(order.items.map(\.backordered) == [.zero, .zero, try quantity("2"), .zero])
    #expect(order.items.map(\.taxRate.millionths) == [180_000, 0, 0, 0])
    #expect(order.version == 2)
    let a = try #require(change.products.first)
    #expect(change.products.count == 1)
    #expect(a.onHand == (try quantity("-2")))
    #expect(a.version == 5)
    #expect(change.ledger.map(\.kind) == [.deducted])
    #expect(change.ledger.first?.onHand == (try quantity("-7")))
    #expect(change.ledger.first?.backordered == (try quantity("2")))
    #expect(change.ledger.first?.orderID == order.id)
    #expect(change.changedItems == order.items.map(\.id))
    #expect(
      change.events == [
        .orderCreated,
        .inventoryReduced([
          AffectedProduct(
            productID: "a", name: "The a", quantity: try quantity("7"), backordered: try quantity("2"), tracked: true,
            onHand: try quantity("-2")),
          AffectedProduct(
            productID: "b", name: "b", quantity: try quantity("2"), backordered: .zero, tracked: false, onHand: nil),
          AffectedProduct(
            productID: "old", name: "old", quantity: try quantity("1"), backordered: .zero, tracked: false,
            onHand: nil),
        ]),
      ])
  }

  @Test func `stock that is owed already backorders all of it`() throws {
    let order = try placed(draft(item("a", "4")), products: [product("a", onHand: "-3")])
    #expect(order.items[0].backordered == (try quantity("4")))
  }

  @Test func `an advance counts as paid, and nothing to pay is paid`() throws {
    #expect(try placed(draft(item("a", "1"), advance: "4")).paymentStatus == .partiallyPaid)
    #expect(try placed(draft(item("a", "1"), advance: "10")).paymentStatus == .paid)
    #expect(try placed(draft(item("a", "1", at: "0"))).paymentStatus == .paid)
    let refused = try refusal { try placed(draft(item("a", "1"), advance: "10.00000001")) }
    #expect(refused.paths == ["advance.amount"])
    #expect(try refusal { try placed(draft(item("a", "1"), advance: "10.01")) }.paths == ["advance.amount"])
    #expect(try refusal { try placed(draft(item("a", "1"), advance: "-1")) }.paths == ["advance.amount"])
  }

  @Test func `tells every field that is wrong at once`() throws {
    var wrong = try draft(
      item("", "0", discount: "-1"), item("a\u{7}", "1", at: nil), item("c", "1", discount: "10.1"),
      item("d", "1", at: "-0.1", tax: 1_000_001), item("e", "1000000000.000001"), discount: "-2",
      advance: "-1")
    wrong.customer = Customer(
      id: "a b", name: "  ", phone: Text(String(repeating: "1", count: 41)),
      email: Text(String(repeating: "e", count: 255)),
      address: Text(String(repeating: "x", count: 501)))
    wrong.notes = Text(String(repeating: "n", count: 2001))
    wrong.deliveryDate = Timestamp(millis: .max)
    wrong.workflow = WorkflowName(rawValue: "nowhere")
    wrong.advance?.method = ""
    let refused = try refusal { try placed(wrong) }
    #expect(refused.kind == .invalid)
    #expect(refused.code == "validation_failed")
    #expect(
      refused.paths == [
        "workflow", "customer.id", "customer.name", "customer.phone", "customer.email", "customer.address", "notes",
        "deliveryDate", "discount", "advance.amount", "advance.method", "items[0].productId", "items[0].quantity",
        "items[0].discount", "items[1].productId", "items[1].unitPrice", "items[2].discount", "items[3].taxRate",
        "items[3].unitPrice", "items[4].quantity",
      ])
    #expect(refused.fields[0].message.contains("known are: delivery"))
  }

  @Test func `texts are counted in characters, ids in bytes, and only long texts may break lines`() throws {
    var fine = try draft(item(Text(String(repeating: "é", count: 32)), "1"))
    fine.customer = Customer(
      id: "ravi", name: Text(String(repeating: "र", count: 200)), address: "12 MG Road\nPune")
    fine.notes = "one\ntwo"
    #expect(try placed(fine).customer == fine.customer)
    var wrong = try draft(item(Text(String(repeating: "é", count: 33)), "1"))
    wrong.customer = Customer(name: "two\nlines", phone: "\u{85}", address: "a\tb")
    wrong.notes = "nul\u{0}"
    #expect(
      try refusal { try placed(wrong) }.paths
        == ["customer.name", "customer.phone", "customer.address", "notes", "items[0].productId"])
  }

  @Test func `what nobody sees is no text, and none of it stands around one`() throws {
    for nothing: Text in ["", " ", "\u{a0}", "\u{200b}\u{200d}", "\u{3164}", "\u{2800}"] {
      var wrong = try draft(item(nothing, "1"))
      wrong.customer = Customer(name: nothing)
      wrong.items[0].name = nothing
      #expect(
        try refusal { try placed(wrong) }.paths == ["customer.name", "items[0].productId", "items[0].name"],
        "\(nothing.debugDescription)")
    }
    for text: Text in [" a", "a ", "\u{202e}a", "a\u{2066}b", "\u{feff}a", "a\u{200b}"] {
      var wrong = try draft(item(text, "1"), advance: "1")
      wrong.customer = Customer(id: text, name: text, phone: text, email: text, address: text)
      wrong.notes = text
      wrong.items[0].name = text
      wrong.advance?.method = text
      #expect(
        try refusal { try placed(wrong) }.paths == [
          "customer.id", "customer.name", "customer.phone", "customer.email", "customer.address", "notes",
          "advance.method", "items[0].productId", "items[0].name",
        ], "\(text.debugDescription)")
    }
  }

  @Test func `an order has 1 to 500 items`() throws {
    var order = try draft()
    #expect(try refusal { try placed(order) }.paths == ["items"])
    order.items = try (1...500).map { try item("p\($0)", "1") }
    #expect(try placed(order).items.count == 500)
    order.items.append(try item("more", "1"))
    #expect(try refusal { try placed(order) }.paths == ["items"])
  }

  @Test func `a thousand wrong fields are told as the first hundred`() throws {
    var order = try draft()
    order.items = try (1...500).map { try item("p\($0)", "-1", discount: "-1") }
    #expect(try refusal { try placed(order) }.fields.count == 100)
  }

  @Test func `refuses what would overflow, and never traps`() throws {
    let most = Money.limit.decimal
    // A price may be the largest that has ten digits; an order's sum may be nine times that, and no more.
    #expect(try placed(draft(item("a", "9", at: most), currency: "BTC")).total == Money(units: 9 * Money.limit.units))
    #expect(try refusal { try placed(draft(item("a", "9.000001", at: most))) }.paths == ["items[0].quantity"])
    #expect(try refusal { try placed(draft(item("a", "1000000000", at: most))) }.paths == ["items[0].quantity"])
    #expect(try refusal { try placed(draft(item("a", "9", at: most), item("b", "1"))) }.paths == ["items"])
    #expect(try refusal { try placed(draft(item("a", "9", at: most, tax: 1))) }.paths == ["items"])
    #expect(try refusal { try placed(draft(item("a", "1"), discount: "10.00000001")) }.paths == ["discount"])
    var wild = try draft(item("a", "1"))
    wild.items[0].quantity = Quantity(millionths: .max)
    wild.items[0].unitPrice = Money(units: .max)
    wild.items[0].discount = Money(units: .min)
    wild.items[0].taxRate = TaxRate(millionths: .min)
    wild.discount = Money(units: .min)
    wild.advance = Advance(amount: Money(units: .max), method: "x")
    #expect(
      try refusal { try placed(wild) }.paths == [
        "discount", "advance.amount", "items[0].quantity", "items[0].discount", "items[0].taxRate",
        "items[0].unitPrice",
      ])
    var empty = try product("a")
    empty.onHand = Quantity(millionths: .min)
    #expect(try refusal { try placed(draft(item("a", "1")), products: [empty]) }.code == "stock_out_of_range")
  }

  @Test func `a discount of everything leaves an order that costs nothing`() throws {
    let order = try placed(draft(item("a", "3", tax: 180_000), item("b", "1", at: "0"), discount: "30"))
    #expect(order.total == .zero)
    #expect(order.paymentStatus == .paid)
  }

  /// As for MongoDB, which keeps the catalogue and finds an order's products by their bytes.
  @Test func `one name in two spellings is two products`() throws {
    let (composed, decomposed) = (TextTests.composed, TextTests.decomposed)
    var wanted = try draft(item(composed, "2"), item(decomposed, "3"))
    let order = try Rules.place(
      wanted, number: "ORD-1", products: catalogue([try product(composed, onHand: "9")]), in: context())
    #expect(order.order.items.map(\.productID) == [composed, decomposed])
    #expect(order.order.items.map(\.tracked) == [true, false])
    #expect(order.products.map(\.onHand) == [try quantity("7")])
    #expect(order.order.remainingByProduct.map(\.productID) == [composed, decomposed])
    let lines = try Rules.deliver(delivery([(decomposed, "3")]), of: order.order, in: context())
    #expect(lines.order.items.map(\.delivered) == [.zero, try quantity("3")])
    // Among so many that they are looked up by their hash.
    wanted.items += try (0..<20).map { try item("p\($0)", "1") }
    let many = try placed(wanted)
    #expect(many.remainingByProduct.count == 22)
    #expect(throws: Refusal.self) { try deliver(many, [(decomposed, "3.1")]) }
  }
}
