import Orders
import Testing

@Suite struct DeliverTests {
  @Test func `puts quantities on a delivery and leaves the rest`() throws {
    let order = try placed(draft(item("a", "10"), item("b", "1", tax: 180_000)))
    let change = try Rules.deliver(
      DeliveryDraft(
        lines: [DeliveryLine(subject: .product("a"), quantity: try quantity("4"))], date: Timestamp(millis: 77),
        notes: "left at the door"), of: order, in: context(.employee, at: 2_000))
    let made = try #require(change.insertedDelivery)
    #expect(made.number == "ORD-1-D1")
    #expect(made.status == .pending)
    #expect(made.value == (try money("40")))
    #expect(made.day == "day-77")
    #expect(made.notes == "left at the door")
    #expect(
      made.items == [
        DeliveryItem(itemID: order.items[0].id, productID: "a", name: "a", quantity: try quantity("4"))
      ])
    #expect(change.events == [.deliveryCreated(made), .orderUpdated, .orderProgressUpdated])
    #expect(change.order.version == 5)
    #expect(change.order.status == .inProgress)
    #expect(change.order.phase == .active)
    #expect(change.order.progress == 36)
    #expect(change.order.deliveryCount == 1)
    #expect(change.order.updatedAt == Timestamp(millis: 2_000))
    #expect(change.changedItems == [order.items[0].id])
    #expect(
      change.order.remainingByProduct == [
        ProductRemaining(
          productID: "a", total: try quantity("10"), delivered: try quantity("4"), remaining: try quantity("6")),
        ProductRemaining(productID: "b", total: try quantity("1"), delivered: .zero, remaining: try quantity("1")),
      ])
  }

  @Test func `refuses a line whose item is of another product than it names`() throws {
    let order = try placed(draft(item("a", "10"), item("b", "1")))
    func line(_ product: Text?) throws -> DeliveryDraft {
      DeliveryDraft(
        lines: [
          DeliveryLine(subject: .item(order.items[0].id), quantity: try quantity("4"), itemsProduct: product)
        ], notesForCustomer: "by noon")
    }
    for product in ["b", "A", "nothing", ""] as [Text] {
      let refused = try refusal { try Rules.deliver(line(product), of: order, in: context()) }
      #expect(refused.kind == .invalid && refused.code == "validation_failed")
      #expect(refused.fields.map(\.path) == ["items[0].productId"])
    }
    for product in ["a", nil] as [Text?] {
      let made = try #require(try Rules.deliver(line(product), of: order, in: context()).insertedDelivery)
      #expect(made.items.map(\.itemID) == [order.items[0].id])
      #expect(made.notesForCustomer == "by noon" && made.notes == nil)
    }
  }

  @Test func `refuses a delivery above what remains, with what remains and the version`() throws {
    let order = try deliver(placed(draft(item("a", "10"))), [("a", "7")]).order
    let refused = try refusal { try deliver(order, [("a", "3.000001")]) }
    #expect(refused.kind == .conflict)
    #expect(refused.code == "exceeds_remaining")
    #expect(
      refused.facts == [.remaining(order.remainingByProduct), .version(order.version), .status("in_progress")])
    #expect(refused.detail.contains("3.000001 of product a are more than the 3 that remain"))
    #expect(try deliver(order, [("a", "3")]).order.progress == 100)
  }

  @Test func `sums lines of one product or item before it judges`() throws {
    let order = try placed(draft(item("a", "3"), item("b", "1"), item("a", "2")))
    #expect(try refusal { try deliver(order, [("a", "3"), ("b", "1"), ("a", "2.5")]) }.code == "exceeds_remaining")
    let whole = try deliver(order, [("a", "3"), ("b", "1"), ("a", "2")])
    #expect(whole.delivery.items.map(\.quantity) == [try quantity("3"), try quantity("1"), try quantity("2")])
    let id = order.items[0].id
    let twice = DeliveryDraft(
      lines: try ["2", "2"].map { DeliveryLine(subject: .item(id), quantity: try quantity($0)) })
    #expect(try refusal { try Rules.deliver(twice, of: order, in: context()) }.code == "exceeds_remaining")
  }

  @Test func `a product's lines fill its items in order, after lines that name an item`() throws {
    let order = try placed(draft(item("a", "3"), item("a", "2")))
    #expect(try deliver(order, [("a", "4")]).order.items.map(\.delivered.millionths) == [3_000_000, 1_000_000])
    let mixed = DeliveryDraft(lines: [
      DeliveryLine(subject: .product("a"), quantity: try quantity("2")),
      DeliveryLine(subject: .item(order.items[0].id), quantity: try quantity("2")),
    ])
    let change = try Rules.deliver(mixed, of: order, in: context())
    #expect(change.order.items.map(\.delivered.millionths) == [3_000_000, 1_000_000])
  }

  @Test func `refuses unknown, zero and negative lines as wrong fields, and writes nothing`() throws {
    let order = try placed(draft(item("a", "3")))
    let wrong = DeliveryDraft(
      lines: [
        DeliveryLine(subject: .product("x"), quantity: try quantity("1")),
        DeliveryLine(subject: .item(ItemID(high: 1, low: 1)), quantity: try quantity("1")),
        DeliveryLine(subject: .product("a"), quantity: .zero),
        DeliveryLine(subject: .product("a"), quantity: Quantity(millionths: .min)),
        DeliveryLine(subject: .product("a"), quantity: Quantity(millionths: .max)),
      ], date: Timestamp(millis: -50_400_001), status: .cancelled, notes: "\u{1b}")
    let refused = try refusal { try Rules.deliver(wrong, of: order, in: context()) }
    #expect(refused.kind == .invalid)
    #expect(
      refused.paths == [
        "notes", "date", "status", "items[1].itemId", "items[2].quantity", "items[3].quantity", "items[4].quantity",
        "items[0].productId",
      ])
    #expect(try refusal { try deliver(order, []) }.paths == ["items"])
    let many = Array(repeating: ("a" as Text, "0.001"), count: 501)
    #expect(try refusal { try deliver(order, many) }.paths == ["items"])
    #expect(try deliver(order, Array(many.dropLast())).delivery.items.count == 1)
  }

  @Test func `a delivery may begin dispatched or delivered, never failed`() throws {
    let order = try placed(draft(item("a", "2")))
    #expect(try deliver(order, [("a", "1")], .dispatched).order.status == .inProgress)
    #expect(try deliver(order, [("a", "1")], .delivered).order.status == .partialDelivered)
    let whole = try deliver(order, [("a", "2")], .delivered).order
    #expect(whole.status == .delivered)
    #expect(whole.phase == .fulfilled)
    #expect(whole.fulfilment == .fulfilled)
    #expect(try refusal { try deliver(order, [("a", "1")], .failed) }.paths == ["status"])
  }

  @Test func `nothing is delivered of an order that is delivered`() throws {
    let order = try deliver(placed(draft(item("a", "2"))), [("a", "2")], .delivered).order
    let refused = try refusal { try deliver(order, [("a", "1")]) }
    #expect(refused.code == "transition_not_allowed")
    #expect(
      refused.facts == [
        .status("delivered"), .allowed(["invoice", "pay", "credit", "edit"]), .remaining(order.remainingByProduct),
        .version(order.version),
      ])
  }

  @Test func `an order has at most a thousand deliveries`() throws {
    var order = try placed(draft(item("a", "2000")))
    order.deliveryCount = 999
    order = try deliver(order, [("a", "1")]).order
    #expect(try refusal { try deliver(order, [("a", "1")]) }.code == "too_many_deliveries")
  }

  @Test func `250,000 of 250,002 is partial at 99, and thirds of a metre complete it`() throws {
    let many = try deliver(placed(draft(item("a", "250002"))), [("a", "250000")], .delivered).order
    #expect(many.status == .partialDelivered)
    #expect(many.progress == 99)
    #expect(many.fulfilment == .partial)
    var cloth = try placed(draft(item("cloth", "1")))
    for (part, progress) in [("0.35", 35), ("0.35", 70), ("0.30", 100)] {
      cloth = try deliver(cloth, [("cloth", part)], .delivered).order
      #expect(cloth.progress == progress)
    }
    #expect(cloth.status == .delivered)
  }

  @Test func `the largest order keeps its progress exact`() throws {
    var wanted = try draft()
    wanted.items = try (1...500).map { try item("p\($0)", "1000000000", at: "0.00000001") }
    var order = try placed(wanted)
    order = try Rules.deliver(
      DeliveryDraft(
        lines: order.items.map {
          DeliveryLine(subject: .item($0.id), quantity: Quantity(millionths: 999_999_999_999_999))
        },
        status: .delivered), of: order, in: context()
    ).order
    #expect(order.progress == 99)
    #expect(order.status == .partialDelivered)
  }

  @Test(arguments: [15, 16, 17, 18, 120])
  func `many products, each in two items, are found and summed`(count: Int) throws {
    var wanted = try draft()
    let names = (0..<count).map { "p\($0)" as Text }
    wanted.items = try (names + names.reversed()).map { try item($0, "2") }
    let order = try placed(wanted, products: names.map { try product($0, onHand: "3") })
    #expect(order.items.map(\.backordered.millionths) == names.map { _ in 0 } + names.map { _ in 1_000_000 })
    let change = try Rules.deliver(delivery(names.map { ($0, "3") }), of: order, in: context())
    #expect(change.order.remainingByProduct.map(\.productID) == names)
    #expect(change.order.remainingByProduct.allSatisfy { $0.remaining.millionths == 1_000_000 })
    #expect(
      change.order.items.map(\.delivered.millionths) == names.map { _ in 2_000_000 } + names.map { _ in 1_000_000 })
    #expect(try refusal { try deliver(change.order, names.map { ($0, "2") }) }.code == "exceeds_remaining")
    let unknown = try refusal { try deliver(order, names.map { ($0, "1") } + [("x", "1")]) }
    #expect(unknown.paths == ["items[\(count)].productId"])
  }

  @Test func `another tenant's order is not there`() throws {
    let order = try placed(draft(item("a", "2")))
    let refused = try refusal { try Rules.deliver(delivery([("a", "1")]), of: order, in: context(tenant: "other")) }
    #expect(refused.kind == .notFound)
  }
}
