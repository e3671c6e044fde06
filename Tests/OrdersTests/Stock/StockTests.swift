import Orders
import Testing

@Suite struct StockTests {
  @Test(arguments: [
    (LedgerKind.receipt, "5", "15", "2", "3"), (.correction, "-12", "-2", "2", "3"), (.correction, "1", "11", "2", "3"),
    (.damaged, "4", "6", "6", "3"), (.damaged, "-2", "12", "0", "3"), (.onHold, "10", "0", "2", "13"),
    (.onHold, "-3", "13", "2", "0"),
  ])
  func `moves stock, and the row is the difference`(
    kind: LedgerKind, moved: String, onHand: String, damaged: String, onHold: String
  ) throws {
    var before = try product("a", onHand: "10")
    before.damaged = try quantity("2")
    before.onHold = try quantity("3")
    let movement = StockMovement(kind: kind, quantity: try quantity(moved), reason: "count")
    let (after, row) = try Rules.stock(movement, of: before, in: context(.employee, at: 60))
    #expect(after.onHand == (try quantity(onHand)))
    #expect(after.damaged == (try quantity(damaged)))
    #expect(after.onHold == (try quantity(onHold)))
    #expect(after.version == before.version + 1)
    #expect(after.updatedAt == Timestamp(millis: 60))
    #expect(before.onHand.adding(row.onHand) == after.onHand)
    #expect(before.damaged.adding(row.damaged) == after.damaged)
    #expect(before.onHold.adding(row.onHold) == after.onHold)
    #expect(row.kind == kind)
    #expect(row.reason == "count")
    #expect(row.orderID == nil)
  }

  @Test func `refuses quantities and kinds that make no sense`() throws {
    let before = try product("a", onHand: "10")
    func paths(_ kind: LedgerKind, _ millionths: Int64, reason: Text? = nil) throws -> [String] {
      let movement = StockMovement(kind: kind, quantity: Quantity(millionths: millionths), reason: reason)
      return try refusal { try Rules.stock(movement, of: before, in: context()) }.paths
    }
    #expect(try paths(.receipt, 0) == ["quantity"])
    #expect(try paths(.receipt, -1) == ["quantity"])
    #expect(try paths(.correction, 0) == ["quantity"])
    #expect(try paths(.damaged, .min) == ["quantity"])
    #expect(try paths(.onHold, .max) == ["quantity"])
    #expect(try paths(.deducted, 1) == ["kind"])
    #expect(try paths(.restored, 1, reason: Text(String(repeating: "x", count: 501))) == ["kind", "reason"])
  }

