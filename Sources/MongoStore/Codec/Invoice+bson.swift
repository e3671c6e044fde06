import HubWire
import Orders

extension Invoice: Document {
  func write(to writer: inout BSONWriter) {
    writer.identifier("_id", id)
    writer.identifier("orderId", orderID)
    writer.identifier("deliveryId", deliveryID)
    writer.tenant("tenantId", tenantID)
    writer.string("number", number)
    writer.documents("lines", lines) { $1.write(to: &$0) }
    writer.string("currency", currency.code)
    writer.money("subtotal", subtotal)
    writer.money("discount", discount)
    writer.money("tax", tax)
    writer.money("total", total)
    writer.money("advanceApplied", advanceApplied)
    writer.money("paid", paid)
    // Said by the amounts already; it is here for the lists.
    writer.string("paymentStatus", paymentStatus.rawValue)
    writer.documents("payments", payments) {
      $0.money("amount", $1.amount)
      $0.string("method", $1.method)
      $0.date("at", $1.at)
      $0.user("by", $1.by)
    }
    writer.user("createdBy", createdBy)
    writer.date("createdAt", createdAt)
    writer.date("updatedAt", updatedAt)
    if rounding != .zero { writer.money("rounding", rounding) }
    if let creditNote { writer.document("creditNote", creditNote.write) }
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Invoice {
    Invoice(
      id: try reader.identifier("_id", Invoice.self),
      orderID: try reader.identifier("orderId", Order.self),
      deliveryID: try reader.identifier("deliveryId", Delivery.self),
      tenantID: try reader.tenant("tenantId"),
      number: try reader.string("number"),
      lines: try reader.documents("lines", InvoiceLine.read),
      currency: try reader.currency("currency"),
      subtotal: try reader.money("subtotal"),
      discount: try reader.money("discount"),
      tax: try reader.money("tax"),
      total: try reader.money("total"),
      advanceApplied: try reader.money("advanceApplied"),
      paid: try reader.money("paid"),
      payments: try reader.documents("payments") { payment throws(BSONError) in
        Payment(
          amount: try payment.money("amount"), method: try payment.string("method"), at: try payment.date("at"),
          by: try payment.user("by"))
      },
      createdBy: try reader.user("createdBy"),
      createdAt: try reader.date("createdAt"),
      updatedAt: try reader.date("updatedAt"),
      rounding: try reader.optionalInteger("rounding").map(Money.init(units:)) ?? .zero,
      creditNote: try CreditNote.read(try reader.optionalDocument("creditNote")))
  }
}

extension CreditNote {
  fileprivate func write(to writer: inout BSONWriter) {
    writer.string("number", number)
    writer.optionalString("reason", reason)
    if let refund {
      writer.document("refund") {
        $0.money("amount", refund.amount)
        $0.string("method", refund.method)
      }
    }
    writer.date("at", at)
    writer.user("by", by)
  }

  fileprivate static func read(_ document: BSONReader?) throws(BSONError) -> CreditNote? {
    guard var reader = document else { return nil }
    return CreditNote(
      number: try reader.string("number"), reason: try reader.optionalString("reason"),
      refund: try refund(try reader.optionalDocument("refund")), at: try reader.date("at"), by: try reader.user("by"))
  }

  private static func refund(_ document: BSONReader?) throws(BSONError) -> Refund? {
    guard var reader = document else { return nil }
    return Refund(amount: try reader.money("amount"), method: try reader.string("method"))
  }
}

extension InvoiceLine {
  fileprivate func write(to writer: inout BSONWriter) {
    writer.identifier("itemId", itemID)
    writer.string("productId", productID)
    writer.string("name", name)
    writer.quantity("quantity", quantity)
    writer.money("unitPrice", unitPrice)
    writer.money("subtotal", subtotal)
    writer.money("discount", discount)
    writer.money("tax", tax)
    writer.money("total", total)
  }

  fileprivate static func read(_ reader: inout BSONReader) throws(BSONError) -> InvoiceLine {
    InvoiceLine(
      itemID: try reader.identifier("itemId", OrderItem.self), productID: try reader.string("productId"),
      name: try reader.string("name"), quantity: try reader.quantity("quantity"),
      unitPrice: try reader.money("unitPrice"), subtotal: try reader.money("subtotal"),
      discount: try reader.money("discount"), tax: try reader.money("tax"), total: try reader.money("total"))
  }
}
