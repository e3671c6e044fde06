extension OpenAPISchemas {
  /// A product of the catalogue, its stock and what moved it.
  static let stock: [Row] = [
    (
      "Product",
      .object([
        .always("productId", .text), .always("tenantId", .text), .always("name", .text),
        .always("unitPrice", .amount), .always("taxRate", .taxRate), .always("active", .bool),
        .always("stock", .named("Stock")), .always("version", .count), .always("createdAt", .time),
        .always("updatedAt", .time),
      ])
    ),
    (
      "Stock",
      .object([
        .always("onHand", .signedQuantity.meaning("below zero when owed")), .always("available", .quantity),
        .always("backordered", .quantity),
        .always("reserved", .quantity.meaning("set aside for orders, and none of onHand any more")),
        .always("damaged", .quantity), .always("onHold", .quantity),
      ])
    ),
    (
      "LedgerRow",
      .object([
        .always("id", .id), .always("productId", .text), .always("kind", .named("LedgerKind")),
        .always("onHand", .signedQuantity), .always("reserved", .signedQuantity),
        .always("damaged", .signedQuantity), .always("onHold", .signedQuantity),
        .always("backordered", .quantity), .always("orderId", .id.orNull), .always("reason", .text.orNull),
        .always("by", .text), .always("at", .time),
      ])
    ),
  ]
}
