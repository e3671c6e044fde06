import Orders

extension Desktop {
  /// What a step of an order reads, as much as it needs. Refuses with 404 a document that it names and the order has not.
  func facts(of order: Order, _ needs: StepNeeds) throws(Refusal) -> StepFacts {
    var facts = StepFacts()
    if let id = needs.invoice { facts.invoices.append(try invoice(id, of: order.id)) }
    if let id = needs.delivery {
      let delivery = try delivery(id, of: order.id)
      facts.deliveries.append(delivery)
      if let id = delivery.invoiceID, id != needs.invoice, let invoice = invoices[id] { facts.invoices.append(invoice) }
    }
    if needs.allDeliveries { facts.deliveries = deliveries(of: order.id) }
    if needs.dues, order.awaitsRounding {
      facts.invoices = invoices.values.filter { $0.orderID == order.id }
    }
    if needs.stock { facts.products = stock(of: order, all: needs.itemProducts) }
    for id in needs.products where facts.products[id] == nil { facts.products[id] = product(id, order.tenantID) }
    if needs.holdings { facts.held = holdings(of: order.id) }
    if needs.parts { facts.parts = parts(of: order.id) }
    if needs.invoiceNumber { facts.number = nextInvoiceNumber(numberKey(of: order.tenantID)) }
    if needs.creditNumber { facts.number = nextCreditNumber(numberKey(of: order.tenantID)) }
    return facts
  }

  /// The catalogue's products that an order moved stock of, or all that its items are of.
  private func stock(of order: Order, all: Bool) -> [Text: Product] {
    catalogue(order.tenantID, order.items.lazy.filter { $0.tracked || all }.map(\.productID))
  }
}
