import HubContracts
import HubWire
import Orders

/// What lies on the desk while a batch is decided: everything that was read, as the decisions so far have left it.
///
/// Decisions are taken one after the other upon it, and all of them leave in one transaction in which every value is
/// guarded by the version that was read.
struct Desktop {
  /// A value, and the version of it that the store is believed to have.
  struct Held<Value: Sendable & Equatable>: Sendable {
    var value: Value
    let readVersion: Int64
    /// Whether it was read for this attempt: only then may a refusal rest on it.
    let isFresh: Bool
    var isChanged = false
  }

  /// A product's place: its tenant and name.
  struct ProductKey: Hashable, Sendable {
    let tenant: TenantID
    let productID: Text
  }

  /// Whose numbers, of which year.
  struct NumberKey: Hashable, Sendable {
    let tenant: TenantID
    let year: Int
  }

  private(set) var orders: [OrderID: Held<Order>] = [:]
  private(set) var insertedOrders: [Order] = []
  private(set) var products: [ProductKey: Held<Product>] = [:]
  private(set) var insertedProducts: [Product] = []
  private var holdings: [OrderID: StockHoldings] = [:]
  private(set) var deliveries: [DeliveryID: Delivery] = [:]
  private(set) var invoices: [InvoiceID: Invoice] = [:]
  private(set) var parts: [PartID: Part] = [:]
  private(set) var invoiceNumbers: [NumberKey: InvoiceNumbering] = [:]
  private(set) var creditNumbers: [NumberKey: InvoiceNumbering] = [:]
  private(set) var orderNumbers: [NumberKey: Range<Int64>] = [:]
  /// The year that each tenant numbers in: one for all of a batch, though its zone be changed meanwhile.
  private var years: [TenantID: Int] = [:]
  private(set) var writes = WriteSet()
  private(set) var tallyMoves: [TallyScope: [Text: Int64]] = [:]
  /// The items whose remaining quantity changed, an order; absent: all of them.
  private(set) var changedItems: [OrderID: [ItemID]] = [:]
  let now: Timestamp

  init(now: Timestamp) { self.now = now }

  // MARK: Laying things out

  mutating func lay(_ order: Order, isFresh: Bool) {
    orders[order.id] = Held(value: order, readVersion: order.version, isFresh: isFresh)
  }
  mutating func lay(_ product: Product) {
    products[ProductKey(tenant: product.tenantID, productID: product.productID)] = Held(
      value: product, readVersion: product.version, isFresh: true)
  }
  mutating func lay(_ holdings: StockHoldings, of order: OrderID) { self.holdings[order] = holdings }
  mutating func lay(_ delivery: Delivery) { deliveries[delivery.id] = delivery }
  mutating func lay(_ invoice: Invoice) { invoices[invoice.id] = invoice }
  mutating func lay(_ part: Part) { parts[part.id] = part }
  mutating func lay(_ series: NumberSeries, last: Int64, _ key: NumberKey) {
    let numbering = InvoiceNumbering(series, tenant: key.tenant, year: key.year, expectedLast: last, last: last)
    switch series {
    case .invoice: invoiceNumbers[key] = numbering
    case .credit: creditNumbers[key] = numbering
    }
  }
  mutating func lay(orderNumbers: Range<Int64>, _ key: NumberKey) { self.orderNumbers[key] = orderNumbers }

  /// The first that is laid stays.
  mutating func lay(year: Int, of tenant: TenantID) { if years[tenant] == nil { years[tenant] = year } }

  // MARK: What a decision reads

  /// Whose numbers, of the year that is laid; of none if none is.
  func numberKey(of tenant: TenantID) -> NumberKey { NumberKey(tenant: tenant, year: years[tenant] ?? 0) }

  /// The order, if the tenant has it.
  func order(_ id: OrderID, _ tenant: TenantID) throws(Refusal) -> Order {
    guard let order = orders[id]?.value, order.tenantID == tenant else { throw .notFound("order", "\(id)") }
    return order
  }

  func delivery(_ id: DeliveryID, of order: OrderID) throws(Refusal) -> Delivery {
    guard let delivery = deliveries[id], delivery.orderID == order else { throw .notFound("delivery", "\(id)") }
    return delivery
  }

  func invoice(_ id: InvoiceID, of order: OrderID) throws(Refusal) -> Invoice {
    guard let invoice = invoices[id], invoice.orderID == order else { throw .notFound("invoice", "\(id)") }
    return invoice
  }

  func product(_ id: Text, _ tenant: TenantID) -> Product? {
    products[ProductKey(tenant: tenant, productID: id)]?.value
  }

