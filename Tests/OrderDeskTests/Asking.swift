import HubContracts
import HubWire
import MongoStore
import Orders
import RedisHub
import Testing

@testable import OrderDesk

extension Office {
  /// Makes an order of so many whole units of each product.
  func place(
    _ items: [(product: Text, units: Int64)], as actor: Actor, customer: Text? = nil, key: AnswerSlot? = nil
  ) async throws -> Outcome {
    let draft = OrderDraft(
      customer: Customer(id: customer, name: "Grace Hopper"),
      items: items.map {
        ItemDraft(
          productID: $0.product, quantity: Quantity(millionths: $0.units * Quantity.scale),
          unitPrice: Money(units: 3 * Money.scale))
      }, currency: try #require(Currency("EUR")))
    return await desk.submit(.place(draft, actor: actor, answer: key, requestID: "test"))
  }

  /// The same, when it must succeed.
  func placed(_ items: [(product: Text, units: Int64)], as actor: Actor, customer: Text? = nil) async throws
    -> OrderID
  {
    try await place(items, as: actor, customer: customer).orderID()
  }

  func deliver(
    _ units: Int64, of product: Text = "A", from order: OrderID, as actor: Actor, status: DeliveryStatus = .pending,
    requestID: String = "test"
  ) async -> Outcome {
    let line = DeliveryLine(subject: .product(product), quantity: Quantity(millionths: units * Quantity.scale))
    return await desk.submit(
      .deliver(
        DeliveryDraft(lines: [line], status: status), of: order, actor: actor, answer: nil, requestID: requestID))
  }

  func move(_ delivery: Delivery, to status: DeliveryStatus, as actor: Actor) async -> Outcome {
    await desk.submit(
      .move(delivery.id, of: delivery.orderID, to: status, actor: actor, answer: nil, requestID: "test"))
  }

  func invoice(_ delivery: Delivery, as actor: Actor) async -> Outcome {
    await desk.submit(
      .invoice(
        delivery.id, of: delivery.orderID, actor: actor, answer: nil, requestID: "test"))
  }

  func pay(_ invoice: Invoice, _ amount: Money, as actor: Actor) async -> Outcome {
    await desk.submit(
      .pay(
        invoice.id, of: invoice.orderID, amount: amount, method: "cash", actor: actor, answer: nil, requestID: "test"))
  }

  func cancel(_ order: OrderID, as actor: Actor) async -> Outcome {
    await desk.submit(.cancel(order, actor: actor, answer: nil, requestID: "test"))
  }

  func close(_ order: OrderID, as actor: Actor) async -> Outcome {
    await desk.submit(.close(order, actor: actor, answer: nil, requestID: "test"))
  }

  /// Puts a product in the catalogue, with stock.
  func stock(_ product: Text, _ units: Int64, as actor: Actor) async throws {
    let draft = ProductDraft(
      productID: product, name: product, unitPrice: Money(units: 2 * Money.scale), taxRate: .zero)
    let made = await desk.submit(.create(draft, named: product, actor: actor, answer: nil, requestID: "test"))
    #expect(made.status == 201)
    let moved = await desk.submit(
      .move(
        StockMovement(kind: .receipt, quantity: Quantity(millionths: units * Quantity.scale)), of: product,
        actor: actor, answer: nil, requestID: "test"))
    #expect(moved.status == 201)
  }
}

extension Outcome {
  /// The status of a success; nil for anything else.
  var status: Int? { if case .done(let status, _) = self { status } else { nil } }
  var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
  var isConflict: Bool { refusal?.kind == .conflict }

  func json() throws -> JSON {
    guard case .done(_, let body) = self else { throw Unexpected(outcome: self) }
    return try JSONParser.parse(body.bytes)
  }

  func orderID() throws -> OrderID {
    guard case .string(let text)? = try json()["order"]?["id"] else { throw Unexpected(outcome: self) }
    return try #require(OrderID(text))
  }
}

/// An outcome that a test did not count on.
struct Unexpected: Error {
  let outcome: Outcome
}

extension Site {
  func order(_ id: OrderID) async throws -> Order { try #require(try await store.order(id, tenant: nil)) }

  func deliveries(_ id: OrderID) async throws -> [Delivery] { try await store.deliveries(of: id, tenant: tenant) }

  /// The seqs of an order's events in the tenant's stream, as they stand there.
  func streamed(_ office: Office, _ id: OrderID, of other: TenantID? = nil) async throws -> [Int64] {
    let entries = try await office.cache.newest(of: other ?? tenant, limit: RedisCache.streamReadLimit)
    // What is longer could not be judged whole.
    #expect(entries.count < RedisCache.streamReadLimit)
    var seqs: [Int64] = []
    for envelope in entries.compactMap(\.envelope) {
      let json = try JSONParser.parse(envelope)
      guard case .string("\(id)")? = json["orderId"], case .number(let seq)? = json["seq"] else { continue }
      #expect(json["id"] == .string("\(id):\(seq)"))
      seqs.append(try #require(Int64(seq.string)))
    }
    return seqs
  }
}
