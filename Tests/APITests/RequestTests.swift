import HubContracts
import HubWire
import OrderDesk
import Orders
import RedisHub
import Testing

@testable import API

@Suite struct RequestTests {
  @Test(arguments: [
    ("page", "0"), ("page", "-1"), ("page", "1e3"), ("page", "9223372036854775808"), ("page", "502"), ("limit", "0"),
    ("limit", "101"), ("limit", "ten"), ("limit", " 5"), ("sort", "Total"), ("sort", "$where"), ("status", "$ne"),
    ("status", "OPEN"), ("status", "open,"), ("status", ",open"), ("status", "open,open"), ("status", "open, open"),
    ("customer", "a b"), ("customer", "zoë"), ("customer", String(repeating: "a", count: 129)), ("sort", "-"),
    ("sort", "--total"), ("sort", "status"), ("cursor", "t5.0123456789abcdef01234567"),
    ("cursor", ".0123456789abcdef01234567"), ("paymentStatus", "yes"), ("status[$ne]", "open"),
    ("startDate", "yesterday"),
    ("startDate", "2026-02-30"), ("endDate", "2026-13-01T00:00:00Z"), ("cursor", "x"), ("cursor", "1.2.3"),
    ("cursor", "99999999999999999999.0123456789abcdef01234567"), ("search", "a"), ("search", "a\u{0}b"),
    ("search", String(repeating: "a", count: 65)), ("tenantId", "shop-2"), ("", "x"),
  ]) func aBadQueryIsRefusedByItsField(name: String, value: String) throws {
    let ada = Actor(tenant: try #require(TenantID("shop-1")), user: try #require(UserID("ada")), role: .employee)
    let refusal = #expect(throws: Refusal.self) {
      _ = try ListRequest([(Text(name), Text(value))], actor: ada, workflows: .builtIn, startOfDay: midnight)
    }
    #expect(refusal?.kind == .invalid)
    #expect(refusal?.code == "validation_failed")
    #expect(refusal?.fields.map(\.path) == [name])
  }

