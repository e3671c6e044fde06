public import Orders

extension Order {
  /// Writes the order as the REST answers, the events and the cache show it.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id)
    json.member("_id", id)
    json.member("orderNumber", number)
    json.member("workflow", workflow.rawValue)
    if let workflowVersion { json.member("workflowVersion", workflowVersion) }
    json.member("tenantId", tenantID.text)
    json.member("status", status.rawValue)
    json.member("phase", phase.rawValue)
    json.member("fulfilment", fulfilment.rawValue)
    json.member("paymentStatus", paymentStatus.rawValue)
    json.member("progress", progress)
    json.member("version", version)
    json.member("currency", currency.code)
    json.name("customer")
    customer.write(to: &json)
    json.name("items")
    json.beginArray()
    for item in items { item.write(to: &json) }
    json.endArray()
    writeAmounts(to: &json)
    json.member("notes", notes)
    json.member("notesForCustomer", notesForCustomer)
    json.member("cancelReason", cancelReason)
    json.member("closeReason", closeReason)
    if !particulars.isEmpty {
      json.name("particulars")
      particulars.write(to: &json)
    }
    json.member("deliveryDate", deliveryDate)
    json.member("createdBy", createdBy.text)
    json.member("createdAt", createdAt)
    json.member("updatedAt", updatedAt)
    json.endObject()
  }

  /// The order alone, as JSON.
  public var json: [UInt8] {
    var json = JSONWriter(capacity: 768 + items.count * 320)
    write(to: &json)
    return json.bytes
  }

  /// `order:{id}:remaining`: `{"productId":{"total","delivered","remaining"}}`.
  public var remainingJSON: [UInt8] {
    var json = JSONWriter(capacity: items.count * 64)
    json.write(remainingByProduct)
    return json.bytes
  }

  private func writeAmounts(to json: inout JSONWriter) {
    json.member("subtotal", subtotal)
    json.member("discount", discount)
    json.member("tax", tax)
    json.member("total", total)
    json.member("paid", paid)
    // What is used on invoices is the advance's first.
    let ofAdvance = min(advanceApplied, advance?.amount ?? .zero)
    json.name("advance")
    if let advance {
      json.beginObject()
      json.member("amount", advance.amount)
      json.member("method", advance.method)
      json.member("applied", ofAdvance)
      json.endObject()
    } else {
      json.null()
    }
    guard credited > .zero else { return }
    json.name("credit")
    json.beginObject()
    json.member("amount", credited)
    json.member("applied", advanceApplied.subtracting(ofAdvance) ?? .zero)
    json.endObject()
  }
}

extension Customer {
  /// Writes the customer.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    if let id {
      json.member("id", id)
    }
    json.member("name", name)
    json.member("phone", phone)
    json.member("email", email)
    json.member("address", address)
    json.endObject()
  }
}

extension OrderItem {
  /// Writes the item.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id)
    json.member("productId", productID)
    json.member("name", name)
    json.member("unitPrice", unitPrice)
    json.member("quantity", quantity)
    json.member("cancelled", cancelled)
    json.member("delivered", delivered)
    json.member("received", received)
    json.member("returned", returned)
    json.member("remaining", remaining)
    json.member("invoiced", invoiced)
    json.member("discount", discount)
    json.member("taxRate", Quantity(millionths: taxRate.millionths))
    json.member("tax", tax)
    json.member("total", total)
    json.member("backorder", backordered > .zero)
    json.member("backordered", backordered)
    json.endObject()
  }
}

extension JSONWriter {
  /// `{"productId":{"total","delivered","remaining"}}`
  public mutating func write(_ remaining: [ProductRemaining]) {
    beginObject()
    for product in remaining {
      name(text: product.productID)
      beginObject()
      name("total")
      quantity(product.total)
      name("delivered")
      quantity(product.delivered)
      name("remaining")
      quantity(product.remaining)
      endObject()
    }
    endObject()
  }
}
