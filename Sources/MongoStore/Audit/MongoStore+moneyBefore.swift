public import HubContracts
import HubWire
public import Orders

extension MongoStore: MoneyBeforeSource {
  /// Where a walk is.
  public func place(of walk: MoneyWalk) async throws(StoreError) -> WalkPlace {
    try await read { worker in try worker.place(of: walk) }
  }

  /// Moves a walk on; see `MoneyBeforeSource`.
  public func move(_ walk: MoneyWalk, from place: WalkPlace, to next: WalkPlace) async throws(StoreError) -> Bool {
    try await write { worker in try worker.move(walk, from: place, to: next) }
  }

  /// Looks at the next orders for those whose dues are to be rounded.
  public func ordersToRound(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<OrderToRound> {
    let limit = try Self.page(limit)
    return try await read(with: .long) { worker in
      try worker.walk(
        .orders, after, limit, ["tenantId", "status", "decimals", "rounding", "currency", "invoices.issued"],
        OrderToRound.read)
    }
  }

  /// Looks at the next tallies for those that tell no currency.
  public func talliesWithoutCurrency(after: Text?, limit: Int) async throws(StoreError) -> WalkPage<TallyScope> {
    let limit = try Self.page(limit)
    return try await read(with: .long) { worker in
      try worker.walk(.tallies, after, limit, []) { reader throws(BSONError) in
        let shard = try TallyShard.read(&reader)
        let isBefore = [TallyKey.value(nil), TallyKey.valueFraction(nil)].contains { shard.counts[$0] != nil }
        return isBefore ? shard.scope : nil
      }
    }
  }

  /// Looks at the next invoices and names the status of those that have none.
  public func nameStatus(ofInvoicesAfter after: Text?, limit: Int) async throws(StoreError) -> WalkStep {
    let limit = try Self.page(limit)
    return try await write(with: .long) { worker in try worker.nameStatus(after, limit) }
  }

  /// How many deliveries are given their currency at once.
  private static let namedAtOnce = 500

  /// Has the deliveries that a tally counts name their order's currency.
  public func nameCurrency(ofDeliveriesIn scope: TallyScope) async throws(StoreError) -> Int {
    guard case .deliveries(let day) = scope.kind else { return 0 }
    var named = 0
    var last: DeliveryID?
    while true {
      let page = try await unnamed(scope.tenant, day, after: last)
      // Orders are never removed one by one; one that is missing leaves its deliveries as they are.
      let found = page.isEmpty ? [] : try await self.orders(Array(Set(page.map(\.order))))
      for (currency, orders) in Dictionary(grouping: found, by: \.currency) {
        named += try await write(with: .long) { worker in
          try worker.name(currency, inDeliveriesOf: orders.map(\.id), scope.tenant, day)
        }
      }
      guard page.count == Self.namedAtOnce else { return named }
      last = page.last?.id
    }
  }

  private func unnamed(
    _ tenant: TenantID, _ day: String, after: DeliveryID?
  ) async throws(StoreError) -> [(id: DeliveryID, order: OrderID)] {
    try await read(with: .long) { worker in
      try worker.find(
        Find(
          .deliveries, limit: Self.namedAtOnce,
          options: {
            $0.document("sort") { $0.int32("_id", 1) }
            $0.document("projection") { $0.int32("orderId", 1) }
            $0.string("hint", Indexes.deliveryDay)
          },
          filter: {
            $0.tenant("tenantId", tenant)
            // Each status has its deliveries of the day by identity, so they are merged and not sorted.
            $0.document("status") { $0.strings("$in", DeliveryStatus.allCases.map(\.rawValue)) }
            $0.string("day", day)
            if let after { $0.document("_id") { $0.identifier("$gt", after) } }
            $0.document("currency") { $0.bool("$exists", false) }
          })
      ) { row throws(BSONError) in
        (try row.identifier("_id", Delivery.self), try row.identifier("orderId", Order.self))
      }
    }
  }
}

extension OrderToRound {
  /// The states in which an invoice may be paid.
  private static let begun = Set(PlainStates.payable)