  /// The tenant's products on the desk, by name.
  func catalogue(_ tenant: TenantID, _ ids: some Sequence<Text>) -> [Text: Product] {
    var found: [Text: Product] = [:]
    for id in ids { found[id] = product(id, tenant) }
    return found
  }

  /// What an order holds of the catalogue's stock, if the command asked for it.
  func holdings(of order: OrderID) -> StockHoldings { holdings[order] ?? StockHoldings() }

  /// An order's deliveries, oldest first; all of them, if the command asked for all.
  func deliveries(of order: OrderID) -> [Delivery] {
    deliveries.values.filter { $0.orderID == order }.sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) }
  }

  /// An order's parts, oldest first, if the command asked for them.
  func parts(of order: OrderID) -> [Part] {
    parts.values.filter { $0.orderID == order }.sorted { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) }
  }

  /// How many lines the deliveries of an order have that lie here.
  func lines(ofDeliveriesOf order: OrderID) -> Int {
    deliveries.values.reduce(0) { $1.orderID == order ? $0 + $1.items.count : $0 }
  }

  /// The number that the next order would get: `ORD-2026-000001`.
  func nextOrderNumber(_ key: NumberKey) -> String {
    numbered("ORD", key.year, orderNumbers[key]?.lowerBound ?? 0)
  }

  /// The number that the next invoice would get: `INV-2026-000001`.
  func nextInvoiceNumber(_ key: NumberKey) -> String {
    numbered(NumberSeries.invoice.prefix, key.year, (invoiceNumbers[key]?.last ?? 0) + 1)
  }

  /// The number that the next credit note would get: `CN-2026-000001`.
  func nextCreditNumber(_ key: NumberKey) -> String {
    numbered(NumberSeries.credit.prefix, key.year, (creditNumbers[key]?.last ?? 0) + 1)
  }

  private func numbered(_ prefix: String, _ year: Int, _ number: Int64) -> String {
    let digits = String(number)
    return "\(prefix)-\(year)-\(String(repeating: "0", count: max(0, 6 - digits.utf8.count)))\(digits)"
  }

  // MARK: Taking a decision up

  /// Puts what a rule decided in the place of what was there. Gives the order as JSON.
  mutating func take(_ change: Change, by user: UserID) -> [UInt8] {
    let order = change.order
    let before = orders[order.id]?.value
    move(from: before, to: order)
    let encoded = order.json
    writes.events += EnvelopeWriter.record(change.events, of: order, encoded: encoded, by: user, at: now)
    if before == nil {
      insertedOrders.append(order)
      let key = numberKey(of: order.tenantID)
      if let left = orderNumbers[key] { orderNumbers[key] = left.dropFirst() }
    } else {
      orders[order.id]?.value = order
      orders[order.id]?.isChanged = true
      if change.isEdit { writes.editedOrders.insert(order.id) }
      changedItems[order.id, default: []] += change.changedItems
    }
    take(deliveriesOf: change)
    take(invoicesOf: change)
    take(partsOf: change)
    for product in change.products { take(product) }
    writes.ledger += change.ledger
    for row in change.ledger where row.hold != nil { holdings[order.id, default: StockHoldings()].add(row) }
    for key in change.endedJobs { writes.end(key) }
    for job in change.insertedJobs { writes.start(job) }
    return encoded
  }

  /// Puts a product in the place of what was there.
  mutating func take(_ product: Product, isNew: Bool, row: LedgerRow?) {
    if isNew { insertedProducts.append(product) } else { take(product) }
    if let row { writes.ledger.append(row) }
  }

  /// Keeps an answer along with what it answers.
  mutating func keep(_ answer: KeptAnswer) { writes.answers.append(answer) }

  private mutating func take(_ product: Product) {
    let key = ProductKey(tenant: product.tenantID, productID: product.productID)
    products[key]?.value = product
    products[key]?.isChanged = true
  }

  private mutating func take(deliveriesOf change: Change) {
    if let delivery = change.insertedDelivery {
      writes.insertedDeliveries.append(delivery)
      count(delivery, 1)
    }
    for delivery in change.changedDeliveries {
      if let before = deliveries[delivery.id] {
        count(before, -1)
        count(delivery, 1)
      }
      deliveries[delivery.id] = delivery
      if let index = writes.changedDeliveries.firstIndex(where: { $0.id == delivery.id }) {
        writes.changedDeliveries[index] = delivery
      } else {
        writes.changedDeliveries.append(delivery)
      }
    }
  }

  private mutating func take(partsOf change: Change) {
    for part in change.insertedParts {
      parts[part.id] = part
      writes.insertedParts.append(part)
    }
    for part in change.changedParts {
      parts[part.id] = part
      // Made in this very batch, it is written once, as it is now.
      if let index = writes.insertedParts.firstIndex(where: { $0.id == part.id }) {
        writes.insertedParts[index] = part
      } else if let index = writes.changedParts.firstIndex(where: { $0.id == part.id }) {
        writes.changedParts[index] = part
      } else {
        writes.changedParts.append(part)
      }
    }
  }

  private mutating func take(invoicesOf change: Change) {
    if let invoice = change.insertedInvoice {
      writes.insertedInvoices.append(invoice)
      invoiceNumbers[numberKey(of: invoice.tenantID)]?.last += 1
      invoices[invoice.id] = invoice
    }
    if let invoice = change.changedInvoice {
      if let before = invoices[invoice.id], before.isLive, !invoice.isLive {
        creditNumbers[numberKey(of: invoice.tenantID)]?.last += 1
      }
      take(changed: invoice)
    }
    for invoice in change.roundedInvoices { take(changed: invoice) }
  }

  private mutating func take(changed invoice: Invoice) {
    invoices[invoice.id] = invoice
    // Made in this very batch, it is written once, as it is now.
    if let index = writes.insertedInvoices.firstIndex(where: { $0.id == invoice.id }) {
      writes.insertedInvoices[index] = invoice
    } else if let index = writes.changedInvoices.firstIndex(where: { $0.id == invoice.id }) {
      writes.changedInvoices[index] = invoice
    } else {
      writes.changedInvoices.append(invoice)
    }
  }

  // MARK: Tallies

  private mutating func move(from before: Order?, to after: Order) {
    let scope = TallyScope(tenant: after.tenantID, kind: .orders)
    let old = before.map { TallyKey.order($0.standing, $0.paymentStatus) }
    let new = TallyKey.order(after.standing, after.paymentStatus)
    // Moved in any case: its revision says when the order was written; see `ChangePlace`.
    if tallyMoves[scope] == nil { tallyMoves[scope] = [:] }
    guard old != new else { return }
    if let old { tallyMoves[scope, default: [:]][old, default: 0] -= 1 }
    tallyMoves[scope, default: [:]][new, default: 0] += 1
  }

  private mutating func count(_ delivery: Delivery, _ sign: Int64) {
    let scope = TallyScope(tenant: delivery.tenantID, kind: .deliveries(day: delivery.day))
    tallyMoves[scope, default: [:]][TallyKey.delivery(delivery.status), default: 0] += sign
    guard delivery.status != .cancelled else { return }
    let (whole, fraction) = delivery.value.units.quotientAndRemainder(dividingBy: Money.scale)
    tallyMoves[scope, default: [:]][TallyKey.value(delivery.currency), default: 0] += sign * whole
    tallyMoves[scope, default: [:]][TallyKey.valueFraction(delivery.currency), default: 0] += sign * fraction
  }

  // MARK: What leaves

  /// Everything to write, but for the tallies.
  func writeSet() -> WriteSet {
    var set = writes
    set.insertedOrders = insertedOrders
    set.changedOrders = orders.values.filter(\.isChanged).map { Guarded($0.value, expectedVersion: $0.readVersion) }
    set.insertedProducts = insertedProducts
    set.changedProducts = products.values.filter(\.isChanged).map { Guarded($0.value, expectedVersion: $0.readVersion) }
    set.invoiceNumbers = [invoiceNumbers, creditNumbers].flatMap { $0.values.filter { $0.last != $0.expectedLast } }
    return set
  }

  /// The orders that the writes leave behind, new and changed.
  var writtenOrders: [Order] { insertedOrders + orders.values.lazy.filter(\.isChanged).map(\.value) }

  /// One publication an order, of all its events of this batch.
  func publications() -> [Publication] {
    var events: [OrderID: [RecordedEvent]] = [:]
    for event in writes.events { events[event.orderID, default: []].append(event) }
    return writtenOrders.map { order in
      Publication(state: order.state(items: changedItems[order.id]), events: events[order.id] ?? [])
    }
  }
}

extension Refusal {
  /// What is asked for does not exist, or belongs to another tenant, which must look the same.
  static func notFound(_ what: StaticString, _ id: Text) -> Refusal {
    Refusal(
      kind: .notFound, code: "\(what)_not_found", detail: "there is no \(what) \(id.start(64))", fields: [], facts: [])
  }
}
