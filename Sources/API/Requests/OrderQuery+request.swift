import HubContracts
import HubWire
import Orders

/// What `GET /api/orders` asks for.
struct ListRequest {
  var query: OrderQuery
  var page: Int

  /// Reads the query's pairs; whatever is not a plain value of a known name is refused.
  init(
    _ pairs: [(name: Text, value: Text)], actor: Actor, statuses: [Status], startOfDay: DayStart
  ) throws(Refusal) {
    var problems = BodyProblems()
    var values = QueryValues(pairs, known: Self.names, &problems)
    var query = OrderQuery(tenant: actor.tenant)
    if actor.role.sight != .business { query.customerID = actor.user.name }
    query.search = values.searchText("search", limit: 64, &problems)
    query.status = values.choice("status", statuses.map(\.rawValue), &problems).map(Status.init(rawValue:))
    query.paymentStatus = values.choice("paymentStatus", PaymentStatus.allCases.map(\.rawValue), &problems)
      .flatMap { PaymentStatus(Text($0)) }
    query.from = values.time("startDate", &problems)?.start(startOfDay)
    query.before = values.time("endDate", &problems)?.end(startOfDay)
    query.limit = values.integer("limit", 1...100, &problems) ?? 20
    page = values.integer("page", 1...1_000_000, &problems) ?? 1
    query.newestFirst = values.choice("sort", Self.orders, &problems) != "createdAt"
    if let text = values.take("cursor") {
      query.cursor = OrderCursor(text: text)
      if query.cursor == nil { problems.add("cursor", "is not one that a page gave as nextCursor") }
    } else {
      query.skip = (page - 1) * query.limit
      if query.skip > OrderQuery.skipLimit {
        problems.add(
          "page", "pages reach to the \(OrderQuery.skipLimit)th order; go on from there with cursor=nextCursor")
      }
    }
    try problems.check()
    self.query = query
  }

  /// The orders in which a list may come; the first one if none is named.
  static let orders = ["-createdAt", "createdAt"]

  static let names: [Text] = [
    "search", "status", "paymentStatus", "startDate", "endDate", "page", "limit", "sort", "cursor",
  ]
}

/// The values of a query by name: each at most once, and only known names.
struct QueryValues {
  private var values: [Text: Text] = [:]

  init(_ pairs: [(name: Text, value: Text)], known: [Text], _ problems: inout BodyProblems) {
    for (name, value) in pairs {
      guard known.contains(name) else {
        let list = known.isEmpty ? "none" : known.map(\.string).joined(separator: ", ")
        problems.add(name.start(64), "is not known here; known are: \(list)")
        continue
      }
      if values.updateValue(value, forKey: name) != nil { problems.add(name.string, "stands twice") }
    }
  }

  /// The value, if there is one that is not empty.
  mutating func take(_ name: Text) -> Text? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// A text to search for: of ASCII at least two characters, for one fits nearly everybody; of others one may be a name.
  mutating func searchText(_ name: Text, limit: Int, _ problems: inout BodyProblems) -> Text? {
    guard let value = take(name) else { return nil }
    // A character has at most four bytes, so what is longer is not counted.
    if value.utf8.count <= 4 * limit, value.utf8.count >= 2, value.string.unicodeScalars.count <= limit,
      !value.utf8.contains(where: { $0 < 0x20 })
    {
      return value
    }
    problems.add(name.string, "2 to \(limit) characters were expected, or one that is not of ASCII")
    return nil
  }

  mutating func choice(_ name: Text, _ choices: [String], _ problems: inout BodyProblems) -> String? {
    guard let value = take(name) else { return nil }
    if let choice = choices.first(where: { Text($0) == value }) { return choice }
    problems.add(name.string, "\"\(value.start(40))\" is not known; known are \(choices.joined(separator: ", "))")
    return nil
  }

  mutating func integer(_ name: Text, _ range: ClosedRange<Int>, _ problems: inout BodyProblems) -> Int? {
    guard let value = take(name) else { return nil }
    if value.utf8.count <= 20, let number = Int(value.string), range.contains(number) { return number }
    problems.add(name.string, "a whole number from \(range.lowerBound) to \(range.upperBound) was expected")
    return nil
  }

  /// A moment, or a date alone.
  mutating func time(_ name: Text, _ problems: inout BodyProblems) -> WrittenTime? {
    guard let value = take(name) else { return nil }
    if let time = WrittenTime(value) { return time }
    problems.add(name.string, "a time such as 2026-11-20T09:30:00Z or a date such as 2026-11-20 was expected")
    return nil
  }
}

extension OrderCursor {
  /// Milliseconds, a dot, the order's id.
  var text: String { "\(createdAt.millis).\(id)" }

  init?(text: Text) {
    guard text.utf8.count <= 64 else { return nil }
    let parts = text.split(on: UInt8(ascii: "."))
    guard parts.count == 2, let millis = Int64(parts[0].string), let id = OrderID(parts[1]) else { return nil }
    self.init(createdAt: Timestamp(millis: millis), id: id)
  }
}
