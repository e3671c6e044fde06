import Orders

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
        .always("from", place.meaning("the one place that it takes from")),
        .always("to", place.meaning("the one place that it gives to")),
        .always("onHand", .signedQuantity), .always("reserved", .signedQuantity),
        .always("damaged", .signedQuantity), .always("onHold", .signedQuantity),
        .always("backordered", .quantity), .always("orderId", .id.orNull),
        .always("owner", .text.orNull.meaning("whose the order is, if its workflow's table moved the stock")),
        .always("expiresAt", .time.orNull.meaning("when what is reserved goes back by itself")),
        .always("reason", .text.orNull),
        .always("by", .text), .always("at", .time),
      ])
    ),
    (
      "Inventory",
      .object([
        .always(
          "inventory",
          .list(
            .object([
              .always("productId", .text), .always("name", .text), .always("active", .bool),
              .always("available", .quantity), .always("backordered", .quantity),
              .always("reserved", .quantity.meaning("set aside for orders, and none of what is available")),
              .always("onHold", .quantity), .always("damaged", .quantity),
            ]))), .always("pagination", pages),
      ])
    ),
    (
      "Reservations",
      .object([
        .always("productId", .text), .always("reserved", .quantity.meaning("of all orders together")),
        .always(
          "reservations",
          .list(
            .object([
              .always("orderId", .id), .always("orderNumber", .text.orNull),
              .always("owner", .text.meaning("the customer's user name, or that of whoever made the order")),
              .always("quantity", .quantity), .always("expiresAt", .time.orNull.meaning("null: it is firm")),
            ]))), .always("pagination", pages),
      ])
    ),
  ]

  private static let place = Schema.words(of: StockPlace.self).orNull
  private static let pages = Schema.object([.always("limit", .count), .always("nextCursor", .text.orNull)])
}
