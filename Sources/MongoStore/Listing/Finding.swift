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

/// A question's words, by either rule.
struct Question {
  let words: [Text]
  let former: [Text]

  init(_ text: Text) {
    words = SearchWords.ofQuestion(text)
    former = FormerSearchWords.ofQuestion(text)
  }

  var isSameByBothRules: Bool { Set(words) == Set(former) }
}

extension OrderCursor {
  static func read(_ reader: inout BSONReader) throws(BSONError) -> OrderCursor {
    let id = try reader.identifier("_id", Order.self)
    return OrderCursor(createdAt: try reader.date("createdAt"), id: id)
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

  /// A search while the words of orders are renewed: those of each rule are asked for in its own words, and no order is
  /// of both.
  func searchByBothRules(_ query: OrderQuery, _ question: Question, _ limits: SearchLimits) throws -> Finding {
    var all = query
    // What is passed over may be of either.
    (all.skip, all.limit) = (0, query.skip + query.limit)
    let today = try search(all, words: question.words, rule: .today, limits)
    let former = try search(all, words: question.former, rule: .former, limits)
    let isBefore = { (one: OrderCursor, other: OrderCursor) in
      let (one, other) = query.newestFirst ? (other, one) : (one, other)
      return (one.createdAt, one.id.high, one.id.low) < (other.createdAt, other.id.high, other.id.low)
    }
    // Behind the place that one of them did not look past, nothing is known to follow.
    let end = [today.end, former.end].compactMap(\.self).min(by: isBefore)
    let places = (today.places + former.places).sorted(by: isBefore).filter { place in
      end.map { !isBefore($0, place) } ?? true
    }
    return Finding(
      places: Array(places.dropFirst(query.skip).prefix(query.limit + 1)), total: today.total + former.total,
      isCapped: today.isCapped || former.isCapped, end: end)
  }
}
