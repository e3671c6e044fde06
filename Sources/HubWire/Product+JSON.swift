public import Orders

extension Product {
  /// What can be promised; never below zero.
  public var available: Quantity { max(onHand, .zero) }
  /// What is owed; never below zero.
  public var backordered: Quantity { max(Quantity.zero.subtracting(onHand) ?? .zero, .zero) }

  /// Writes the product.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("productId")
    json.string(productID)
    json.name("tenantId")
    json.string(tenantID.text)
    json.name("name")
    json.string(name)
    json.name("unitPrice")
    json.money(unitPrice)
    json.name("taxRate")
    json.quantity(Quantity(millionths: taxRate.millionths))
    json.name("active")
    json.bool(active)
    json.name("stock")
    json.beginObject()
    json.name("onHand")
    json.quantity(onHand)
    json.name("available")
    json.quantity(available)
    json.name("backordered")
    json.quantity(backordered)
    json.name("damaged")
    json.quantity(damaged)
    json.name("onHold")
    json.quantity(onHold)
    json.endObject()
    json.name("version")
    json.number(version)
    json.name("createdAt")
    json.time(createdAt)
    json.name("updatedAt")
    json.time(updatedAt)
    json.endObject()
  }
}

extension LedgerRow {
  /// Writes the row.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.name("id")
    json.id(id)
    json.name("productId")
    json.string(productID)
    json.name("kind")
    json.string(kind.rawValue)
    json.name("onHand")
    json.quantity(onHand)
    json.name("damaged")
    json.quantity(damaged)
    json.name("onHold")
    json.quantity(onHold)
    json.name("backordered")
    json.quantity(backordered)
    json.name("orderId")
    if let orderID { json.id(orderID) } else { json.null() }
    json.name("reason")
    json.string(reason)
    json.name("by")
    json.string(by.text)
    json.name("at")
    json.time(at)
    json.endObject()
  }
}
