import Orders

extension OpenAPISchemas {
  /// What happened to an order.
  static let events: [Row] =
    [
      (
        "Event",
        .either(
          data.map { event(.words([$0.type.rawValue]), .object($0.members)) } + [event(.named("OtherEventType"), .open)]
        )
      ),
      (
        "EventHead",
        .object([
          .always("id", .text), .always("seq", .count),
          .always("type", .either([.named("EventType"), .named("OtherEventType")])), .always("at", .time),
          .staff("by", .text),
        ])
      ),
      (
        "AffectedProduct",
        .object([
          .always("productId", .text), .always("name", .text), .always("quantity", .quantity),
          .staff("tracked", .bool), .sellers("backordered", .quantity), .staff("onHand", .signedQuantity.orNull),
        ])
      ),
    ]

  /// What an event of each type tells; a test holds it against the types that there are.
  static let data: [(type: EventType, members: [Schema.Member])] = [
    (.orderCreated, [order]), (.orderUpdated, [changed, staffChanged, order]), (.orderPaymentUpdated, [order]),
    (
      .orderCancelled,
      [.always("orderId", .id), .always("orderNumber", .text), .staff("cancelReason", .text.orNull)]
    ),
    (
      .orderProgressUpdated,
      [
        .always("orderId", .id), .always("progress", .whole(0...100)), .always("status", .named("OrderStatus")),
      ]
    ), (.inventoryReduced, inventory), (.inventoryRestored, inventory), (.deliveryCreated, [delivery, order]),
    (
      .deliveryStatusUpdated,
      [
        .always("deliveryId", .id), .always("deliveryNumber", .text), .always("status", .named("DeliveryStatus")),
      ]
    ), (.invoiceGenerated, [invoice, delivery]), (.invoiceCredited, [invoice, delivery]),
    (.partCreated, [part]), (.partUpdated, [part]),
  ]

  private static let changed = Schema.Member.sometimes(
    "changed", .list(.text).meaning("of an edit: the members of the order that it changed"))
  private static let staffChanged = Schema.Member.staff("staffChanged", .list(.text))
  private static let order = Schema.Member.always("order", .named("Order"))
  private static let part = Schema.Member.always("part", .named("Part"))
  private static let invoice = Schema.Member.always("invoice", .named("Invoice"))
  private static let delivery = Schema.Member.always("delivery", .named("Delivery"))
  private static let inventory: [Schema.Member] = [
    .always("orderId", .id), .always("orderNumber", .text),
    .always("affectedProducts", .list(.named("AffectedProduct"))),
  ]

  private static func event(_ type: Schema, _ data: Schema) -> Schema {
    .object([
      .always("id", .text), .always("seq", .count), .always("tenant", .text), .always("type", type),
      .always("orderId", .id), .sometimes("customer", .text), .sometimes("seller", .text), .staff("kiosk", .text),
      .always("at", .time), .always("data", data),
    ])
  }
}

extension Schema {
  /// A type of events that is not among those of this version: a workflow's own, or a newer version's.
  static let otherEventType = text.pattern("^[!-~]{1,128}$").butNot(words(EventType.allCases.map(\.rawValue)))
    .meaning("a workflow's own type, whose data is {order}, or one of a newer version; for the staff")
  /// Whatever a newer version tells.
  fileprivate static let open = map(Schema())
}