  /// Nil for an order that awaits no rounding, or has nothing to round.
  fileprivate static func read(_ reader: inout BSONReader) throws(BSONError) -> OrderToRound? {
    let status = Status(rawValue: try reader.string("status"))
    let currency = try reader.currency("currency")
    var invoices = try reader.document("invoices")
    guard begun.contains(status), try invoices.integer("issued") > 0, currency.unit > 1,
      try reader.optionalInteger("decimals") == nil, try reader.optionalInteger("rounding") == nil
    else { return nil }
    return OrderToRound(id: try reader.identifier("_id", Order.self), tenant: try reader.tenant("tenantId"))
  }
}

extension MongoWorker {
  /// Reads the next documents by identity, each with `read`, which gives what is to be done with it, or nil. One that it
  /// cannot read is named and passed.
  fileprivate func walk<Found>(
    _ collection: Collection, _ after: Text?, _ limit: Int, _ fields: [StaticString],
    _ read: (inout BSONReader) throws(BSONError) -> Found?
  ) throws -> WalkPage<Found> {
    var page = WalkPage<Found>(found: [], unreadable: [], last: nil)
    let looked = try find(
      Find(
        collection, limit: limit,
        options: {
          $0.document("sort") { $0.int32("_id", 1) }
          if !fields.isEmpty { $0.document("projection") { for field in fields { $0.int32(field, 1) } } }
        },
        filter: {
          guard let after else { return }
          $0.document("_id") {
            if let id = OrderID(after) { $0.identifier("$gt", id) } else { $0.string("$gt", after) }
          }
        })
    ) { reader throws(BSONError) -> Text in
      let name: Text =
        if collection == .tallies { try reader.string("_id") } else {
          Text("\(try reader.identifier("_id", Order.self))")
        }
      do throws(BSONError) {
        if let found = try read(&reader) { page.found.append(found) }
      } catch {
        page.unreadable.append(name)
      }
      return name
    }
    if looked.count == limit { page.last = looked.last }
    return page
  }

  /// Each unless it was written since it was read: then it has its status already.
  fileprivate func nameStatus(_ after: Text?, _ limit: Int) throws -> WalkStep {
    let page = try walk(.invoices, after, limit, ["paymentStatus"]) { reader throws(BSONError) -> InvoiceID? in
      try reader.optionalString("paymentStatus") == nil ? try reader.identifier("_id", Invoice.self) : nil
    }
    var step = WalkStep(last: page.last)
    step.left = page.unreadable
    guard !page.found.isEmpty else { return step }
    let read = try find(
      Find(.invoices, limit: page.found.count) { $0.document("_id") { $0.identifiers("$in", page.found) } }
    ) { reader throws(BSONError) -> Invoice? in
      let id = try reader.identifier("_id", Invoice.self)
      do throws(BSONError) { return try Invoice.read(&reader) } catch {
        step.left.append(Text("\(id)"))
        return nil
      }
    }
    let unnamed = read.compactMap { $0 }
    guard !unnamed.isEmpty else { return step }
    var reply = try run(.write) {
      $0.string("update", Collection.invoices.rawValue)
      $0.documents("updates", unnamed) { writer, invoice in
        writer.document("q") {
          $0.identifier("_id", invoice.id)
          $0.null("paymentStatus")
          $0.date("updatedAt", invoice.updatedAt)
          $0.money("advanceApplied", invoice.advanceApplied)
          $0.money("paid", invoice.paid)
        }
        writer.document("u") { $0.document("$set") { $0.string("paymentStatus", invoice.paymentStatus.rawValue) } }
      }
      $0.bool("ordered", false)
    }
    step.changed = try reply.int("nModified")
    // As one that its collection's validator has come to refuse since.
    step.left += try reply.documents("writeErrors") { error throws(BSONError) in
      let index = try error.int("index")
      guard unnamed.indices.contains(index) else { throw .wrong("index") }
      return Text("\(unnamed[index].id)")
    }
    return step
  }

  /// How many were named. Not as a retried write: a server takes none that may touch several documents.
  fileprivate func name(
    _ currency: Currency, inDeliveriesOf orders: [OrderID], _ tenant: TenantID, _ day: String
  ) throws -> Int {
    var reply = try run(.plain) {
      $0.string("update", Collection.deliveries.rawValue)
      $0.documents("updates", CollectionOfOne(orders)) { writer, orders in
        writer.document("q") {
          $0.document("orderId") { $0.identifiers("$in", orders) }
          $0.tenant("tenantId", tenant)
          $0.string("day", day)
          $0.document("currency") { $0.bool("$exists", false) }
        }
        writer.document("u") { $0.document("$set") { $0.string("currency", currency.code) } }
        writer.bool("multi", true)
      }
      $0.document("writeConcern") { $0.string("w", "majority" as StaticString) }
    }
    return try reply.int("nModified")
  }
}
