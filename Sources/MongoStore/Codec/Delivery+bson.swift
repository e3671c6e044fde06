import Orders

extension Delivery: Document {
  func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.identifier("orderId", orderID)
    writer.tenant("tenantId", tenantID)
    writer.string("number", number)
    writer.string("status", status.rawValue)
    writer.documents("items", items) { $1.write(to: &$0) }
    writer.money("value", value)
    if let currency { writer.string("currency", currency.code) }
    writer.date("date", date)
    writer.string("day", day)
    writer.optionalString("notes", notes)
    writer.optionalString("notesForCustomer", notesForCustomer)
    if let invoiceID { writer.identifier("invoiceId", invoiceID) }
    writer.user("createdBy", createdBy)
    writer.date("createdAt", createdAt)
    writer.date("updatedAt", updatedAt)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Delivery {
    Delivery(
      id: try reader.identifier("_id", Delivery.self),
      orderID: try reader.identifier("orderId", Order.self),
      tenantID: try reader.tenant("tenantId"),
      number: try reader.string("number"),
      status: try reader.word("status", DeliveryStatus.self),
      items: try reader.documents("items") { item throws(BSONError) in try DeliveryItem.read(&item) },
      value: try reader.money("value"),
      date: try reader.date("date"),
      day: try reader.string("day"),
      notes: try reader.optionalString("notes"),
      notesForCustomer: try reader.optionalString("notesForCustomer"),
      invoiceID: try reader.optionalIdentifier("invoiceId", Invoice.self),
      createdBy: try reader.user("createdBy"),
      createdAt: try reader.date("createdAt"),
      updatedAt: try reader.date("updatedAt"),
      currency: try reader.optionalCurrency("currency"))
  }
}

extension DeliveryItem {
  func write(to writer: inout BSONWriter) {
    writer.identifier("itemId", itemID)
    writer.string("productId", productID)
    writer.string("name", name)
    writer.quantity("quantity", quantity)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> DeliveryItem {
    DeliveryItem(
      itemID: try reader.identifier("itemId", OrderItem.self), productID: try reader.string("productId"),
      name: try reader.string("name"), quantity: try reader.quantity("quantity"))
  }
}
