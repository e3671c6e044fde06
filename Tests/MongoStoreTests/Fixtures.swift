import Foundation
import Glibc
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Synchronization

@testable import MongoStore

/// Identities and values for tests; every call gives others.
enum Fixtures {
  private static let counter = Atomic<UInt32>(0)
  private static let run = UInt64(getpid()) << 32 | UInt64(UInt32(truncatingIfNeeded: Glibc.time(nil)))

  static func id<Entity>(_ entity: Entity.Type) -> Identifier<Entity> {
    Identifier(high: run, low: counter.wrappingAdd(1, ordering: .relaxed).newValue)
  }

  static let tenant = word("north", TenantID.init)
  static let other = word("south", TenantID.init)
  static let by = word("ada", UserID.init)

  static func word<Value>(_ text: String, _ make: (String) -> Value?) -> Value {
    guard let value = make(text) else { preconditionFailure("\(text) is not valid") }
    return value
  }

  static func time(_ millis: Int64 = 0) -> Timestamp { Timestamp(millis: 1_780_000_000_000 + millis) }

  /// An order whose number, if none is given, no other has: tests number their own from far below.
  static func order(
    number: String? = nil, tenant: TenantID = tenant, status: String = "open", payment: PaymentStatus = .unpaid,
    customer: Customer = Customer(name: "Grace Hopper"), advance: Advance? = nil, notes: Text? = nil,
    notesForCustomer: Text? = nil, deliveryDate: Timestamp? = nil, at: Timestamp = time(), items: Int = 2,
    seller: Text? = nil, kiosk: String? = nil
  ) -> Order {
    let id = id(Order.self)
    let particulars = Particulars(seller.map { [.init(.sellerID, .text($0))] } ?? [])
    return Order(
      id: id, tenantID: tenant, number: number ?? "ORD-2026-\(900_000_000 + UInt64(id.low))", workflow: .delivery,
      status: Status(rawValue: status), paymentStatus: payment, version: 2, currency: word("EUR", Currency.init),
      customer: customer, items: (0..<items).map { _ in item() }, subtotal: Money(units: 500_000_000),
      discount: Money(units: 12_345_678), tax: Money(units: 92_653_521), total: Money(units: 580_307_843),
      paid: .zero, advance: advance, advanceApplied: .zero, invoices: InvoiceCount(), deliveryCount: 0, notes: notes,
      notesForCustomer: notesForCustomer, deliveryDate: deliveryDate, createdBy: by, createdAt: at, updatedAt: at,
      particulars: particulars, kiosk: kiosk.flatMap { UserID($0) })
  }

  static func item() -> OrderItem {
    OrderItem(
      id: id(OrderItem.self), productID: "SKU-1", name: "A lamp of ordinary size", unitPrice: Money(units: 250_000_000),
      quantity: Quantity(millionths: 2_000_000), subtotal: Money(units: 500_000_000), discount: .zero,
      taxRate: TaxRate(millionths: 190_000), tax: Money(units: 95_000_000))
  }

  static func full(number: String? = nil, name: Text = "Zoë \u{0}Müller-Lüdenscheid 🛒") -> Order {
    var order = order(
      number: number,
      customer: Customer(
        id: "c-1", name: name, phone: "+49 170 1234567", email: "z@example.org", address: "A 1"),
      advance: Advance(amount: Money(units: 999_999_999_999_999_999), method: "cash"), notes: "",
      notesForCustomer: "soon", deliveryDate: Timestamp(millis: -1))
    (order.cancelReason, order.closeReason) = ("why\nnot", "")
    order.paid = Money(units: .max)
    order.items[0].tracked = true
    order.items[0].backordered = Quantity(millionths: 350_000)
    return order
  }

  static func delivery(of order: Order, day: String = "2026-06-01") -> Delivery {
    Delivery(
      id: id(Delivery.self), orderID: order.id, tenantID: order.tenantID, number: "\(order.number)-D1",
      status: .pending,
      items: order.items.map {
        DeliveryItem(itemID: $0.id, productID: $0.productID, name: $0.name, quantity: $0.quantity)
      }, value: order.total, date: order.createdAt, day: day, notes: nil, createdBy: by, createdAt: order.createdAt,
      updatedAt: order.createdAt)
  }

  static func invoice(of delivery: Delivery, number: String) -> Invoice {
    Invoice(
      id: id(Invoice.self), orderID: delivery.orderID, deliveryID: delivery.id, tenantID: delivery.tenantID,
      number: number,
      lines: delivery.items.map {
        InvoiceLine(
          itemID: $0.itemID, productID: $0.productID, name: $0.name, quantity: $0.quantity,
          unitPrice: Money(units: 250_000_000), subtotal: Money(units: 500_000_000), discount: .zero, tax: .zero,
          total: Money(units: 500_000_000))
      }, currency: word("EUR", Currency.init), subtotal: Money(units: 500_000_000), discount: .zero, tax: .zero,
      total: Money(units: 500_000_000), advanceApplied: .zero, paid: .zero, payments: [], createdBy: by,
      createdAt: delivery.createdAt, updatedAt: delivery.createdAt)
  }

