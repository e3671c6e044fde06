import HubContracts
import HubWire
public import Orders

extension Command {
  /// Makes a new order. The number's year is the tenant's, at the time of the decision.
  public static func place(
    _ draft: OrderDraft, actor: Actor, year: @escaping @Sendable (Timestamp) -> Int, answer: AnswerSlot?,
    requestID: String
  ) -> Command {
    let named = Array(Set(draft.items.map(\.productID)))
    return Command(
      .newOrder(products: named), actor: actor, lines: draft.items.count, answer: answer, requestID: requestID
    ) { table, context throws(Refusal) in
      let key = Desktop.NumberKey(tenant: actor.tenant, year: year(context.now))
      let change = try Rules.place(
        draft, number: table.nextOrderNumber(key), products: table.catalogue(actor.tenant, named), in: context)
      return Decision(effect: .order(change), status: 201) { orderJSON in success { $0.order(orderJSON) } }
    }
  }

  /// Puts goods of an order on a delivery.
  public static func deliver(
    _ draft: DeliveryDraft, of id: OrderID, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    Command(.order(id), actor: actor, lines: draft.lines.count, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let change = try Rules.deliver(draft, of: table.order(id, actor.tenant), in: context)
      return Decision(effect: .order(change), status: 201) { orderJSON in
        success {
          if let delivery = change.insertedDelivery { $0.delivery(delivery) }
          $0.order(orderJSON)
        }
      }
    }
  }

  /// Moves a delivery on.
  public static func move(
    _ delivery: DeliveryID, of id: OrderID, to status: DeliveryStatus, actor: Actor, answer: AnswerSlot?,
    requestID: String
  ) -> Command {
    var needs = Needs()
    needs.delivery = delivery
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let change = try Rules.move(table.delivery(delivery, of: id), to: status, of: order, in: context)
      return Decision(effect: .order(change), status: 200) { orderJSON in
        success {
          if let moved = change.changedDeliveries.first { $0.delivery(moved) }
          $0.order(orderJSON)
        }
      }
    }
  }

  /// Makes the invoice of a delivery.
  public static func invoice(
    _ delivery: DeliveryID, of id: OrderID, actor: Actor, year: @escaping @Sendable (Timestamp) -> Int,
    answer: AnswerSlot?, requestID: String
  ) -> Command {
    var needs = Needs()
    needs.delivery = delivery
    needs.invoiceNumber = true
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let delivery = try table.delivery(delivery, of: id)
      let key = Desktop.NumberKey(tenant: actor.tenant, year: year(context.now))
      let change = try Rules.invoice(
        delivery, of: order, number: table.nextInvoiceNumber(key),
        existing: delivery.invoiceID.flatMap { table.invoices[$0] }, in: context)
      return Decision(effect: .order(change), status: 201) { orderJSON in
        success {
          if let invoice = change.insertedInvoice { $0.invoice(invoice) }
          if let delivery = change.changedDeliveries.first { $0.delivery(delivery) }
          $0.order(orderJSON)
        }
      }
    }
  }

  /// Takes a payment of an invoice.
  public static func pay(
    _ invoice: InvoiceID, of id: OrderID, amount: Money, method: Text, actor: Actor, answer: AnswerSlot?,
    requestID: String
  ) -> Command {
    var needs = Needs()
    needs.invoice = invoice
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let change = try Rules.pay(
        table.invoice(invoice, of: id), amount: amount, method: method, of: order, in: context)
      return Decision(effect: .order(change), status: 201) { orderJSON in
        success {
          if let invoice = change.changedInvoice { $0.invoice(invoice) }
          $0.order(orderJSON)
        }
      }
    }
  }

  /// Cancels an order, and what of it waits on deliveries, and gives its stock back.
  public static func cancel(
    _ id: OrderID, because reason: Text? = nil, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    var needs = Needs()
    needs.allDeliveries = true
    needs.stock = true
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let change = try Rules.cancel(
        order, because: reason, deliveries: table.deliveries(of: id), products: table.stock(of: order), in: context)
      return Decision(effect: .order(change), status: 200) { orderJSON in success { $0.order(orderJSON) } }
    }
  }

  /// Cancels what is not on a delivery, and gives its stock back.
  public static func close(
    _ id: OrderID, because reason: Text? = nil, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    var needs = Needs()
    needs.stock = true
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let change = try Rules.close(order, because: reason, products: table.stock(of: order), in: context)
      return Decision(effect: .order(change), status: 200) { orderJSON in success { $0.order(orderJSON) } }
    }
  }
}

extension Desktop {
  /// The catalogue's products that an order moved stock of.
  fileprivate func stock(of order: Order) -> [Text: Product] {
    catalogue(order.tenantID, order.items.lazy.filter(\.tracked).map(\.productID))
  }
}

/// `{"success":true,…}`
func success(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
  var json = JSONWriter(capacity: 2_048)
  json.beginObject()
  json.member("success", true)
  members(&json)
  json.endObject()
  return json.bytes
}

extension JSONWriter {
  fileprivate mutating func order(_ encoded: [UInt8]) {
    name("order")
    raw(encoded)
  }
  fileprivate mutating func delivery(_ delivery: Delivery) {
    name("delivery")
    delivery.write(to: &self)
  }
  fileprivate mutating func invoice(_ invoice: Invoice) {
    name("invoice")
    invoice.write(to: &self)
  }
}
