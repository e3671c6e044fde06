import HubContracts
import Orders

/// One command of a transaction, written out, and what its failure means.
struct PlannedCommand {
  /// What must hold of its statements.
  enum Rule {
    /// Each must find its document as expected: anything else means that somebody else wrote it.
    case guarded
    /// None may exist yet.
    case insert
    /// None may exist yet; one that does has been answered.
    case answers
    /// What is not there is gone already.
    case removal
  }
  let collection: Collection
  let rule: Rule
  let place: Range<Int>
  /// How many statements it has.
  let count: Int
}

/// A write set as commands: the guarded updates first, so that a lost race costs one round trip, then the inserts.
struct CommitPlan {
  /// A command is ended before it passes this; a message may have 48 MB, a command 16.
  static let commandLimitBytes = 12 << 20
  /// The most statements a command has.
  static let statementLimit = 10_000

  private(set) var commands: [PlannedCommand] = []

  /// Writes the commands into the worker's buffer.
  init(_ writes: WriteSet, to writer: inout BSONWriter) throws(BSONError) {
    let places = WrittenAt.places(in: writes)
    try updates(writes, places, &writer)
    try command("insert", "documents", .orders, .insert, writes.insertedOrders, &writer) { writer, order in
      order.write(to: &writer)
      places[order.tenantID]?.write(to: &writer)
    }
    try insert(.deliveries, writes.insertedDeliveries, &writer)
    try insert(.invoices, writes.insertedInvoices, &writer)
    try insert(.parts, writes.insertedParts, &writer)
    try insert(.products, writes.insertedProducts, &writer)
    try insert(.ledger, writes.ledger, &writer)
    try events(writes, places, &writer)
    try insert(.outbox, writes.outbox.map { [$0] } ?? [], &writer)
    try insert(.answers, writes.answers, &writer, rule: .answers)
  }

  /// How many documents it writes.
  var statementCount: Int { commands.reduce(0) { $0 + $1.count } }

  /// The last of an order's events says where the write stands that made them; see `WrittenAt`.
  private mutating func events(
    _ writes: WriteSet, _ places: [TenantID: WrittenAt], _ writer: inout BSONWriter
  ) throws(BSONError) {
    var last: [OrderID: Int64] = [:]
    for event in writes.events { last[event.orderID] = event.seq }
    try command("insert", "documents", .events, .insert, writes.events, &writer) { writer, event in
      event.write(to: &writer)
      if last[event.orderID] == event.seq { places[event.tenant]?.write(to: &writer) }
    }
  }

  private mutating func updates(
    _ writes: WriteSet, _ places: [TenantID: WrittenAt], _ writer: inout BSONWriter
  ) throws(BSONError) {
    try update(.orders, writes.changedOrders, &writer) { writer, order throws(BSONError) in
      guard order.value.version > order.expectedVersion else { throw .wrong("an order's version that does not grow") }
      writer.document("q") {
        $0.identifier("_id", order.value.id)
        $0.tenant("tenantId", order.value.tenantID)
        $0.int64("version", order.expectedVersion)
      }
      let place = places[order.value.tenantID]
      writer.document("u") {
        if writes.editedOrders.contains(order.value.id) {
          order.value.writeEdit(to: &$0, at: place)
        } else {
          order.value.writeChange(to: &$0, at: place)
        }
      }
    }
    try update(.deliveries, writes.changedDeliveries, &writer) { writer, delivery throws(BSONError) in
      writer.document("q") {
        $0.identifier("_id", delivery.id)
        $0.identifier("orderId", delivery.orderID)
      }
      writer.document("u", delivery.write)
    }
    try update(.invoices, writes.changedInvoices, &writer) { writer, invoice throws(BSONError) in
      writer.document("q") {
        $0.identifier("_id", invoice.id)
        $0.identifier("orderId", invoice.orderID)
      }
      writer.document("u", invoice.write)
    }
    try update(.parts, writes.changedParts, &writer) { writer, part throws(BSONError) in
      writer.document("q") {
        $0.identifier("_id", part.id)
        $0.identifier("orderId", part.orderID)
      }
      writer.document("u", part.write)
    }
    try update(.products, writes.changedProducts, &writer) { writer, product throws(BSONError) in
      guard product.value.version > product.expectedVersion else { throw .wrong("a product's version that stands") }
      writer.document("q") {
        $0.string("_id", Product.key(product.value.productID, tenant: product.value.tenantID))
        $0.int64("version", product.expectedVersion)
      }
      writer.document("u", product.value.write)
    }
    try update(.numbers, writes.invoiceNumbers, &writer) { writer, numbering throws(BSONError) in
      guard numbering.last > numbering.expectedLast else { throw .wrong("invoice numbers that do not grow") }
      numbering.write(to: &writer)
    }
    try update(.tallies, writes.tallies, &writer) { writer, tally throws(BSONError) in
      guard tally.value.revision > tally.expectedVersion else { throw .wrong("a tally's revision that stands") }
      writer.document("q") {
        $0.string("_id", tally.value.key)
        $0.int64("revision", tally.expectedVersion)
      }
      try writer.document("u", tally.value.write)
      if tally.expectedVersion == 0 { writer.bool("upsert", true) }
    }
    try jobs(writes, &writer)
  }

