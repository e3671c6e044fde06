public import Orders

extension Invoice {
  /// unpaid, partially_paid or paid; the advance counts. Of one that was credited what was paid is given back: refunded.
  public var paymentStatus: PaymentStatus {
    guard isLive else { return .refunded }
    return due == .zero ? .paid : advanceApplied > .zero || paid > .zero ? .partiallyPaid : .unpaid
  }

  /// Writes the invoice as the REST answers and the events show it.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id)
    json.member("_id", id)
    json.member("invoiceNumber", number)
    json.member("orderId", orderID)
    json.member("deliveryId", deliveryID)
    json.member("paymentStatus", paymentStatus.rawValue)
    json.name("lines")
    json.beginArray()
    for line in lines { line.write(to: &json) }
    json.endArray()
    writeAmounts(to: &json)
    if let creditNote {
      json.name("creditNote")
      creditNote.write(to: &json)
    }
    json.member("createdBy", createdBy.text)
    json.member("createdAt", createdAt)
    json.member("updatedAt", updatedAt)
    json.endObject()
  }

  private func writeAmounts(to json: inout JSONWriter) {
    json.member("currency", currency.code)
    json.member("subtotal", subtotal)
    json.member("discount", discount)
    json.member("tax", tax)
    json.member("total", total)
    if rounding != .zero { json.member("rounding", rounding) }
    json.member("advanceApplied", advanceApplied)
    json.member("paid", paid)
    json.member("due", due)
    json.name("payments")
    json.beginArray()
    for payment in payments {
      json.beginObject()
      json.member("amount", payment.amount)
      json.member("method", payment.method)
      json.member("at", payment.at)
      json.member("by", payment.by.text)
      json.endObject()
    }
    json.endArray()
  }
}

extension CreditNote {
  /// Writes the credit note.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("number", number)
    json.member("reason", reason)
    json.name("refund")
    if let refund {
      json.beginObject()
      json.member("amount", refund.amount)
      json.member("method", refund.method)
      json.endObject()
    } else {
      json.null()
    }
    json.member("at", at)
    json.member("by", by.text)
    json.endObject()
  }
}

extension InvoiceLine {
  /// Writes the line.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("itemId", itemID)
    json.member("productId", productID)
    json.member("name", name)
    json.member("quantity", quantity)
    json.member("unitPrice", unitPrice)
    json.member("subtotal", subtotal)
    json.member("discount", discount)
    json.member("tax", tax)
    json.member("total", total)
    json.endObject()
  }
}
