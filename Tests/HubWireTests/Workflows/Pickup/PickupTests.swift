import HubWire
import Orders
import Testing

/// `pickup` as it is built in, and once more as it comes back from its own JSON.
enum PickupCopy: String, CaseIterable {
  case builtIn, fromJSON

  func workflow() throws -> Workflow {
    switch self {
    case .builtIn: return try Workflow(.pickup)
    case .fromJSON:
      let document = WorkflowDocument(try JSONParser.parse(WorkflowDefinition.pickup.json))
      #expect(document.problems == [])
      return try Workflow(document.definition)
    }
  }
}

private func word(_ text: String) -> WorkflowEvent { WorkflowEvent(rawValue: text) }
private func name(_ text: Text) throws -> ParticularName { try #require(ParticularName(text)) }

/// A shop in which one order is moved by the table alone.
private struct Shop {
  let workflow: Workflow
  var products: [Text: Product]
  var order: Order
  var ledger: [LedgerRow] = []
  var now: Int64 = 1_000_000

  static func opened(
    _ copy: PickupCopy, onHand: String = "10", quantity amount: String = "3", as role: Role = .employee
  ) throws -> Shop {
    let workflow = try copy.workflow()
    let product = try product("pill", onHand: onHand)
    let draft = OrderDraft(
      customer: Customer(id: "asha", name: "Asha"),
      items: [
        ItemDraft(productID: "pill", quantity: try quantity(amount)),
        ItemDraft(productID: "unlisted", quantity: try quantity("1"), unitPrice: try money("5")),
      ], currency: try #require(Currency("INR")), workflow: workflow.name)
    let placed = try Step.place(
      draft, StepInput(), number: "ORD-1", by: workflow, products: ["pill": product],
      in: context(role, at: 1_000_000))
    #expect(placed.products == [], "nothing is taken before the shop accepts")
    return Shop(workflow: workflow, products: ["pill": product], order: placed.order)
  }

  func change(
    _ event: String, _ values: [Particulars.Entry] = [], items: [DeliveryLine]? = nil, as role: Role = .employee,
    user: String = "asha", origin: Origin = .request
  ) throws -> Change {
    try Step.take(
      word(event), StepInput(Particulars(values), items: items), of: order, by: workflow,
      facts: StepFacts(products: products, held: StockHoldings(rows: ledger)),
      in: context(role, user: user, origin: origin, at: now))
  }

  @discardableResult
  mutating func move(
    _ event: String, _ values: [Particulars.Entry] = [], items: [DeliveryLine]? = nil, as role: Role = .employee,
    user: String = "asha", origin: Origin = .request
  ) throws -> Change {
    let change = try change(event, values, items: items, as: role, user: user, origin: origin)
    #expect(change.order.version == order.version + Int64(change.events.count))
    order = change.order
    ledger += change.ledger
    for product in change.products { products[product.productID] = product }
    return change
  }

  var onHand: String { products["pill"]?.onHand.decimal ?? "none" }
}

@Suite struct PickupTests {
  @Test(arguments: PickupCopy.allCases) func `a customer orders what the catalogue has, at its prices`(
    copy: PickupCopy
  ) throws {
    let workflow = try copy.workflow()
    func placed(_ change: (inout OrderDraft) throws -> Void = { _ in }) throws -> Order {
      var draft = OrderDraft(
        customer: Customer(id: "asha", name: "Asha"),
        items: [ItemDraft(productID: "pill", quantity: try quantity("3"))], currency: try #require(Currency("INR")),
        workflow: workflow.name)
      try change(&draft)
      return try Step.place(
        draft, StepInput(), number: "ORD-1", by: workflow, products: ["pill": try product("pill", onHand: "10")],
        in: context(.customer, at: 1_000_000)
      ).order
    }
    let order = try placed()
    #expect(order.total == (try money("35.4")) && order.status.rawValue == "pending")
    func refused(_ field: String, _ change: @escaping (inout OrderDraft) throws -> Void) throws {
      let refusal = try #require(throws: Refusal.self) { _ = try placed(change) }
      #expect(refusal.fields.map(\.path) == [field], "\(refusal)")
    }
    try refused("items[0].unitPrice") { $0.items[0].unitPrice = try money("0.01") }
    try refused("items[0].discount") { $0.items[0].discount = try money("29") }
    try refused("items[0].taxRate") { $0.items[0].taxRate = .zero }
    try refused("items[0].name") { $0.items[0].name = "Gold" }
    try refused("items[0].unitPrice") { $0.items[0].productID = "unlisted" }
    try refused("discount") { $0.discount = try money("29") }
    try refused("advance") { $0.advance = Advance(amount: try money("35.4"), method: "cash") }
    try refused("notesForCustomer") { $0.notesForCustomer = "none" }
    let forbidden = try #require(throws: Refusal.self) { _ = try placed { $0.customer.id = "ben" } }
    #expect(forbidden.kind == .forbidden)
  }

  @Test func `the definition reads back as it was written`() throws {
    let document = WorkflowDocument(try JSONParser.parse(WorkflowDefinition.pickup.json))
    #expect(document.problems == [])
    #expect(document.definition == .pickup)
    let delivery = WorkflowDocument(try JSONParser.parse(WorkflowDefinition.delivery.json))
    #expect(delivery.problems == [])
    #expect(delivery.definition == .delivery)
  }

  @Test(arguments: PickupCopy.allCases) func `an order is placed, accepted, prepared, ready and fetched`(
    copy: PickupCopy
  ) throws {
    var shop = try Shop.opened(copy)
    #expect(shop.order.status.rawValue == "pending")
    #expect(shop.order.particulars[try name("expiresAt")] == .time(Timestamp(millis: 1_000_000 + 1_800_000)))
    #expect(shop.onHand == "10")

    let accepted = try shop.move("accept", [.init(try name("estimatedTime"), .whole(20))])
    #expect(shop.order.status.rawValue == "confirmed")
    #expect(shop.onHand == "7")
    #expect(accepted.ledger.map(\.kind) == [.deducted])
    #expect(accepted.endedJobs == [JobKey(orderID: shop.order.id, name: "expiry")])
    #expect(accepted.insertedJobs.map(\.kind) == [.notice])
    #expect(accepted.insertedJobs.map(\.name) == ["ORDER_ACCEPTED_CUSTOMER"])
    #expect(shop.order.particulars[try name("estimatedReady")] == .time(Timestamp(millis: 1_000_000 + 1_200_000)))

    try shop.move("prepare")
    try shop.move("ready")
    #expect(shop.order.status.rawValue == "ready")
    let completed = try shop.move("complete", [.init(try name("paymentMethod"), .text("upi"))])
    #expect(shop.order.status.rawValue == "completed")
    #expect(shop.order.paymentStatus == .paid)
    #expect(shop.order.paid == shop.order.total)
    #expect(completed.events.map(\.type.rawValue) == ["order:updated", "order:payment-updated"])
    #expect(shop.onHand == "7")
  }

  @Test(arguments: PickupCopy.allCases) func `an acceptance with too little stock changes nothing`(
    copy: PickupCopy
  ) throws {
    let shop = try Shop.opened(copy, onHand: "2")
    let short = try #require(throws: Refusal.self) { _ = try shop.change("accept") }
    #expect(short.code == "out_of_stock")
    #expect(
      short.facts == [
        .short([StockShortage(productID: "pill", lacking: try quantity("1"))]), .status("pending"), .version(1 + 1),
      ])
    #expect(short.detail == "The stock lacks 1 of pill for order ORD-1.")
  }

  @Test(arguments: PickupCopy.allCases) func `fewer units are accepted, and the total follows`(copy: PickupCopy) throws
  {
    var shop = try Shop.opened(copy, onHand: "2")
    let total = shop.order.total
    try shop.move("accept", items: [DeliveryLine(subject: .product("pill"), quantity: try quantity("2"))])
    #expect(shop.onHand == "0")
    #expect(shop.order.items[0].cancelled == (try quantity("1")))
    #expect(shop.order.total < total)
    try shop.move("cancel", [.init(try name("reason"), .text("closed"))])
    #expect(shop.onHand == "2", "what was taken comes back, and no more")
  }

  @Test(arguments: PickupCopy.allCases) func `wrong items are named`(copy: PickupCopy) throws {
    let shop = try Shop.opened(copy)
    func lines(_ product: Text, _ amount: String) throws -> [DeliveryLine] {
      [DeliveryLine(subject: .product(product), quantity: try quantity(amount))]
    }
    let more = try #require(throws: Refusal.self) { _ = try shop.change("accept", items: lines("pill", "4")) }
    #expect(more.fields.map(\.path) == ["items[0].quantity"])
    let unknown = try #require(throws: Refusal.self) { _ = try shop.change("accept", items: lines("nothing", "1")) }
    #expect(unknown.fields.map(\.path) == ["items[0]"])
    let nothing = try #require(throws: Refusal.self) {
      _ = try shop.change("accept", items: lines("pill", "0") + lines("unlisted", "0"))
    }
    #expect(nothing.fields.map(\.path) == ["items"])
  }

  @Test(arguments: PickupCopy.allCases) func `after its time it cannot be accepted, before it not expire`(
    copy: PickupCopy
  ) throws {
    var shop = try Shop.opened(copy)
    let early = try #require(throws: Refusal.self) { _ = try shop.change("expire", as: .system, origin: .timer) }
    #expect(early.code == "too_early")
    shop.now += 1_800_000
    let late = try #require(throws: Refusal.self) { _ = try shop.change("accept") }
    #expect(late.code == "order_expired")
    #expect(late.kind == .conflict)
    let byHand = try #require(throws: Refusal.self) { _ = try shop.change("expire", as: .system) }
    #expect(byHand.kind == .forbidden, "only the timer may")
    let expired = try shop.move("expire", as: .system, origin: .timer)
    #expect(shop.order.status.rawValue == "expired")
    #expect(expired.events.map(\.type.rawValue) == ["order:cancelled", "order:updated"])
    let twice = try #require(throws: Refusal.self) { _ = try shop.change("expire", as: .system, origin: .timer) }
    #expect(twice.kind == .conflict)
  }

  @Test(arguments: PickupCopy.allCases) func `a customer cancels its own before it is accepted, and nobody else's`(
    copy: PickupCopy
  ) throws {
    var shop = try Shop.opened(copy)
    let stranger = try #require(throws: Refusal.self) { _ = try shop.change("cancel", as: .customer, user: "eve") }
    #expect(stranger.kind == .forbidden)
    let pushy = try #require(throws: Refusal.self) { _ = try shop.change("accept", as: .customer) }
    #expect(pushy.kind == .forbidden)
    var other = shop
    try other.move("accept")
    let late = try #require(throws: Refusal.self) { _ = try other.change("cancel", as: .customer) }
    #expect(late.kind == .forbidden)
    try shop.move("cancel", as: .customer)
    #expect(shop.order.status.rawValue == "cancelled")
    #expect(shop.onHand == "10")
  }

  @Test(arguments: PickupCopy.allCases) func `what the input lacks or has too much of is named`(copy: PickupCopy) throws
  {
    var shop = try Shop.opened(copy)
    let missing = try #require(throws: Refusal.self) { _ = try shop.change("reject") }
    #expect(missing.kind == .invalid)
    #expect(missing.fields.map(\.path) == ["reason"])
    let wrong = try #require(throws: Refusal.self) {
      _ = try shop.change(
        "accept", [.init(try name("estimatedTime"), .whole(1_441)), .init(try name("colour"), .text("red"))])
    }
    #expect(wrong.fields.map(\.path) == ["estimatedTime", "colour"])
    try shop.move("accept")
    try shop.move("ready")
    let cheap = try #require(throws: Refusal.self) {
      _ = try shop.change(
        "complete",
        [.init(try name("paymentMethod"), .text("cash")), .init(try name("amount"), .money(try money("1")))])
    }
    #expect(cheap.fields.map(\.path) == ["amount"])
    let barter = try #require(throws: Refusal.self) {
      _ = try shop.change("complete", [.init(try name("paymentMethod"), .text("goat"))])
    }
    #expect(barter.fields.map(\.path) == ["paymentMethod"])
  }

  /// Every event in every state by everybody: what the table does not have is refused and changes nothing.
  @Test(arguments: PickupCopy.allCases) func `what the table does not have is refused`(copy: PickupCopy) throws {
    let shop = try Shop.opened(copy)
    let definition = shop.workflow.definition
    let events = Set(definition.rows.filter { $0.from != nil }.map(\.event))
    var refused = 0
    for state in definition.states {
      var placed = shop
      placed.order.status = state.status
      for event in events where !definition.rows.contains(where: { $0.event == event && $0.from == state.status }) {
        for role in Role.allCases {
          let refusal = try #require(throws: Refusal.self) {
            _ = try placed.change(event.rawValue, as: role, user: "eve")
          }
          #expect(refusal.kind == .conflict || refusal.kind == .forbidden)
          refused += 1
        }
      }
    }
    #expect(refused > 150)
  }

  @Test(arguments: PickupCopy.allCases) func `actions are what the actor may do now`(copy: PickupCopy) throws {
    var shop = try Shop.opened(copy)
    func events(_ role: Role, _ user: String = "asha") throws -> [String] {
      shop.workflow.actions(on: shop.order, in: try context(role, user: user)).map(\.event.rawValue)
    }
    #expect(try events(.employee) == ["accept", "reject", "cancel", "edit"])
    #expect(try events(.customer) == ["cancel", "edit"])
    #expect(try events(.customer, "eve") == [])
    try shop.move("accept")
    #expect(try events(.employee) == ["prepare", "ready", "cancel", "edit"])
    #expect(try events(.customer) == [])
  }
}
