import HubContracts
import HubWire
import Orders
import Testing

@Suite struct TallySumTests {
  private func shard(_ counts: [Text: Int64]) throws -> TallyShard {
    let tenant = try #require(TenantID("t"))
    return TallyShard(scope: TallyScope(tenant: tenant, kind: .orders), shard: 0, revision: 1, counts: counts)
  }

  @Test func sumsShardsOfWhichOneMayBeNegative() throws {
    let sum = TallySum([
      try shard(["open|unpaid": 5, "delivered|paid": 1]), try shard(["open|unpaid": -2, "open|paid": 1]),
    ])
    #expect(sum.orders(status: nil, payment: nil) == 5)
    #expect(sum.orders(status: Status(rawValue: "open"), payment: nil) == 4)
    #expect(sum.orders(status: nil, payment: .unpaid) == 3)
    #expect(sum.orders(status: Status(rawValue: "open"), payment: .paid) == 1)
  }

  @Test func staysAtTheLargestNumberInsteadOfOverflowing() throws {
    let sum = TallySum([try shard(["value": .max]), try shard(["value": 5])])
    #expect(sum.counts["value"] == .max)
  }

  @Test func showsTheCountersUnderTheirNames() throws {
    let json = TallySum([try shard(["open|unpaid": 3, "completed|paid": 2, "cancelled|unpaid": 1])])
      .ordersJSON(.builtIn)
    let read = try JSONParser.parse(json)
    #expect(read["totalOrders"] == .number("6"))
    #expect(read["openOrders"] == .number("3"))
    #expect(read["completedOrders"] == .number("2"))
    #expect(read["cancelledOrders"] == .number("1"))
    #expect(read["unpaidOrders"] == .number("3"))
    #expect(read["byPhase"]?["closed"] == .number("2"))
    #expect(read["byStatus"]?["open"] == .number("3"))
  }

  @Test func theWorthIsToldByCurrencyAndTheSingleFigureIsTheTenantsOwn() throws {
    let usd = try #require(Currency("USD"))
    let sum = TallySum([
      try shard(["value:USD": 60, "fraction:USD": 50_000_000, "value:JPY": 10_000, "delivered": 2]),
      try shard(["value:USD": 39, "fraction:USD": 50_000_000, "pending": 1, "value:EUR": 5]),
      try shard(["value:EUR": -5]),
    ])
    let read = try JSONParser.parse(sum.deliveriesJSON(own: usd))
    #expect(read["totalValue"] == .number("100"))
    #expect(
      read["totals"]
        == .array([
          .object([.init(name: "currency", value: .string("JPY")), .init(name: "value", value: .number("10000"))]),
          .object([.init(name: "currency", value: .string("USD")), .init(name: "value", value: .number("100"))]),
        ]))
    #expect(read["count"] == .number("3"))
    let none = try JSONParser.parse(TallySum([]).deliveriesJSON(own: usd))
    #expect(none["totalValue"] == .number("0"))
    #expect(none["totals"] == .array([]))
  }

  @Test func whatOlderVersionsCountedIsOfTheTenantsOwnCurrency() throws {
    let usd = try #require(Currency("USD"))
    let sum = TallySum([try shard(["value": 5, "valueFraction": 25_000_000, "value:USD": 2, "value:JPY": 7])])
    let read = try JSONParser.parse(sum.deliveriesJSON(own: usd))
    #expect(read["totalValue"] == .number("7.25"))
    guard case .array(let totals)? = read["totals"] else {
      Issue.record("there are no totals")
      return
    }
    #expect(totals.map { $0["value"] } == [.number("7"), .number("7.25")])
  }

  @Test(arguments: [
    (7, 50_000_000, "7.5"), (7, -50_000_000, "6.5"), (7, 250_000_000, "9.5"), (0, 0, "0"), (3, -300_000_000, "0"),
  ])
  func showsTheWorthExactly(_ whole: Int64, _ fraction: Int64, _ text: String) throws {
    let own = try #require(Currency("EUR"))
    let json = TallySum([try shard(["value:EUR": whole, "fraction:EUR": fraction])]).deliveriesJSON(own: own)
    #expect(try JSONParser.parse(json)["totalValue"] == .number(Text(text)))
  }
}
