public import HubContracts
public import Orders

extension MongoStore: StockStore {
  /// What each of these orders holds; one that no step moved stock of is left out. At most 500 ids.
  public func holdings(of orders: [OrderID]) async throws(StoreError) -> [OrderID: StockHoldings] {
    guard orders.count <= Self.idLimit else {
      throw .broken("\(orders.count) ids at once; \(Self.idLimit) are allowed")
    }
    guard !orders.isEmpty else { return [:] }
    return try await read { try $0.holdingsByOrder(orders) }
  }

  /// A product's open reservations, those of the newest orders first.
  public func reservations(_ query: ReservationQuery) async throws(StoreError) -> ReservationPage {
    try await reservations(query, rows: ReservationQuery.rowLimit)
  }

  /// The same, looking at so many rows.
  func reservations(_ query: ReservationQuery, rows: Int) async throws(StoreError) -> ReservationPage {
    let limit = try Self.page(query.limit)
    return try await read { worker in
      var (sums, next) = try worker.reservationSums(query, rows: rows)
      var open = sums.filter { $0.quantity > .zero }
      if open.count > limit {
        open.removeLast(open.count - limit)
        next = open.last?.orderID
      }
      let numbers = try worker.numbers(of: open.map(\.orderID))
      for index in open.indices { open[index].orderNumber = numbers[open[index].orderID] }
      return ReservationPage(reservations: open, next: next)
    }
  }
}

extension MongoWorker {
  /// What each of these orders holds; one that no step moved stock of is left out.
  func holdingsByOrder(_ orders: [OrderID]) throws -> [OrderID: StockHoldings] {
    var found: [OrderID: StockHoldings] = [:]
    for (order, product, holding) in try holdings(of: orders) {
      found[order, default: StockHoldings()][product] = holding
    }
    return found
  }

  private func holdings(of orders: [OrderID]) throws -> [(OrderID, Text, StockHolding)] {
    try aggregate(
      .ledger, hint: Indexes.ledgerOrder,
      stages: {
        $0.stage("$match") {
          $0.document("orderId") { $0.identifiers("$in", orders) }
          $0.document("seq") { $0.bool("$exists", true) }
        }
        $0.stage("$sort") {
          $0.int32("orderId", 1)
          $0.int32("seq", 1)
        }
        $0.stage("$group") {
          $0.document("_id") {
            $0.string("order", "$orderId" as StaticString)
            $0.string("product", "$productId" as StaticString)
          }
          for place: StaticString in ["onHand", "reserved", "damaged", "onHold"] { $0.sum(place) }
          $0.document("expiresAt") { $0.string("$last", "$expiresAt" as StaticString) }
        }
      },
      { row throws(BSONError) in
        var key = try row.document("_id")
        let reserved = try row.sum("reserved")
        let left = try reserved &+ row.sum("onHand") &+ row.sum("damaged") &+ row.sum("onHold")
        return (
          try key.identifier("order", Order.self), try key.string("product"),
          StockHolding(
            reserved: Quantity(millionths: reserved), taken: Quantity(millionths: 0 &- left),
            expiresAt: try row.optionalDate("expiresAt"))
        )
      })
  }

  /// What orders have reserved of a product, those that have nothing any more too; and the last of them, if there may be
  /// more behind it. It looks at `rows` rows, and at all of an order of which it sees one.
  fileprivate func reservationSums(_ query: ReservationQuery, rows: Int) throws -> ([Reservation], OrderID?) {
    let found = try reservationSums(query, rows: rows) { filter in
      if let after = query.after { filter.document("orderId") { $0.identifier("$lt", after) } }
    }
    var sums = found.map(\.sum)
    guard found.reduce(0, { $0 + $1.rows }) >= rows, let last = sums.popLast() else { return (sums, nil) }
    // The rest of its rows lies behind those that were looked at.
    sums += try reservationSums(query, rows: nil) { $0.identifier("orderId", last.orderID) }.map(\.sum)
    return (sums, last.orderID)
  }

  private func reservationSums(
    _ query: ReservationQuery, rows: Int?, _ filter: @escaping (inout BSONWriter) -> Void
  ) throws -> [(sum: Reservation, rows: Int)] {
    try aggregate(
      .ledger, hint: Indexes.ledgerProductOrder,
      stages: {
        $0.stage("$match") {
          $0.tenant("tenantId", query.tenant)
          $0.string("productId", query.productID)
          $0.document("seq") { $0.bool("$exists", true) }
          filter(&$0)
        }
        $0.stage("$sort") {
          $0.int32("orderId", -1)
          $0.int32("seq", -1)
        }
        if let rows { $0.stage("$limit", rows) }
        $0.stage("$group") {
          $0.string("_id", "$orderId" as StaticString)
          $0.sum("reserved")
          $0.document("rows") { $0.int64("$sum", 1) }
          $0.document("owner") { $0.string("$first", "$owner" as StaticString) }
          $0.document("expiresAt") { $0.string("$first", "$expiresAt" as StaticString) }
        }
        $0.stage("$sort") { $0.int32("_id", -1) }
      },
      { row throws(BSONError) in
        let sum = Reservation(
          orderID: try row.identifier("_id", Order.self), orderNumber: nil, owner: try row.string("owner"),
          quantity: Quantity(millionths: try row.sum("reserved")), expiresAt: try row.optionalDate("expiresAt"))
        return (sum, try row.int("rows"))
      })
  }

  /// The numbers of these orders, as far as they are there.
  fileprivate func numbers(of orders: [OrderID]) throws -> [OrderID: Text] {
    guard !orders.isEmpty else { return [:] }
    let found = try find(
      Find(
        .orders, limit: orders.count,
        options: { $0.document("projection") { $0.int32("orderNumber", 1) } },
        filter: { $0.document("_id") { $0.identifiers("$in", orders) } })
    ) { row throws(BSONError) in (try row.identifier("_id", Order.self), try row.string("orderNumber") as Text) }
    return Dictionary(found) { first, _ in first }
  }
}

extension BSONWriter {
  /// In a `$group`: the sum of a field, under its own name.
  mutating func sum(_ field: StaticString) {
    document(field) { $0.string("$sum", "$\(field)") }
  }
}

extension BSONReader {
  /// A sum of millionths. One of fields that no document has is an int32.
  mutating func sum(_ field: StaticString) throws(BSONError) -> Int64 { try integer(field) }
}