  /// A timer that its order has by that name gets another time; what else there is to be done is new.
  private mutating func jobs(_ writes: WriteSet, _ writer: inout BSONWriter) throws(BSONError) {
    try command("delete", "deletes", .jobs, .removal, writes.endedJobs, &writer) { writer, key in
      writer.document("q") { $0.string("timer", key.text) }
      writer.int32("limit", 1)
    }
    guard !writes.insertedJobs.isEmpty else { return }
    try update(.jobs, writes.insertedJobs.filter { $0.key != nil }, &writer) { writer, job throws(BSONError) in
      try job.writeStart(to: &writer)
    }
    try insert(.jobs, writes.insertedJobs.filter { $0.key == nil }, &writer)
  }

  private mutating func update<Element>(
    _ collection: Collection, _ elements: [Element], _ writer: inout BSONWriter,
    _ body: (inout BSONWriter, Element) throws(BSONError) -> Void
  ) throws(BSONError) {
    try command("update", "updates", collection, .guarded, elements, &writer, body)
  }

  private mutating func insert<Element: Document>(
    _ collection: Collection, _ elements: [Element], _ writer: inout BSONWriter, rule: PlannedCommand.Rule = .insert
  ) throws(BSONError) {
    try command("insert", "documents", collection, rule, elements, &writer) { writer, element throws(BSONError) in
      try element.write(to: &writer)
    }
  }

  private mutating func command<Element>(
    _ name: StaticString, _ list: StaticString, _ collection: Collection, _ rule: PlannedCommand.Rule,
    _ elements: [Element], _ writer: inout BSONWriter,
    _ body: (inout BSONWriter, Element) throws(BSONError) -> Void
  ) throws(BSONError) {
    var next = 0
    while next < elements.count {
      let first = next
      let start = writer.open()
      writer.string(name, collection.rawValue)
      let array = writer.openArray(list)
      while next < elements.count, next - first < Self.statementLimit,
        next == first || writer.count - start < Self.commandLimitBytes
      {
        let element = writer.openElement(next - first)
        try body(&writer, elements[next])
        writer.close(element)
        next += 1
      }
      writer.close(array)
      writer.close(start)
      commands.append(
        PlannedCommand(collection: collection, rule: rule, place: start..<writer.count, count: next - first))
    }
  }
}

extension InvoiceNumbering {
  static func key(_ series: NumberSeries, tenant: TenantID, year: Int) -> String {
    "\(series.rawValue):\(tenant.text):\(year)"
  }

  fileprivate func write(to writer: inout BSONWriter) {
    writer.document("q") {
      $0.string("_id", Self.key(series, tenant: tenant, year: year))
      $0.int64("last", expectedLast)
    }
    writer.document("u") {
      $0.document("$set") {
        $0.int64("last", last)
        $0.tenant("tenantId", tenant)
      }
    }
    if expectedLast == 0 { writer.bool("upsert", true) }
  }
}