  static func part(of order: Order, _ kind: Text = "return", number: Int64 = 1) -> Part {
    guard let kind = PartKind(kind) else { preconditionFailure("a kind of part") }
    return Part(
      id: id(Part.self), orderID: order.id, tenantID: order.tenantID, kind: kind, number: number,
      status: Status(rawValue: "requested"), createdBy: by, createdAt: order.createdAt, updatedAt: order.createdAt)
  }

  static func product(_ id: Text, tenant: TenantID = tenant) -> Product {
    Product(
      tenantID: tenant, productID: id, name: "A lamp", unitPrice: Money(units: 1), taxRate: .zero, active: true,
      onHand: Quantity(millionths: 5_000_000), damaged: .zero, onHold: .zero, version: 1, createdAt: time(),
      updatedAt: time())
  }

  static func ledgerRow(_ product: Text, onHand: Int64 = 5_000_000) -> LedgerRow {
    LedgerRow(
      id: id(LedgerRow.self), tenantID: tenant, productID: product, kind: .receipt,
      onHand: Quantity(millionths: onHand), by: by, at: time())
  }

  static func events(of order: Order, from first: Int64, to last: Int64, bytes: Int = 100) -> [RecordedEvent] {
    (first...last).map { seq in
      RecordedEvent(
        orderID: order.id, seq: seq, tenant: order.tenantID, type: .orderUpdated, at: order.updatedAt, by: by,
        envelope: Array("{\"seq\":\(seq),\"text\":\"".utf8) + [UInt8](repeating: 0x78, count: bytes)
          + Array("\"}".utf8))
    }
  }

  static func answer(_ key: Text, tenant: TenantID = tenant) -> KeptAnswer {
    KeptAnswer(
      key: AnswerKey(tenant: tenant, user: by, route: "POST /api/orders", key: key), fingerprint: "f", status: 201,
      contentType: "application/json", body: [0x7b, 0x7d, 0x00, 0xff], at: Timestamp(millis: wall()))
  }

  static func wall() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  /// A write of a new order.
  static func creation(of order: Order) -> WriteSet {
    var writes = WriteSet()
    writes.insertedOrders = [order]
    writes.events = events(of: order, from: 1, to: order.version)
    return writes
  }

  /// A write of a delivery of an order that stands at its version.
  static func change(of order: Order) -> (order: Order, writes: WriteSet) {
    var changed = order
    changed.version += 3
    changed.deliveryCount += 1
    changed.status = Status(rawValue: "in_progress")
    var writes = WriteSet()
    writes.changedOrders = [Guarded(changed, expectedVersion: order.version)]
    writes.insertedDeliveries = [delivery(of: order)]
    writes.events = events(of: order, from: order.version + 1, to: changed.version)
    return (changed, writes)
  }
}

/// A sink that keeps nothing.
struct Silence: LogSink {
  func write(_ line: LogLine) {}
}

/// A store on a database of its own, gone at the end.
func withStore<Result>(
  uri: String? = nil, threads: Int = 8, jobClock: (@Sendable () -> JobClock)? = nil,
  _ body: (MongoStore) async throws -> Result
) async throws -> Result {
  var options = try MongoOptions(
    uri: uri ?? TestServers.mongoURI(), database: TestServers.databaseName(), threads: threads)
  // A busy machine is not what these tests are about.
  (options.operationTimeoutMs, options.commitDeadlineMs) = (Int(HangLimit.ms), Int(HangLimit.ms))
  if let jobClock { options.jobClock = jobClock }
  let store = MongoStore(options, log: Log(level: .error, sink: Silence()), metrics: Metrics())
  let outcome: Swift.Result<Result, any Error>
  do {
    _ = try await store.migrate()
    outcome = .success(try await body(store))
  } catch {
    outcome = .failure(error)
  }
  _ = try? await store.write { worker in _ = try worker.run(.plain) { $0.int32("dropDatabase", 1) } }
  await store.close()
  return try outcome.get()
}

extension Rotation {
  /// The same, with `Fixtures.time()` in the place of MongoDB's, which must be of after `millis`.
  func timeless(since millis: Int64) -> Rotation {
    guard case .rotated(let actor, let tokensFrom, let at) = self,
      (millis - 1...Fixtures.wall() + 1).contains(at.millis)
    else { return self }
    return .rotated(actor, tokensFrom: tokensFrom, at: Fixtures.time())
  }
}
