import HubTestSupport
import Orders
import Testing

/// What sellers and kiosks are to orders, by the table alone.
@Suite struct SellerTests {
  private let market: Workflow

  init() throws { market = try Workflow(MarketWorkflow.definition) }

  private func asking(_ role: Role, _ user: String, tenant: String = "shop") throws -> RuleContext {
    RuleContext(
      actor: Actor(tenant: try #require(TenantID(tenant)), user: try #require(UserID(user)), role: role),
      now: Timestamp(millis: 1_000), workflows: Workflows.builtIn, ids: CountingIDs(), day: { _ in "2026-11-20" })
  }

  private func input(_ values: (Text, Particular)...) -> StepInput {
    StepInput(Particulars(values.map { .init(MarketWorkflow.field($0.0), $0.1) }))
  }

  private func place(
    as role: Role = .employee, _ user: String = "ada", customer: Text? = "asha", seller: Text? = "sam"
  ) throws -> Order {
    let draft = OrderDraft(
      customer: Customer(id: customer, name: "Asha"), items: [ItemDraft(productID: "a", quantity: try quantity("2"))],
      currency: try #require(Currency("INR")), workflow: MarketWorkflow.name)
    let values = seller.map { [Particulars.Entry(MarketWorkflow.field("sellerId"), .text($0))] } ?? []
    return try Step.place(
      draft, StepInput(Particulars(values)), number: "ORD-1", by: market,
      products: ["a": try product("a", onHand: "9")], in: asking(role, user)
    ).order
  }

  private func take(
    _ event: String, _ input: StepInput = StepInput(), of order: Order, as role: Role, _ user: String,
    tenant: String = "shop"
  ) throws -> Order {
    try Step.take(
      MarketWorkflow.event(event), input, of: order, by: market, facts: StepFacts(products: [:]),
      in: asking(role, user, tenant: tenant)
    ).order
  }

  @Test func aSellerMovesWhatItSellsAndNobodyElseDoesAsItsCounterpart() throws {
    let order = try place()
    #expect(order.parties == OrderParties(customer: "asha", seller: "sam"))
    let track = input(("tracking", .text("1Z")))
    let sent = try take("send", track, of: order, as: .seller, "sam")
    #expect(sent.status.rawValue == "sent")
    // Another seller; those of the seller's name in other roles, as after it was changed; and the staff, whom no row names.
    for (role, user) in [
      (Role.seller, "eve"), (.customer, "sam"), (.kiosk, "sam"), (.employee, "sam"), (.admin, "ada"),
      (.customer, "asha"),
    ] {
      #expect(try refusal { try take("send", track, of: order, as: role, user) }.kind == .forbidden, "\(role) \(user)")
    }
    #expect(try refusal { try take("send", track, of: order, as: .seller, "sam", tenant: "other") }.kind == .notFound)
    #expect(try refusal { try take("send", of: order, as: .seller, "sam") }.paths == ["tracking"])
    #expect(try refusal { try take("send", track, of: sent, as: .seller, "sam") }.code == "transition_not_allowed")
    // What the customer may, the seller may not.
    #expect(try refusal { try take("collect", of: sent, as: .seller, "sam") }.kind == .forbidden)
    #expect(try take("collect", of: sent, as: .customer, "asha").status.rawValue == "collected")
  }

  @Test func anActionIsOfferedToThoseWhoMay() throws {
    let order = try place()
    func offered(_ role: Role, _ user: String) throws -> [String] {
      market.actions(on: order, in: try asking(role, user)).map(\.event.rawValue)
    }
    #expect(try offered(.seller, "sam") == ["send", "refuse"])
    #expect(try offered(.employee, "ada") == ["assign", "refuse"])
    for (role, user) in [(Role.seller, "eve"), (.customer, "sam"), (.kiosk, "sam"), (.customer, "asha")] {
      #expect(try offered(role, user) == [], "\(role) \(user)")
    }
  }

  @Test func aKioskIsNotedByWhatItPlacesAndIsNoOwner() throws {
    let order = try place(as: .kiosk, "till", customer: nil)
    #expect(order.parties == OrderParties(seller: "sam", kiosk: "till") && order.createdBy.text == "till")
    for role in [Role.employee, .customer] {
      #expect(try place(as: role, "till", customer: "till").parties.kiosk == nil, "\(role)")
    }
    // It places where a row names kiosks, and not as the owner of what it orders.
    let pickup = try Workflow(
      WorkflowDefinition(
        name: WorkflowName(rawValue: "own"), states: [WorkflowState(Status(rawValue: "a"), .open, isTerminal: true)],
        rows: [WorkflowRow(.place, from: nil, to: [Status(rawValue: "a")], roles: [], relations: [.owner])]))
    let draft = OrderDraft(
      customer: Customer(id: "till", name: "T"), items: [ItemDraft(productID: "a", quantity: try quantity("2"))],
      currency: try #require(Currency("INR")), workflow: pickup.name)
    for role in Role.allCases {
      let products = catalogue([try product("a")])
      let context = try asking(role, "till")
      func placed() throws -> Order {
        try Step.place(draft, StepInput(), number: "ORD-1", by: pickup, products: products, in: context).order
      }
      if role == .kiosk || role == .seller {
        #expect(try refusal { try placed() }.kind == .forbidden, "\(role)")
        // Before anything is said of its body.
        #expect(try refusal { try pickup.admit(.place, role: role) }.kind == .forbidden, "\(role)")
      } else {
        #expect(try placed().parties.kiosk == nil, "\(role)")
        try pickup.admit(.place, role: role)
      }
    }
  }

  @Test func aKioskPaysTheCataloguesPrices() throws {
    #expect(try place(as: .kiosk, "till", customer: nil).items[0].unitPrice == (try money("10")))
    let draft = OrderDraft(
      customer: Customer(name: "A"),
      items: [ItemDraft(productID: "a", quantity: try quantity("2"), unitPrice: try money("1"))],
      currency: try #require(Currency("INR")), workflow: MarketWorkflow.name)
    for role in [Role.kiosk, .seller] {
      let refused = try refusal {
        try Step.place(
          draft, input(("sellerId", .text("till"))), number: "ORD-1", by: market,
          products: ["a": try product("a", onHand: "9")], in: asking(role, "till"))
      }
      #expect(refused.paths == ["items[0].unitPrice"])
    }
  }

  @Test func aSellerIsAUsersNameAndStays() throws {
    for wrong: Text in ["s am", "s\u{e4}m", "two\nlines"] {
      #expect(try refusal { try place(seller: wrong) }.paths == ["sellerId"], "\(wrong)")
    }
    // Later, where nobody was said to sell it.
    let open = try place(seller: nil)
    let assigned = try take("assign", input(("sellerId", .text("sam"))), of: open, as: .employee, "ada")
    #expect(assigned.parties.seller == "sam")
    #expect(
      try take("assign", input(("sellerId", .text("sam"))), of: assigned, as: .employee, "ada").parties.seller == "sam")
    let refused = try refusal {
      try take("assign", input(("sellerId", .text("eve"))), of: assigned, as: .employee, "ada")
    }
    #expect(refused.kind == .conflict && refused.code == "seller_is_set" && refused.detail.contains("sold by sam"))
    #expect(refused.facts.contains(.version(assigned.version)))
    #expect(
      try refusal { try take("assign", input(("sellerId", .text("e e"))), of: open, as: .employee, "ada") }.paths
        == ["sellerId"])
  }

  @Test func aSellerPlacesForItselfAlone() throws {
    #expect(try place(as: .seller, "sam").parties.seller == "sam")
    for other: Text? in ["eve", nil] {
      let refused = try refusal { try place(as: .seller, "sam", seller: other) }
      #expect(refused.paths == ["sellerId"] && refused.detail.contains("sam was expected"))
    }
  }

  @Test func aDefinitionNamesASellerByAText() throws {
    func defects(_ field: InputField.Kind?, _ value: WorkflowValue) -> [PlacedDefect] {
      var definition = MarketWorkflow.definition
      if let field { definition.rows[1].input = [InputField(MarketWorkflow.field("sellerId"), field)] }
      definition.rows[1].effects = [.set(MarketWorkflow.field("sellerId"), value)]
      return definition.defects
    }
    let input = WorkflowValue.input(MarketWorkflow.field("sellerId"))
    let wrong = [PlacedDefect("rows[1].effects[0]", .wrongSeller(event: MarketWorkflow.event("assign")))]
    #expect(defects(nil, input) == [] && defects(.choice(["sam", "eve"]), input) == [])
    #expect(defects(nil, .text("sam")) == [])
    #expect(defects(nil, .text("s m")) == wrong && defects(nil, .now) == wrong)
    for kind in [InputField.Kind.identity, .time, .flag, .money, .whole(0...9), .choice(["s m"])] {
      #expect(defects(kind, input) == wrong, "\(kind)")
    }
    var timed = MarketWorkflow.definition
    timed.timers = [
      WorkflowTimer(
        MarketWorkflow.field("late"), event: MarketWorkflow.event("refuse"), afterSeconds: 9,
        moment: MarketWorkflow.field("sellerId"))
    ]
    #expect(timed.defects.contains(PlacedDefect("timers[0]", .wrongSeller(event: MarketWorkflow.event("refuse")))))
    #expect(wrong[0].defect.description.contains("names the user who sells"))
  }
}
