import HubContracts
import Orders
import Spelling

/// What a search found: places of orders, in order, one more than asked for if the list goes on.
struct Finding {
  var places: [OrderCursor]
  var total: Int64
  var isCapped: Bool
  /// The last order looked at, where not all could be.
  var end: OrderCursor?
}

/// By which rule the words of orders were made.
enum WordRule {
  /// `SearchWords`.
  case today
  /// `FormerSearchWords`; see `SearchRenewer`.
  case former
}

/// A question's words, by either rule, and the invoice that it may name.
struct Question {
  let words: [Text]
  let former: [Text]
  let invoice: Text?

  init(_ text: Text) {
    words = SearchWords.ofQuestion(text)
    former = FormerSearchWords.ofQuestion(text)
    invoice = SearchWords.invoiceNumber(in: text)
  }

  var isSameByBothRules: Bool { Set(words) == Set(former) }
}

extension OrderQuery {
  /// Whether one order stands before another in the list.
  func isBefore(_ one: OrderCursor, _ other: OrderCursor) -> Bool {
    let (one, other) = descending ? (other, one) : (one, other)
    // What has no key stands before all that have one.
    let (left, right) = (one.key ?? .min, other.key ?? .min)
    return (left, one.id.high, one.id.low) < (right, other.id.high, other.id.low)
  }

  /// The same from its beginning on: what is passed over may be of any of several searches.
  var fromItsBeginning: OrderQuery {
    var query = self
    (query.skip, query.limit) = (0, skip + limit)
    return query
  }
}

extension MongoWorker {
  /// The orders of what was found, as a page.
  func page(_ query: OrderQuery, _ found: Finding) throws -> OrderPage {
    var page = OrderPage(
      try orders(found.places.map(\.id)), of: query, total: found.total, isCapped: found.isCapped)
    if page.next == nil { page.next = found.end }
    return page
  }

  /// What a question finds.
  func search(_ query: OrderQuery, _ question: Question, isRenewed: Bool, _ limits: SearchLimits) throws -> Finding {
    let ofInvoice = try question.invoice.flatMap { try self.search(query, invoice: $0) }
    if ofInvoice == nil, isRenewed { return try search(query, words: question.words, limits) }
    let all = query.fromItsBeginning
    // Those of each rule are asked for in its own words, and no order is of both.
    let findings =
      isRenewed
      ? [try search(all, words: question.words, limits)]
      : [
        try search(all, words: question.words, rule: .today, limits),
        try search(all, words: question.former, rule: .former, limits),
      ]
    return Finding.merged(findings + (ofInvoice.map { [$0] } ?? []), for: query)
  }

  /// The order that an invoice is of, unless it is found by its own number; nil if there is none that fits.
  private func search(_ query: OrderQuery, invoice: Text) throws -> Finding? {
    let id = try findOne(.invoices, { invoice throws(BSONError) in try invoice.identifier("orderId", Order.self) }) {
      $0.tenant("tenantId", query.tenant)
      $0.string("number", invoice)
    }
    guard let id else { return nil }
    let filter = OrderFilter(query: query)
    let order = try findOne(.orders, Order.read) {
      $0.identifier("_id", id)
      filter.write(to: &$0, cursor: false)
    }
    let own = Text(decoding: invoice.utf8.dropFirst("INV".utf8.count))
    guard let order, !Text(order.number).hasSuffix(own) else { return nil }
    let place = OrderCursor(order, by: query.sort)
    let isSeen = query.cursor.map { !query.isBefore($0, place) } ?? false
    return Finding(places: isSeen ? [] : [place], total: 1, isCapped: false)
  }
}

extension Finding {
  /// Several as one, no order of which is in two; each from the beginning of the list on.
  fileprivate static func merged(_ findings: [Finding], for query: OrderQuery) -> Finding {
    // Behind the place that one of them did not look past, nothing is known to follow.
    let end = findings.compactMap(\.end).min(by: query.isBefore)
    let places = findings.flatMap(\.places).sorted(by: query.isBefore).filter { place in
      end.map { !query.isBefore($0, place) } ?? true
    }
    return Finding(
      places: Array(places.dropFirst(query.skip).prefix(query.limit + 1)),
      total: findings.reduce(0) { $0 + $1.total }, isCapped: findings.contains(where: \.isCapped), end: end)
  }
}
