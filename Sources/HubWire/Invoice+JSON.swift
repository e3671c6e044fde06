public import Orders

extension Invoice {
  /// unpaid, partially_paid or paid; the advance counts.
  public var paymentStatus: PaymentStatus {
    due == .zero ? .paid : advanceApplied > .zero || paid > .zero ? .partiallyPaid : .unpaid
  }

  /// Writes the invoice as the REST answers and the events show it.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("id")
    json.id(id)
    json.name("_id")
    json.id(id)
    json.name("invoiceNumber")
    json.string(number)
    json.name("orderId")
    json.id(orderID)
    json.name("deliveryId")
    json.id(deliveryID)
    json.name("paymentStatus")
    json.string(paymentStatus.rawValue)
    json.name("lines")
    json.beginArray()
    for line in lines { line.write(to: &json) }
    json.endArray()
    writeAmounts(to: &json)
    json.name("createdBy")
    json.string(createdBy.text)
    json.name("createdAt")
    json.time(createdAt)
    json.name("updatedAt")
    json.time(updatedAt)
    json.endObject()
  }

  private func writeAmounts(to json: inout JSONWriter) {
    json.name("currency")
    json.string(currency.code)
    json.name("subtotal")
    json.money(subtotal)
    json.name("discount")
    json.money(discount)
    json.name("tax")
    json.money(tax)
    json.name("total")
    json.money(total)
    json.name("advanceApplied")
    json.money(advanceApplied)
    json.name("paid")
    json.money(paid)
    json.name("due")
    json.money(due)
    json.name("payments")
    json.beginArray()
    for payment in payments {
      json.beginObject()
      json.name("amount")
      json.money(payment.amount)
      json.name("method")
      json.string(payment.method)
      json.name("at")
      json.time(payment.at)
      json.name("by")
      json.string(payment.by.text)
      json.endObject()
    }
    json.endArray()
  }
}

extension InvoiceLine {
  /// Writes the line.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("itemId")
    json.id(itemID)
    json.name("productId")
    json.string(productID)
    json.name("name")
    json.string(name)
    json.name("quantity")
    json.quantity(quantity)
    json.name("unitPrice")
    json.money(unitPrice)
    json.name("subtotal")
    json.money(subtotal)
    json.name("discount")
    json.money(discount)
    json.name("tax")
    json.money(tax)
    json.name("total")
    json.money(total)
    json.endObject()
  }
}
