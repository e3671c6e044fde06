import HubContracts
import Orders

/// A list by total or by delivery date, or one by creation that asks for what no index knows. Such an index knows nothing of
/// the filters: where these leave few orders, they are gathered and sorted; where they leave many, the orders are walked
/// along the index, and the filters sieve them.
///
/// A page of a walk with a sieve looks at `SearchLimits.scanned` orders at most. If they do not fill it, it gives what was
/// found and the place to go on from.
struct OrderRanking {
  let filter: OrderFilter
  let limits: SearchLimits
  /// Whose words sieve too.
  var search: OrderSearch?

  init(_ query: OrderQuery, _ limits: SearchLimits) {
    filter = OrderFilter(query: query)
    self.limits = limits
  }

  init(_ search: OrderSearch) {
    filter = search.filter
    limits = search.limits
    self.search = search
  }

  private var query: OrderQuery { filter.query }

  /// Whether anything but the tenant decides what is in the list.
  var isSieved: Bool { search != nil || filter.hasState || filter.needsCount }

  /// The part of the list that a walk's page looks at, if the list goes on behind it.
  struct Reach {
    /// The last order of it.
    let last: OrderCursor
    /// The first one behind it.
    let beyond: OrderCursor
  }

  /// A page out of the index, from the cursor on: one more order than asked for if the list goes on.
  func page(_ reach: Reach?) -> Find {
    Find(
      .orders, limit: query.limit + 1,
      options: {
        writeRange(reach, to: &$0)
        if query.skip > 0 { $0.int64("skip", Int64(query.skip)) }
      },
      filter: {
        filter.write(to: &$0, cursor: false)
        search?.writeWord(to: &$0)
        search?.writeOthers(to: &$0)
        writeUnseen(to: &$0)
      })
  }

  /// The ends of the reach, if the list is as long. With no condition but the range nothing but the index is read.
  var reach: Find {
    Find(
      .orders, limit: 2,
      options: {
        writeRange(nil, to: &$0)
        $0.document("projection") { $0.int32(query.sort.field, 1) }
        $0.int64("skip", Int64(limits.scanned - (beginsAtCursor ? 0 : 1)))
      }, filter: { _ in })
  }

  /// The few orders that the filters leave, sorted.
  var gathered: Find {
    Find(
      .orders, limit: query.limit + 1,
      options: {
        $0.document("sort") { filter.writeOrder(to: &$0) }
        $0.string("hint", filter.index)
        if query.skip > 0 { $0.int64("skip", Int64(query.skip)) }
      },
      filter: {
        filter.write(to: &$0)
        filter.writePlace(to: &$0)
      })
  }

  private var index: StaticString {
    switch query.sort {
    case .createdAt: Indexes.created
    case .total: Indexes.total
    case .deliveryDate: Indexes.deliveryDate
    }
  }

  /// The range of the index as its own two ends, so that a place among many orders of the same key is found at once. The
  /// lower end is in it, the upper one is not.
  private func writeRange(_ reach: Reach?, to writer: inout BSONWriter) {
    let direction: Int32 = query.descending ? -1 : 1
    writer.string("hint", index)
    writer.document("sort") {
      $0.int32("tenantId", direction)
      filter.writeOrder(to: &$0)
    }
    let (lower, upper) = query.descending ? (reach?.last, query.cursor) : (query.cursor, reach?.beyond)
    // An index by creation ends where the dates do that are asked for.
    let (from, before) = query.sort == .createdAt ? (query.from, query.before) : (nil, nil)
    writeEnd("min", lower, from, to: &writer) { $0.minKey($1) }
    writeEnd("max", upper, before, to: &writer) { $0.maxKey($1) }
  }

  /// One end: a place, or a date, before all orders of its moment; or the tenant's own, for which `all` writes a key.
  private func writeEnd(
    _ name: StaticString, _ place: OrderCursor?, _ date: Timestamp?, to writer: inout BSONWriter,
    _ all: (inout BSONWriter, StaticString) -> Void
  ) {
    writer.document(name) { writer in
      writer.tenant("tenantId", query.tenant)
      if let place {
        query.sort.write(place.key, query.sort.field, to: &writer)
        writer.identifier("_id", place.id)
      } else if let date {
        writer.date(query.sort.field, date)
        writer.minKey("_id")
      } else {
        all(&writer, query.sort.field)
        all(&writer, "_id")
      }
    }
  }

  /// Whether the dates and the cursor leave no part of an index by creation, whose two ends the server wants in their order.
  var isOfNothing: Bool {
    guard query.sort == .createdAt else { return false }
    let place = query.cursor?.key.map { Timestamp(millis: $0) }
    let (first, last) = query.descending ? (query.from, place) : (place, nil)
    if let first, let before = query.before, first >= before { return true }
    if let first, let last { return first > last }
    return false
  }

  /// Whether the cursor's own order is the first of the range: it is the lower end where the list ascends.
  private var beginsAtCursor: Bool { query.cursor != nil && !query.descending }

  private func writeUnseen(to writer: inout BSONWriter) {
    guard beginsAtCursor, let cursor = query.cursor else { return }
    writer.document("_id") { $0.identifier("$ne", cursor.id) }
  }
}

