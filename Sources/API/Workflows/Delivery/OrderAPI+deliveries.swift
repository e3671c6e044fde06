import HubContracts
import HubWire
import OrderDesk
import Orders

extension OrderAPI {
  func deliver(_ call: Call) async throws -> HTTPReply {
    let calendar = try await terms(of: call).calendar
    let draft = try await read(call) { try DeliveryDraft($0, startOfDay: calendar.start) }
    return try reply(
      await parts.desk.submit(
        .deliver(
          draft, of: call.orderID(), actor: call.actor(), answer: call.answerSlot, requestID: call.request.requestID)))
  }

  func moveDelivery(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try StatusRequest($0) }
    let delivery = try await ownDelivery(call)
    return try reply(
      await parts.desk.submit(
        .move(
          delivery.id, of: delivery.orderID, to: request.status, actor: call.actor(), answer: call.answerSlot,
          requestID: call.request.requestID)))
  }

  func invoice(_ call: Call) async throws -> HTTPReply {
    let delivery = try await ownDelivery(call)
    return try reply(
      await parts.desk.submit(
        .invoice(
          delivery.id, of: delivery.orderID, actor: call.actor(), answer: call.answerSlot,
          requestID: call.request.requestID)))
  }

  func pay(_ call: Call) async throws -> HTTPReply {
    let request = try await read(call) { try PaymentRequest($0) }
    let invoice = try await ownInvoice(call)
    return try reply(
      await parts.desk.submit(
        .pay(
          invoice.id, of: invoice.orderID, amount: request.amount, method: request.method, actor: call.actor(),
          answer: call.answerSlot, requestID: call.request.requestID)))
  }

  func credit(_ call: Call) async throws -> HTTPReply {
    let draft = try await read(call) { try CreditDraft($0) }
    let invoice = try await ownInvoice(call)
    return try reply(
      await parts.desk.submit(
        .credit(
          invoice.id, of: invoice.orderID, delivery: invoice.deliveryID, draft, actor: call.actor(),
          answer: call.answerSlot, requestID: call.request.requestID)))
  }

  func deliveries(_ call: Call) async throws -> HTTPReply {
    let window = try call.window(limit: 100) { DeliveryID($0) }
    let order = try await visibleOrder(call)
    let store = parts.store
    return try await ListPage(
      after: window.after, limit: window.limit, id: \Delivery.id,
      read: { try await store.deliveries(of: order.id, tenant: order.tenantID, after: $0, limit: $1) },
      write: { $0.write(to: &$1) }
    ).reply("deliveries")
  }

  func deliveriesToday(_ call: Call) async throws -> HTTPReply {
    let window = try call.window { DeliveryID($0) }
    let day = try await terms(of: call).calendar.day(parts.clock.now())
    let (tenant, store) = (try call.actor().tenant, parts.store)
    return try await ListPage(
      after: window.after, limit: window.limit, id: \Delivery.id,
      read: { after, limit in
        try await store.deliveries(
          DeliveryQuery(
            tenant: tenant, from: day, through: day, after: after.map { DeliveryPlace(day: day, id: $0) }, limit: limit)
        )
      },
      write: { $0.write(to: &$1) }
    ).reply("deliveries", day: day)
  }

  func listDeliveries(_ call: Call) async throws -> HTTPReply {
    let query = try DeliveryQuery(call.request.query, tenant: call.actor().tenant)
    let store = parts.store
    return try await ListPage(
      after: query.after, limit: query.limit, id: { DeliveryPlace($0) },
      read: { after, limit in
        var part = query
        (part.after, part.limit) = (after, limit)
        return try await store.deliveries(part)
      },
      write: { $0.write(to: &$1) }
    ).page("deliveries", limit: query.limit)
  }

  func invoices(_ call: Call) async throws -> HTTPReply {
    let window = try call.window(limit: 100) { InvoiceID($0) }
    let order = try await visibleOrder(call)
    let store = parts.store
    let dues = try await OlderDues.rounded(order, in: store)
    return try await ListPage(
      after: window.after, limit: window.limit, id: \Invoice.id,
      read: {
        try await store.invoices(of: order.id, tenant: order.tenantID, after: $0, limit: $1).map { dues[$0.id] ?? $0 }
      },
      write: { $0.write(to: &$1) }
    ).reply("invoices")
  }

  func listInvoices(_ call: Call) async throws -> HTTPReply {
    let query = try await InvoiceQuery(
      call.request.query, tenant: call.actor().tenant, startOfDay: terms(of: call).calendar.start)
    var dues = OlderDues()
    return try await ListPage(
      after: query.after, limit: query.limit, id: { InvoicePlace($0) },
      read: { after, limit in
        var part = query
        (part.after, part.limit) = (after, limit)
        return try await dues.payable(parts.store.invoices(part), in: parts.store)
      },
      write: { $0.write(to: &$1) }
    ).page("invoices", limit: query.limit)
  }

  func invoiceDocument(_ call: Call) async throws -> HTTPReply {
    try call.noQuery()
    let own = try await ownInvoice(call)
    var dues = OlderDues()
    let invoice = try await dues.payable([own], in: parts.store).first ?? own
    return .json { json in
      json.name("invoice")
      invoice.write(to: &json)
    }
  }

  private func ownDelivery(_ call: Call) async throws -> Delivery {
    let id: DeliveryID = try call.id(0, "delivery")
    guard let delivery = try await parts.store.delivery(id, tenant: call.actor().tenant) else {
      throw Problem(status: 404, code: "delivery_not_found", detail: "there is no delivery \(id)")
    }
    return delivery
  }

  private func ownInvoice(_ call: Call) async throws -> Invoice {
    let id: InvoiceID = try call.id(0, "invoice")
    guard let invoice = try await parts.store.invoice(id, tenant: call.actor().tenant) else {
      throw Problem(status: 404, code: "invoice_not_found", detail: "there is no invoice \(id)")
    }
    return invoice
  }
}