  @Test(arguments: ["王", "é", "ab", "24", "\u{1f6d2}"])
  func aSearchOfOneCharacterMayBeAName(value: String) throws {
    let ada = Actor(tenant: try #require(TenantID("shop-1")), user: try #require(UserID("ada")), role: .employee)
    let request = try ListRequest([("search", Text(value))], actor: ada, workflows: .builtIn, startOfDay: midnight)
    #expect(request.query.search == Text(value))
  }

  @Test func everythingWrongIsSaidAtOnceAndTwiceIsWrong() throws {
    let ada = Actor(tenant: try #require(TenantID("shop-1")), user: try #require(UserID("ada")), role: .employee)
    let refusal = #expect(throws: Refusal.self) {
      _ = try ListRequest(
        [("limit", "5"), ("limit", "6"), ("page", "x"), ("status", "?")], actor: ada, workflows: .builtIn,
        startOfDay: midnight)
    }
    #expect(Set(refusal?.fields.map(\.path) ?? []) == ["limit", "page", "status"])
  }

  @Test func aGoodQueryIsReadWhole() throws {
    let cleo = Actor(tenant: try #require(TenantID("shop-1")), user: try #require(UserID("cleo")), role: .customer)
    let request = try ListRequest(
      [
        ("search", "grace"), ("status", "open"), ("paymentStatus", "paid"), ("startDate", "2026-01-01"),
        ("endDate", "2026-01-31"), ("page", "3"), ("limit", "50"), ("sort", "createdAt"),
      ], actor: cleo, workflows: .builtIn, startOfDay: midnight)
    var expected = OrderQuery(
      tenant: cleo.tenant, customerID: "cleo", search: "grace", statuses: [DeliveryWorkflow.State.open])
    expected.states = Workflows.builtIn.standings
    expected.paymentStatus = .paid
    expected.from = Timestamp(millis: 1_767_225_600_000)
    expected.before = Timestamp(millis: 1_769_904_000_000)
    (expected.descending, expected.limit, expected.skip) = (false, 50, 100)
    #expect(request.query == expected)
    #expect(request.page == 3)
  }

  @Test(arguments: [
    ("-createdAt", OrderSort.createdAt, true), ("createdAt", .createdAt, false), ("-total", .total, true),
    ("total", .total, false), ("-deliveryDate", .deliveryDate, true), ("deliveryDate", .deliveryDate, false),
  ]) func aListIsSortedBothWaysAndGoesOnAtItsOwnCursors(word: String, sort: OrderSort, descending: Bool) throws {
    let ada = Actor(tenant: try #require(TenantID("shop-1")), user: try #require(UserID("ada")), role: .employee)
    let id = OrderID(high: 7, low: 9)
    for key in [0, -5, .max, nil] as [Int64?] where key != nil || sort == .deliveryDate {
      let cursor = OrderCursor(key: key, id: id)
      let pairs = [("sort", Text(word)), ("cursor", Text(cursor.text(sort)))] as [(name: Text, value: Text)]
      let query = try ListRequest(pairs, actor: ada, workflows: .builtIn, startOfDay: midnight).query
      #expect(
        query == OrderQuery(tenant: ada.tenant, sort: sort, descending: descending, cursor: cursor), "\(cursor)")
      // A place in a list of another order means nothing here.
      for other in OrderSort.allCases where other != sort {
        #expect(OrderCursor(text: Text(cursor.text(sort)), other) == nil)
      }
    }
    for text in ["t.0123456789abcdef01234567", "d1.2", "d.", "dx.0123456789abcdef01234567"] as [Text] {
      for sort in OrderSort.allCases { #expect(OrderCursor(text: text, sort) == nil, "\(text)") }
    }
  }

  @Test func severalStatusesStandBetweenCommasAndTheStaffNameACustomer() throws {
    let ada = Actor(tenant: try #require(TenantID("shop-1")), user: try #require(UserID("ada")), role: .employee)
    let cleo = Actor(tenant: ada.tenant, user: try #require(UserID("cleo")), role: .customer)
    func query(_ pairs: [(name: Text, value: Text)], _ actor: Actor) throws -> OrderQuery {
      try ListRequest(pairs, actor: actor, workflows: .builtIn, startOfDay: midnight).query
    }
    #expect(try query([("status", "completed,open")], ada).statuses.map(\.rawValue) == ["completed", "open"])
    #expect(try query([("status", "")], ada).statuses.isEmpty)
    #expect(try query([("customer", "cleo")], ada).customerID == "cleo")
    #expect(try query([], ada).customerID == nil)
    // A customer may say what holds in any case, and nothing else.
    #expect(try query([], cleo).customerID == "cleo")
    #expect(try query([("customer", "cleo")], cleo).customerID == "cleo")
    for name in ["grace", "CLEO", "no one"] as [Text] {
      let refusal = #expect(throws: Refusal.self) { try query([("customer", name)], cleo) }
      #expect(refusal?.fields.map(\.path) == ["customer"], "\(name)")
    }
    let twice = #expect(throws: Refusal.self) { try query([("status", "open"), ("status", "delivered")], ada) }
    #expect(twice?.fields.map(\.path) == ["status"])
  }

  @Test func aWalkByCursorSeesNoneTwiceAndAllThatWasThere() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let token = try shop.token(.employee)
      var there: Set<String> = []
      for _ in 0..<23 { there.insert(try await place(api, token)) }
      for sort in ["-createdAt", "createdAt"] {
        var seen: [String] = []
        var cursor = ""
        for _ in 0..<40 {
          let page = try await api.ask(
            .get, "/api/orders", token: token, query: [("limit", "4"), ("sort", sort), ("cursor", cursor)])
          #expect(page.status == 200)
          seen += page.json["orders"]?.items.compactMap { $0["id"]?.text } ?? []
          // Orders come in while somebody walks, but fewer than are walked over.
          if seen.count < 23 { there.formUnion(sort == "createdAt" ? [try await place(api, token)] : []) }
          if sort == "-createdAt" { _ = try await place(api, token) }
          guard let next = page.json["pagination"]?["nextCursor"]?.text else { break }
          cursor = next
        }
        #expect(Set(seen).count == seen.count)
        #expect(there.isSubset(of: seen), "\(sort): \(there.subtracting(seen).count) were skipped")
      }
    }
  }

  @Test func listsThatGoOnAfterAnIDRefuseWhatIsNone() async throws {
    try await withShop { shop in
      let api = try await shop.process()
      let token = try shop.token(.admin)
      let answer = try await api.ask(.get, "/api/deliveries/today", token: token, query: [("after", "x")])
      #expect(answer.status == 422)
      #expect(answer.json["errors"]?.items.map { $0["field"]?.text } == ["after"])
    }
  }

  /// Through MongoDB and Redis: to each of them two spellings of a letter are two keys.
  @Test(arguments: [true, false]) func oneProductInTwoSpellingsIsTwo(hasRedis: Bool) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: hasRedis)
      let token = try shop.token(.employee)
      let (composed, decomposed): (Text, Text) = ("caf\u{e9}", "cafe\u{301}")
      let items = [(composed, 2), (decomposed, 3)].map { #"{"productId":"\#($0)","quantity":\#($1),"unitPrice":1}"# }
      let placed = try await api.ask(
        .post, "/api/orders", token: token,
        body: #"{"customer":{"name":"Ann"},"items":[\#(items.joined(separator: ","))]}"#)
      #expect(placed.status == 201)
      let id = try #require(placed.json["order"]?["id"]?.text)
      func remaining() async throws -> JSON? {
        try await api.ask(.get, "/api/orders/\(id)/remaining", token: token).json["remaining"]
      }
      #expect(try await remaining()?[composed]?["remaining"] == .number("2"))
      #expect(try await remaining()?[decomposed]?["remaining"] == .number("3"))
      let body = #"{"items":[{"productId":"\#(decomposed)","quantity":3}]}"#
      let delivered = try await api.ask(.post, "/api/orders/\(id)/deliveries", token: token, body: body)
      #expect(delivered.status == 201)
      #expect(try await remaining()?[composed]?["remaining"] == .number("2"))
      #expect(try await remaining()?[decomposed]?["remaining"] == .number("0"))
    }
  }

  @Test(arguments: [
    ("Content-Type", "application/json", true), ("content-type", "Application/JSON", true),
    ("Content-Type", "application/json; charset=utf-8", true), ("Content-Type", "application/json ;v=1", true),
    ("Content-Encoding", "identity", true), ("Content-Type", "application/jsonx", false),
    ("Content-Type", "application/json-patch+json", false), ("Content-Type", "application/json, text/plain", false),
    ("Content-Type", "text/plain", false), ("Content-Type", "", false), ("Content-Encoding", "gzip", false),
    ("content-encoding", "identity, gzip", false),
  ]) func onlyPlainJSONIsRead(name: String, value: String, isRead: Bool) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let order = #"{"customer":{"name":"G"},"items":[{"productId":"A","quantity":1,"unitPrice":1}]}"#
      let answer = try await api.ask(
        .post, "/api/orders", token: shop.token(.employee), body: order, further: [(name, value)])
      #expect(answer.status == (isRead ? 201 : 415))
      if !isRead { #expect(answer.code == "unsupported_media_type") }
    }
  }

  @Test(arguments: [
    (#"{"items":[{"productId":"A","quantity":1}]}"#, "customer"),
    (#"{"customer":{"name":"G"},"items":[]}"#, "items"),
    (#"{"customer":{"name":"G"},"items":[{"productId":"A","quantity":0,"unitPrice":1}]}"#, "items[0].quantity"),
    (#"{"customer":{"name":"G"},"items":[{"productId":"A","quantity":1e400,"unitPrice":1}]}"#, "items[0].quantity"),
    (#"{"customer":{"name":"G"},"items":[{"productId":{"$gt":""},"quantity":1,"unitPrice":1}]}"#, "items[0].productId"),
  ]) func oneCodeNamesAllBodiesThatAreNotValid(body: String, field: String) async throws {
    try await withShop { shop in
      let api = try await shop.process(hasRedis: false)
      let answer = try await api.ask(.post, "/api/orders", token: shop.token(.employee), body: body)
      #expect(answer.status == 422)
      #expect(answer.code == "validation_failed")
      #expect(answer.json["errors"]?.items.compactMap { $0["field"]?.text }.contains(field) == true)
    }
  }

  @Test(arguments: ["[]", "1", #""x""#, "null"]) func aBodyThatIsNoObjectIsOneProblem(body: String) throws {
    let json = try JSONParser.parse(Array(body.utf8))
    let currency = try #require(Currency("USD"))
    let staff = Actor(
      tenant: try #require(TenantID("north")), user: try #require(UserID("ada")), role: .employee)
    let readings: [() throws -> Void] = [
      { _ = try OrderDraft.read(json, by: staff, currency: currency, startOfDay: midnight, asked: []) },
      { _ = try DeliveryDraft(json, startOfDay: midnight) }, { _ = try CreditDraft(json) },
      { _ = try StatusRequest(json) },
      { _ = try PaymentRequest(json) }, { _ = try LoginRequest(json) }, { _ = try RefreshRequest(json) },
      { _ = try ProductDraft.read(json) }, { _ = try ProductChange(json) }, { _ = try StockMovement(json) },
    ]
    for read in readings {
      let refusal = #expect(throws: Refusal.self) { try read() }
      #expect(refusal?.fields.map(\.path) == ["body"])
    }
  }

  @Test func aRowThatIsNoObjectIsOneProblem() throws {
    let json = try JSONParser.parse(Array(#"{"items":[[],{"itemId":5},{}]}"#.utf8))
    let refusal = #expect(throws: Refusal.self) { _ = try DeliveryDraft(json, startOfDay: midnight) }
    #expect(
      refusal?.fields.map(\.path) == [
        "items[0]", "items[1].itemId", "items[1].quantity", "items[2].quantity", "items[2]",
      ])
  }
}

/// Makes an order; its id.
func place(_ api: OrderAPI, _ token: String, customer: String? = nil, units: Int = 5) async throws -> String {
  let id = customer.map { #","id":"\#($0)""# } ?? ""
  let answer = try await api.ask(
    .post, "/api/orders", token: token,
    body: #"{"customer":{"name":"Grace"\#(id)},"items":[{"productId":"A","quantity":\#(units),"unitPrice":3}]}"#)
  #expect(answer.status == 201)
  return try #require(answer.json["order"]?["id"]?.text)
}

private let midnight: DayStart = { Timestamp(millis: $0.dayNumber * 86_400_000) }