  @Test func `damaged and held stock never falls below zero, and nothing overflows`() throws {
    var before = try product("a", onHand: "10")
    let one = Quantity(millionths: -1)
    #expect(
      try refusal { try Rules.stock(StockMovement(kind: .damaged, quantity: one), of: before, in: context()) }.code
        == "exceeds_stock")
    #expect(
      try refusal { try Rules.stock(StockMovement(kind: .onHold, quantity: one), of: before, in: context()) }.code
        == "exceeds_stock")
    before.onHand = Quantity(millionths: .max)
    let receipt = StockMovement(kind: .receipt, quantity: Quantity(millionths: 1))
    #expect(try refusal { try Rules.stock(receipt, of: before, in: context()) }.code == "stock_out_of_range")
  }

  @Test(arguments: [
    (LedgerKind.damaged, "10", "10.000001", "10.000001 of a are more than the 10 that are on hand."),
    (.onHold, "-5", "50", "50 of a are more than the 0 that are on hand."),
    (.onHold, "0", "1", "1 of a are more than the 0 that are on hand."),
    (.damaged, "10", "-3", "3 of a are more than the 2 that are damaged."),
    (.onHold, "-5", "-4", "4 of a are more than the 3 that are on hold."),
  ])
  func `sets aside no more than is on hand, and puts back no more than was set aside`(
    kind: LedgerKind, onHand: String, moved: String, detail: String
  ) throws {
    var before = try product("a", onHand: onHand)
    before.damaged = try quantity("2")
    before.onHold = try quantity("3")
    let movement = StockMovement(kind: kind, quantity: try quantity(moved))
    let refused = try refusal { try Rules.stock(movement, of: before, in: context()) }
    #expect(refused.kind == .conflict)
    #expect(refused.code == "exceeds_stock")
    #expect(refused.detail == detail)
  }

  @Test func `what was set aside is put back while stock is owed`() throws {
    var before = try product("a", onHand: "-5")
    before.onHold = try quantity("3")
    let movement = StockMovement(kind: .onHold, quantity: try quantity("-3"))
    let after = try Rules.stock(movement, of: before, in: context()).product
    #expect(after.onHand == (try quantity("-2")))
    #expect(after.onHold == .zero)
  }

  @Test(arguments: [(1_500_000, "1.5"), (-100_000, "-0.1"), (1_000_001, "1.000001")])
  func `says a wrong tax rate as it was written`(millionths: Int64, written: String) throws {
    let draft = ProductDraft(
      productID: "a", name: "A", unitPrice: .zero, taxRate: TaxRate(millionths: millionths))
    #expect(
      try refusal { try Rules.createProduct(draft, in: context()) }.fields
        == [FieldProblem(path: "taxRate", message: "\(written) is not allowed; from 0 to 1, 0.18 is 18 %.")])
  }

  @Test func `puts a product into the catalogue without stock`() throws {
    let made = try Rules.createProduct(
      ProductDraft(productID: "rice-5kg", name: "Rice", unitPrice: money("9.5"), taxRate: TaxRate(millionths: 50_000)),
      in: context(.employee))
    #expect(made.tenantID.text == "shop")
    #expect(made.active)
    #expect([made.onHand, made.damaged, made.onHold] == [.zero, .zero, .zero])
    #expect(made.version == 1)
    let wrong = ProductDraft(
      productID: "é", name: "", unitPrice: Money(units: -1), taxRate: TaxRate(millionths: 1_000_001))
    #expect(
      try refusal { try Rules.createProduct(wrong, in: context()) }.paths
        == ["productId", "name", "unitPrice", "taxRate"])
  }

  @Test(arguments: [".", ".."]) func `refuses an id that an address cannot hold`(id: Text) throws {
    func create(_ id: Text) throws -> Product {
      try Rules.createProduct(
        ProductDraft(productID: id, name: "Rice", unitPrice: money("1"), taxRate: .zero), in: context())
    }
    #expect(try refusal { try create(id) }.paths == ["productId"])
    #expect(try create("\(id)a").productID == "\(id)a")
    #expect(try create("...").productID == "...")
  }

  @Test func `changes only what is named`() throws {
    let before = try product("a", onHand: "3")
    let after = try Rules.changeProduct(before, by: ProductChange(unitPrice: money("11"), active: false), in: context())
    var expected = before
    expected.unitPrice = try money("11")
    expected.active = false
    expected.version = 5
    expected.updatedAt = Timestamp(millis: 1_000)
    #expect(after == expected)
    #expect(
      try refusal { try Rules.changeProduct(before, by: ProductChange(name: " "), in: context()) }.paths == ["name"])
  }

  @Test(arguments: Role.allCases)
  func `customers and kiosks leave the catalogue alone, and other tenants do not see it`(role: Role) throws {
    let existing = try product("a", onHand: "3")
    let receipt = StockMovement(kind: .receipt, quantity: Quantity(millionths: 1))
    let new = ProductDraft(productID: "b", name: "B", unitPrice: .zero, taxRate: .zero)
    if role.sight != .business {
      #expect(try refusal { try Rules.stock(receipt, of: existing, in: context(role)) }.kind == .forbidden)
      #expect(
        try refusal { try Rules.changeProduct(existing, by: ProductChange(), in: context(role)) }.kind == .forbidden)
      #expect(try refusal { try Rules.createProduct(new, in: context(role)) }.kind == .forbidden)
    } else {
      #expect(try Rules.stock(receipt, of: existing, in: context(role)).product.onHand.millionths == 3_000_001)
      #expect(try Rules.createProduct(new, in: context(role)).productID == "b")
      let other = try context(role, tenant: "other")
      #expect(try refusal { try Rules.stock(receipt, of: existing, in: other) }.kind == .notFound)
      #expect(try refusal { try Rules.changeProduct(existing, by: ProductChange(), in: other) }.kind == .notFound)
    }
  }
}
