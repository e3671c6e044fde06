import HubContracts
import HubWire
public import Orders

extension Command {
  /// Makes a new order. The number's year is the tenant's, at the time of the decision.
  public static func place(
    _ draft: OrderDraft, _ input: StepInput = StepInput(), actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    let named = Array(Set(draft.items.map(\.productID)))
    return Command(
      .newOrder(products: named), actor: actor, lines: draft.items.count, answer: answer, requestID: requestID
    ) { table, context throws(Refusal) in
      let key = table.numberKey(of: actor.tenant)
      let (number, products) = (table.nextOrderNumber(key), table.catalogue(actor.tenant, named))
      let change: Change
      if let workflow = context.workflows.workflow(draft.workflow, version: nil, of: actor.tenant), workflow.isByTable {
        change = try Step.place(draft, input, number: number, by: workflow, products: products, in: context)
      } else {
        change = try Rules.place(draft, number: number, products: products, in: context)
      }
      return Decision(effect: .order(change), status: 201) { orderJSON in
        success {
          $0.order(orderJSON)
          $0.parts(of: change)
        }
      }
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
    _ delivery: DeliveryID, of id: OrderID, actor: Actor, answer: AnswerSlot?, requestID: String
  ) -> Command {
    var needs = Needs()
    needs.delivery = delivery
    needs.invoiceNumber = true
    needs.dues = true
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let delivery = try table.delivery(delivery, of: id)
      let key = table.numberKey(of: actor.tenant)
      let change = try Rules.invoice(
        delivery, of: order, number: table.nextInvoiceNumber(key),
        existing: delivery.invoiceID.flatMap { table.invoices[$0] }, siblings: table.siblings(of: order), in: context)
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
    needs.dues = true
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let change = try Rules.pay(
        table.invoice(invoice, of: id), amount: amount, method: method, of: order, siblings: table.siblings(of: order),
        in: context)
      return Decision(effect: .order(change), status: 201) { orderJSON in
        success {
          if let invoice = change.changedInvoice { $0.invoice(invoice) }
          $0.order(orderJSON)
        }
      }
    }
  }

  /// Takes an invoice back.
  public static func credit(
    _ invoice: InvoiceID, of id: OrderID, delivery: DeliveryID, _ draft: CreditDraft, actor: Actor,
    answer: AnswerSlot?, requestID: String
  ) -> Command {
    var needs = Needs()
    needs.invoice = invoice
    needs.delivery = delivery
    needs.creditNumber = true
    needs.dues = true
    return Command(.order(id), actor: actor, needs: needs, answer: answer, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      let key = table.numberKey(of: actor.tenant)
      let change = try Rules.credit(
        table.invoice(invoice, of: id), draft, of: order, delivery: table.delivery(delivery, of: id),
        number: table.nextCreditNumber(key), siblings: table.siblings(of: order), in: context)
      return Decision(effect: .order(change), status: 201) { orderJSON in
        success {
          if let note = change.changedInvoice?.creditNote {
            $0.name("creditNote")
            note.write(to: &$0)
          }
          if let invoice = change.changedInvoice { $0.invoice(invoice) }
          if let delivery = change.changedDeliveries.first { $0.delivery(delivery) }
          $0.order(orderJSON)
        }
      }
    }
  }

  /// Rounds what an order of an older version asks for, so that it can be paid. For the hub itself; an order that is in
  /// order already is refused.
  public static func round(_ id: OrderID, actor: Actor, requestID: String) -> Command {
    var needs = Needs()
    needs.dues = true
    return Command(.order(id), actor: actor, needs: needs, answer: nil, requestID: requestID) {
      table, context throws(Refusal) in
      let order = try table.order(id, actor.tenant)
      guard let change = try Rules.round(order, invoices: table.siblings(of: order), in: context) else {
        throw Refusal(
          kind: .conflict, code: Refusal.nothingToRound.string, detail: "Order \(order.number) awaits no rounding.")
      }
      return Decision(effect: .order(change), status: 200) { orderJSON in success { $0.order(orderJSON) } }
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
  func stock(of order: Order) -> [Text: Product] {
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
  mutating func order(_ encoded: [UInt8]) {
    name("order")
    raw(encoded)
  }
  /// The parts that a change made or moved, where there are such.
  mutating func parts(of change: Change) {
    let parts = change.insertedParts + change.changedParts
    if !parts.isEmpty { member("parts", parts) { $1.write(to: &$0) } }
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

extension Refusal {
  /// The code of what `Command.round` refuses because the order awaits no rounding.
  public static let nothingToRound: Text = "nothing_to_round"
}
