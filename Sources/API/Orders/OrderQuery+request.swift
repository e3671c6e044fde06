import HubContracts
import HubWire
import Orders

/// What `GET /api/orders` asks for.
struct ListRequest {
  var query: OrderQuery
  var page: Int

  /// Reads the query's pairs; whatever is not a plain value of a known name is refused.
  init(
    _ pairs: [(name: Text, value: Text)], actor: Actor, workflows: Workflows, startOfDay: DayStart
  ) throws(Refusal) {
    var problems = FieldProblems()
    var values = QueryValues(pairs, known: Self.names, &problems)
    var query = OrderQuery(tenant: actor.tenant)
    query.of = values.orders(of: actor, &problems)
    query.search = values.searchText("search", limit: 64, &problems)
    query.workflow = values.choice("workflow", workflows.names.map(\.rawValue.string), &problems)
      .map { WorkflowName(rawValue: Text($0)) }
    // Its words, if one is named that there is; else those of all.
    let named = query.workflow.flatMap { workflows[$0] }
    let statuses = named.map { $0.definition.states.map(\.status) } ?? workflows.statuses
    query.statuses = values.choices("status", statuses.map(\.rawValue), &problems).map(Status.init(rawValue:))
    query.phases = values.choices("phase", Phase.allCases.map(\.rawValue), &problems).compactMap { Phase(Text($0)) }
    query.fulfilment = values.choice("fulfilment", Fulfilment.allCases.map(\.rawValue), &problems)
      .flatMap { Fulfilment(Text($0)) }
    query.paymentStatus = values.choice("paymentStatus", PaymentStatus.allCases.map(\.rawValue), &problems)
      .flatMap { PaymentStatus(Text($0)) }
    query.from = values.time("startDate", &problems)?.start(startOfDay)
    query.before = values.time("endDate", &problems)?.end(startOfDay)
    query.limit = values.integer("limit", 1...100, &problems) ?? 20
    page = values.integer("page", 1...1_000_000, &problems) ?? 1
    (query.sort, query.descending) = values.order(&problems)
    query.cursor = values.cursor(&problems) { [sort = query.sort] in OrderCursor(text: $0, sort) }
    if query.cursor == nil {
      query.skip = (page - 1) * query.limit
      if query.skip > OrderQuery.skipLimit {
        problems.add(
          "page", "pages reach to the \(OrderQuery.skipLimit)th order; go on from there with cursor=nextCursor")
      }
    }
    if query.namesStates || query.paymentStatus != nil { query.states = workflows.standings }
    try problems.refuse()
    self.query = query
  }

  static let names: [Text] = [
    "search", "customer", "workflow", "status", "phase", "fulfilment", "paymentStatus", "startDate", "endDate", "page",
    "limit", "sort", "cursor",
  ]
}

/// The values of a query by name: each at most once, and only known names.
struct QueryValues {
  private var values: [Text: Text] = [:]

