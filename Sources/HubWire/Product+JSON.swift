public import Orders

extension Product {
  /// What can be promised; never below zero.
  public var available: Quantity { max(onHand, .zero) }
  /// What is owed; never below zero.
  public var backordered: Quantity { max(Quantity.zero.subtracting(onHand) ?? .zero, .zero) }

  /// Writes the product.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("productId", productID)
    json.member("tenantId", tenantID.text)
    json.member("name", name)
    json.member("unitPrice", unitPrice)
    json.member("taxRate", Quantity(millionths: taxRate.millionths))
    json.member("active", active)
    json.name("stock")
    json.beginObject()
    json.member("onHand", onHand)
    json.member("available", available)
    json.member("backordered", backordered)
    json.member("reserved", reserved)
    json.member("damaged", damaged)
    json.member("onHold", onHold)
    json.endObject()
    json.member("version", version)
    json.member("createdAt", createdAt)
    json.member("updatedAt", updatedAt)
    json.endObject()
  }
}

extension LedgerRow {
  /// Writes the row.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.member("id", id)
    json.member("productId", productID)
    json.member("kind", kind.rawValue)
    json.member("from", from?.rawValue)
    json.member("to", to?.rawValue)
    json.member("onHand", onHand)
    json.member("reserved", reserved)
    json.member("damaged", damaged)
    json.member("onHold", onHold)
    json.member("backordered", backordered)
    json.member("orderId", orderID)
    json.member("owner", hold?.owner)
    json.member("expiresAt", hold?.expiresAt)
    json.member("reason", reason)
    json.member("by", by.text)
    json.member("at", at)
    json.endObject()
  }
}
