import Orders

extension LedgerRow: Document {
  func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.tenant("tenantId", tenantID)
    writer.string("productId", productID)
    writer.string("kind", kind.rawValue)
    writer.quantity("onHand", onHand)
    if reserved != .zero { writer.quantity("reserved", reserved) }
    writer.quantity("damaged", damaged)
    writer.quantity("onHold", onHold)
    writer.quantity("backordered", backordered)
    if let orderID { writer.identifier("orderId", orderID) }
    writer.optionalString("reason", reason)
    writer.user("by", by)
    writer.date("at", at)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> LedgerRow {
    LedgerRow(
      id: try reader.identifier("_id", LedgerRow.self), tenantID: try reader.tenant("tenantId"),
      productID: try reader.string("productId"), kind: try reader.word("kind", LedgerKind.self),
      onHand: try reader.quantity("onHand"), reserved: try reader.optionalQuantity("reserved"),
      damaged: try reader.quantity("damaged"),
      onHold: try reader.quantity("onHold"), backordered: try reader.quantity("backordered"),
      orderID: try reader.optionalIdentifier("orderId", Order.self), reason: try reader.optionalString("reason"),
      by: try reader.user("by"), at: try reader.date("at"))
  }
}