  init(_ pairs: [(name: Text, value: Text)], known: [Text], _ problems: inout FieldProblems) {
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
  mutating func searchText(_ name: Text, limit: Int, _ problems: inout FieldProblems) -> Text? {
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

  mutating func choice(_ name: Text, _ choices: [String], _ problems: inout FieldProblems) -> String? {
    guard let value = take(name) else { return nil }
    if let choice = choices.first(where: { Text($0) == value }) { return choice }
    problems.add(name.string, "\"\(value.start(40))\" is not known; known are \(choices.joined(separator: ", "))")
    return nil
  }

  /// One or more of some words, between commas.
  mutating func choices(_ name: Text, _ choices: [String], _ problems: inout FieldProblems) -> [String] {
    guard let value = take(name) else { return [] }
    var chosen: [Text] = []
    // Each stands once, so that no more are looked at than there are.
    for word in value.split(on: UInt8(ascii: ",")) {
      guard choices.contains(where: { Text($0) == word }) else {
        let known = "known are \(choices.joined(separator: ", ")); several stand between commas"
        problems.add(name.string, "\"\(word.start(40))\" is not known; \(known)")
        return []
      }
      guard !chosen.contains(word) else {
        problems.add(name.string, "\"\(word)\" stands twice")
        return []
      }
      chosen.append(word)
    }
    return chosen.map(\.string)
  }

  /// Whose orders are asked for: a customer's, by the staff; who does not see all of them asks for its own, whatever it
  /// says.
  fileprivate mutating func orders(of actor: Actor, _ problems: inout FieldProblems) -> OrdersOf? {
    let value = take("customer")
    if let own = actor.orders {
      if let value, own != .customer(value) {
        problems.add("customer", "a \(actor.role.rawValue) sees its own orders only; leave it out")
      }
      return own
    }
    guard let value else { return nil }
    if let id = UserID(value) { return .customer(id.name) }
    problems.add("customer", "a customer's id was expected: 1 to 128 printable ASCII characters without spaces")
    return nil
  }

  /// What a list of orders is sorted by, and whether it descends: as a minus before the name says.
  fileprivate mutating func order(_ problems: inout FieldProblems) -> (OrderSort, descending: Bool) {
    let chosen = choice("sort", OrderSort.words, &problems).map { Text($0) } ?? "-createdAt"
    let descending = chosen.hasPrefix("-")
    return (OrderSort(descending ? Text(decoding: chosen.utf8.dropFirst()) : chosen) ?? .createdAt, descending)
  }

  /// The place that a page ended at, of which `read` makes sense.
  mutating func cursor<Place>(_ problems: inout FieldProblems, _ read: (Text) -> Place?) -> Place? {
    guard let text = take("cursor") else { return nil }
    let place = text.utf8.count <= 64 ? read(text) : nil
    if place == nil { problems.add("cursor", "is not one that a page of this list gave as nextCursor") }
    return place
  }

  mutating func integer(_ name: Text, _ range: ClosedRange<Int>, _ problems: inout FieldProblems) -> Int? {
    guard let value = take(name) else { return nil }
    if value.utf8.count <= 20, let number = Int(value.string), range.contains(number) { return number }
    problems.add(name.string, "a whole number from \(range.lowerBound) to \(range.upperBound) was expected")
    return nil
  }

  /// A moment, or a date alone.
  mutating func time(_ name: Text, _ problems: inout FieldProblems) -> WrittenTime? {
    guard let value = take(name) else { return nil }
    if let time = WrittenTime(value) { return time }
    problems.add(name.string, "a time such as 2026-11-20T09:30:00Z or a date such as 2026-11-20 was expected")
    return nil
  }
}

extension OrderCursor {
  /// The key, a dot, the order's id; before them the letter of the order that it is a place in.
  func text(_ sort: OrderSort) -> String { "\(sort.letter)\(key.map { "\($0)" } ?? "").\(id)" }

  /// Nil for a place in a list of another order.
  init?(text: Text, _ sort: OrderSort) {
    guard text.hasPrefix(sort.letter) else { return nil }
    let parts = Text(decoding: text.utf8.dropFirst(sort.letter.utf8.count)).split(on: UInt8(ascii: "."))
    guard parts.count == 2, let id = OrderID(parts[1]) else { return nil }
    let key = Int64(parts[0].string)
    guard key != nil || parts[0].isEmpty && sort == .deliveryDate else { return nil }
    self.init(key: key, id: id)
  }
}

extension OrderSort {
  /// By creation there is none: cursors of before there were other orders are still good.
  fileprivate var letter: Text {
    switch self {
    case .createdAt: ""
    case .total: "t"
    case .deliveryDate: "d"
    }
  }
}

extension OrderSort {
  /// How a request names each, falling and rising.
  static let words = allCases.map(\.rawValue).flatMap { ["-\($0)", $0] }
}