extension OrderFilter {
  /// What lies behind the cursor of a list by total or delivery date, where no index tells.
  func writePlace(to writer: inout BSONWriter) {
    guard let cursor = query.cursor, query.sort != .createdAt else { return }
    let sort = query.sort
    let further: StaticString = query.descending ? "$lt" : "$gt"
    var parts: [(inout BSONWriter) -> Void] = [
      {
        sort.write(cursor.key, sort.field, to: &$0)
        $0.document("_id") { $0.identifier(further, cursor.id) }
      }
    ]
    // What has no key stands before all that have one, and no comparison with a key finds it.
    if let key = cursor.key {
      parts.append { $0.document(sort.field) { sort.write(key, further, to: &$0) } }
      if query.descending { parts.append { $0.null(sort.field) } }
    } else if !query.descending {
      parts.append { $0.document(sort.field) { $0.null("$ne") } }
    }
    writer.documents("$or", parts) { $1(&$0) }
  }
}

extension OrderSort {
  /// The field of an order.
  var field: StaticString {
    switch self {
    case .createdAt: "createdAt"
    case .total: "total"
    case .deliveryDate: "deliveryDate"
    }
  }

  func write(_ key: Int64?, _ name: StaticString, to writer: inout BSONWriter) {
    guard let key else { return writer.null(name) }
    switch self {
    case .createdAt, .deliveryDate: writer.date(name, Timestamp(millis: key))
    case .total: writer.int64(name, key)
    }
  }

  /// Reads the place of an order.
  func readPlace(_ reader: inout BSONReader) throws(BSONError) -> OrderCursor {
    let id = try reader.identifier("_id", Order.self)
    return switch self {
    case .createdAt, .deliveryDate: OrderCursor(key: try reader.optionalDate(field)?.millis, id: id)
    case .total: OrderCursor(key: try reader.integer(field), id: id)
    }
  }
}

extension MongoWorker {
  /// A page by total or delivery date, without a search.
  func ranked(_ query: OrderQuery, _ limits: SearchLimits) throws -> OrderPage {
    let ranking = OrderRanking(query, limits)
    guard ranking.isSieved else {
      return OrderPage(try find(ranking.page(nil), Order.read), of: query, total: nil, isCapped: false)
    }
    let filter = ranking.filter
    let candidates = try count(.orders, hint: filter.index, limit: limits.matches + 1) {
      filter.writeCandidates(to: &$0, cursor: false)
    }
    let isCrowded = candidates > limits.matches
    let total = filter.needsCount ? try sievedTotal(ranking, candidates, isCrowded) : nil
    let (orders, end) =
      ranking.isOfNothing
      ? ([], nil) : isCrowded ? try walked(ranking) : (try find(ranking.gathered, Order.read), nil)
    var page = OrderPage(orders, of: query, total: total, isCapped: filter.needsCount && isCrowded)
    if page.next == nil { page.next = end }
    return page
  }

  /// How many there are: all, if they could be gathered; else those among the first of a list by creation.
  private func sievedTotal(_ ranking: OrderRanking, _ candidates: Int64, _ isCrowded: Bool) throws -> Int64 {
    let (filter, limits) = (ranking.filter, ranking.limits)
    guard filter.isSieve else { return min(candidates, Int64(limits.matches)) }
    return try aggregate(
      .orders, hint: filter.index,
      stages: {
        $0.stage("$match") { filter.writeCandidates(to: &$0, cursor: false) }
        if isCrowded {
          $0.stage("$sort") {
            $0.int32("createdAt", filter.query.descending ? -1 : 1)
            $0.int32("_id", filter.query.descending ? -1 : 1)
          }
          $0.stage("$limit", limits.scanned)
        }
        $0.stage("$match") { filter.writeSieve(to: &$0) }
        $0.stage("$limit", limits.matches)
        $0.stage("$group") {
          $0.null("_id")
          $0.document("n") { $0.int64("$sum", 1) }
        }
      }, { row throws(BSONError) in try row.integer("n") }
    ).first ?? 0
  }

  /// What a crowded search finds, by total or delivery date.
  func walk(_ ranking: OrderRanking) throws -> Finding {
    let (orders, end) = try walked(ranking)
    let sort = ranking.filter.query.sort
    return Finding(
      places: orders.map { OrderCursor($0, by: sort) }, total: try ranking.search.map(total) ?? 0, isCapped: true,
      end: end)
  }

  /// The orders of a page, one more than asked for if the list goes on; else the last place that was looked at, if it goes
  /// on behind that.
  private func walked(_ ranking: OrderRanking) throws -> (orders: [Order], end: OrderCursor?) {
    let query = ranking.filter.query
    let ends = try find(ranking.reach, query.sort.readPlace)
    let reach = ends.count == 2 ? OrderRanking.Reach(last: ends[0], beyond: ends[1]) : nil
    let orders = try find(ranking.page(reach), Order.read)
    guard let reach, orders.count <= query.limit else { return (orders, nil) }
    // An order that came in since may stand behind the last one that was looked at.
    let last = orders.last.map { OrderCursor($0, by: query.sort) }
    return (orders, last.map { query.isBefore(reach.last, $0) ? $0 : reach.last } ?? reach.last)
  }

  /// As many as a list by creation finds.
  private func total(of search: OrderSearch) throws -> Int64 {
    var query = search.filter.query
    (query.sort, query.cursor) = (.createdAt, nil)
    var byCreation = OrderSearch(query, lookingUp: search.word, of: [search.word] + search.others, search.limits)
    (byCreation.rule, byCreation.isExact) = (search.rule, search.isExact)
    return try total(of: OrderWalk(search: byCreation))
  }
}
