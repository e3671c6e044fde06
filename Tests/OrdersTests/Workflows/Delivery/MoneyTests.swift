import Testing

@testable import Orders

/// What is asked of somebody can be paid in the currency's own units.
@Suite struct MoneyTests {
  private func invoices(of draft: OrderDraft, in parts: [String]) throws -> (order: Order, totals: [String]) {
    var order = try placed(draft)
    var totals: [String] = []
    for part in parts {
      let made = try deliver(order, [("a", part)], .delivered)
      let change = try Rules.invoice(made.delivery, of: made.order, number: "I", existing: nil, in: context())
      let invoice = try #require(change.insertedInvoice)
      #expect(made.delivery.value == invoice.total)
      totals.append(invoice.due.decimal)
      order = try Rules.pay(invoice, amount: invoice.due, method: "cash", of: change.order, in: context()).order
    }
    return (order, totals)
  }

  @Test(arguments: [
    ("USD", ["3.33", "3.34", "3.33"]), ("JPY", ["3", "4", "3"]), ("KWD", ["3.333", "3.334", "3.333"]),
    ("CLF", ["3.3333", "3.3334", "3.3333"]), ("BTC", ["3.33333333", "3.33333334", "3.33333333"]),
  ])
  func `ten in three deliveries is asked for in units that can be paid, and completes`(
    currency: String, dues: [String]
  ) throws {
    let paid = try invoices(of: draft(item("a", "3", discount: "20"), currency: currency), in: ["1", "1", "1"])
    #expect(paid.totals == dues)
    #expect(paid.order.paid == (try money("10")))
    #expect(paid.order.paymentStatus == .paid)
    #expect(paid.order.status == .completed)
  }

  @Test func `price, discount and tax are each rounded once, halves up`() throws {
    // 1.005 × 3 is 3.015: 3.02. The discount of 0.125 is 0.13. A tenth of 2.89 is 0.289: 0.29.
    let order = try placed(draft(item("a", "3", at: "1.005", discount: "0.125", tax: 100_000), currency: "USD"))
    #expect(order.items[0].unitPrice == (try money("1.005")))
    #expect(order.subtotal == (try money("3.02")))
    #expect(order.discount == (try money("0.13")))
    #expect(order.tax == (try money("0.29")))
    #expect(order.total == (try money("3.18")))
    let yen = try placed(draft(item("a", "1", at: "99.5", tax: 100_000), currency: "JPY", discount: "0.5"))
    #expect([yen.subtotal, yen.discount, yen.tax, yen.total].map(\.decimal) == ["100", "1", "10", "109"])
    let dinar = try placed(draft(item("a", "1", at: "0.1235", tax: 50_000), currency: "KWD"))
    #expect([dinar.subtotal, dinar.tax, dinar.total].map(\.decimal) == ["0.124", "0.006", "0.13"])
  }

  @Test func `a discount takes no more off than there is, rounded up too`() throws {
    let order = try placed(draft(item("a", "1", at: "0.014", discount: "0.01"), currency: "USD"))
    #expect(order.total == .zero)
    #expect(
      try refusal { try placed(draft(item("a", "1", at: "0.01", discount: "0.011"), currency: "USD")) }.paths
        == ["items[0].discount"])
    #expect(
      try refusal { try placed(draft(item("a", "1", at: "0.01"), currency: "USD", discount: "0.011")) }.paths
        == ["discount"])
  }

  @Test(
    arguments: [("USD", "0.001", "2"), ("JPY", "0.5", "no"), ("KWD", "0.0001", "3"), ("BTC", nil, "")]
      as [(String, String?, String)])
  func `what cannot be paid is refused as a payment and as an advance`(
    currency: String, part: String?, decimals: String
  ) throws {
    let start = try deliver(placed(draft(item("a", "1", at: "100"), currency: currency)), [("a", "1")], .delivered)
    let change = try Rules.invoice(start.delivery, of: start.order, number: "I", existing: nil, in: context())
    let invoice = try #require(change.insertedInvoice)
    guard let part else {
      let least = try Rules.pay(invoice, amount: Money(units: 1), method: "x", of: change.order, in: context())
      #expect(least.changedInvoice?.due == (try money("99.99999999")))
      return
    }
    let refused = try refusal {
      try Rules.pay(invoice, amount: money(part), method: "x", of: change.order, in: context())
    }
    #expect(refused.kind == .invalid)
    #expect(
      refused.fields == [
        FieldProblem(path: "amount", message: "\(part) cannot be paid: \(currency) has \(decimals) decimals.")
      ])
    let advance = try refusal { try placed(draft(item("a", "1", at: "9"), currency: currency, advance: part)) }
    #expect(advance.paths == ["advance.amount"])
  }

  @Test(arguments: ["0", "0.00000000", "-0"]) func `an advance of nothing is none`(amount: String) throws {
    var wanted = try draft(item("a", "1"), advance: amount)
    wanted.advance?.method = ""
    let order = try placed(wanted)
    #expect(order.advance == nil)
    #expect(order.paid == .zero)
    #expect(order.paymentStatus == .unpaid)
  }

  @Test(arguments: ["ZZZ", "XTS", "AAA"]) func `a currency that nobody knows is refused, with what is known`(
    code: String
  ) throws {
    let refused = try refusal { try placed(draft(item("a", "1"), currency: code)) }
    #expect(refused.paths == ["currency"])
    #expect(refused.detail.contains("ISO 4217") && refused.detail.contains("BTC"))
  }

  @Test func `each currency stands once in the table`() {
    let lists = [
      Currencies.withNone, Currencies.withTwo, Currencies.withThree, Currencies.withFour, Currencies.withoutMinorUnit,
      Currencies.crypto, Currencies.withdrawn,
    ]
    let codes = lists.flatMap(\.self)
    #expect(Set(codes).count == codes.count)
    #expect(codes.allSatisfy { Currency($0) != nil })
    #expect(lists.map(\.count) == [17, 139, 7, 2, 11, 15, 6])
    #expect(["JPY", "USD", "KWD", "CLF", "XAU", "BTC", "BGN"].map { Currency($0)?.decimals } == [0, 2, 3, 4, 8, 8, 2])
    #expect(Currency("ZZZ")?.unit == 1)
  }

  @Test(arguments: 0..<200) func `a running share never steps back, and its steps are whole units`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let allocation = Allocation(decimals: Int.random(in: 0...8, using: &random))
    let whole = Int64.random(in: 0...1_000_000, using: &random) * allocation.unit
    let base = Int64.random(in: 1...Int64.max, using: &random)
    var last: Int64 = 0
    for part in (0..<20).map({ _ in Int64.random(in: 0...base, using: &random) }).sorted() + [base] {
      guard let share = allocation.share(of: whole, part: part, base: base) else {
        Issue.record("no share")
        return
      }
      #expect(share >= last && share % allocation.unit == 0)
      last = share
    }
    #expect(last == whole)
  }
}
