import Orders

extension Product: Document {
  /// A tenant's name has no colon, so the two parts cannot be confused, and a tenant's products are one range.
  static func key(_ product: Text, tenant: TenantID) -> Text { "\(tenant.text):\(product)" }

  func write(to writer: inout BSONWriter) {
    writer.string("_id", Self.key(productID, tenant: tenantID))
    writer.tenant("tenantId", tenantID)
    writer.string("productId", productID)
    writer.string("name", name)
    writer.money("unitPrice", unitPrice)
    writer.int64("taxRate", taxRate.millionths)
    writer.bool("active", active)
    writer.quantity("onHand", onHand)
    // Though it be zero: one without it was written by a version that does not know it; see `StoredProduct`.
    writer.quantity("reserved", reserved)
    writer.quantity("damaged", damaged)
    writer.quantity("onHold", onHold)
    writer.int64("version", version)
    writer.date("createdAt", createdAt)
    writer.date("updatedAt", updatedAt)
  }

  static func read(_ reader: inout BSONReader) throws(BSONError) -> Product {
    Product(
      tenantID: try reader.tenant("tenantId"), productID: try reader.string("productId"),
      name: try reader.string("name"), unitPrice: try reader.money("unitPrice"),
      taxRate: TaxRate(millionths: try reader.integer("taxRate")), active: try reader.bool("active"),
      onHand: try reader.quantity("onHand"), reserved: try reader.optionalQuantity("reserved"),
      damaged: try reader.quantity("damaged"),
      onHold: try reader.quantity("onHold"), version: try reader.integer("version"),
      createdAt: try reader.date("createdAt"), updatedAt: try reader.date("updatedAt"))
  }
}
