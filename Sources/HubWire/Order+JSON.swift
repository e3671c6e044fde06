public import Orders

extension Order {
  /// Writes the order as the REST answers, the events and the cache show it.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("id")
    json.id(id)
    json.name("_id")
    json.id(id)
    json.name("orderNumber")
    json.string(number)
    json.name("workflow")
    json.string(workflow.rawValue)
    json.name("tenantId")
    json.string(tenantID.text)
    json.name("status")
    json.string(status.rawValue)
    json.name("phase")
    json.string(phase.rawValue)
    json.name("fulfilment")
    json.string(fulfilment.rawValue)
    json.name("paymentStatus")
    json.string(paymentStatus.rawValue)
    json.name("progress")
    json.number(Int64(progress))
    json.name("version")
    json.number(version)
    json.name("currency")
    json.string(currency.code)
    json.name("customer")
    customer.write(to: &json)
    json.name("items")
    json.beginArray()
    for item in items { item.write(to: &json) }
    json.endArray()
    writeAmounts(to: &json)
    json.name("notes")
    json.string(notes)
    json.name("deliveryDate")
    if let deliveryDate { json.time(deliveryDate) } else { json.null() }
    json.name("createdBy")
    json.string(createdBy.text)
    json.name("createdAt")
    json.time(createdAt)
    json.name("updatedAt")
    json.time(updatedAt)
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
    json.name("subtotal")
    json.money(subtotal)
    json.name("discount")
    json.money(discount)
    json.name("tax")
    json.money(tax)
    json.name("total")
    json.money(total)
    json.name("paid")
    json.money(paid)
    json.name("advance")
    guard let advance else { return json.null() }
    json.beginObject()
    json.name("amount")
    json.money(advance.amount)
    json.name("method")
    json.string(advance.method)
    json.name("applied")
    json.money(advanceApplied)
    json.endObject()
  }
}

extension Customer {
  /// Writes the customer.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    if let id {
      json.name("id")
      json.string(id)
    }
    json.name("name")
    json.string(name)
    json.name("phone")
    json.string(phone)
    json.name("email")
    json.string(email)
    json.name("address")
    json.string(address)
    json.endObject()
  }
}

extension OrderItem {
  /// Writes the item.
  func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("id")
    json.id(id)
    json.name("productId")
    json.string(productID)
    json.name("name")
    json.string(name)
    json.name("unitPrice")
    json.money(unitPrice)
    json.name("quantity")
    json.quantity(quantity)
    json.name("cancelled")
    json.quantity(cancelled)
    json.name("delivered")
    json.quantity(delivered)
    json.name("received")
    json.quantity(received)
    json.name("returned")
    json.quantity(returned)
    json.name("remaining")
    json.quantity(remaining)
    json.name("invoiced")
    json.quantity(invoiced)
    json.name("discount")
    json.money(discount)
    json.name("taxRate")
    json.quantity(Quantity(millionths: taxRate.millionths))
    json.name("tax")
    json.money(tax)
    json.name("total")
    json.money(total)
    json.name("backorder")
    json.bool(backordered > .zero)
    json.name("backordered")
    json.quantity(backordered)
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
