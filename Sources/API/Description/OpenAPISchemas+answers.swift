import Orders

extension OpenAPISchemas {
  /// What routes answer that are about the business.
  static let answers: [Row] = [
    (
      "OrderAnswer",
      .object([
        success, order,
        .sometimes("parts", .list(.named("Part")).meaning("those that it made or moved, where there are such")),
      ])
    ), ("PartList", .object([orderID, .always("parts", .list(.named("Part"))), nextAfter])),
    ("DeliveryAnswer", .object([success, delivery, order])),
    ("InvoiceAnswer", .object([success, invoice, delivery, order])),
    ("PaymentAnswer", .object([success, invoice, order])),
    (
      "CreditAnswer",
      .object([success, .always("creditNote", .named("CreditNote")), invoice, delivery, order])
    ), ("ProductAnswer", .object([success, product])),
    ("MovementAnswer", .object([success, product, .always("movement", .named("LedgerRow"))])),
    ("OrderDocument", .object([order, .always("events", .list(.named("EventHead")))])),
    (
      "OrderList",
      .object([
        orderRows,
        .always(
          "pagination",
          .object([
            .always("page", .count), .always("limit", .count), .always("total", .count),
            .always("totalPages", .count), .always("totalIsCapped", .bool), .always("nextCursor", .text.orNull),
          ])),
      ])
    ), ("ChangeList", .object([orderRows, .always("next", .text), .always("hasMore", .bool)])),
    ("Remaining", .object([orderID, version, .always("remaining", .named("RemainingProducts"))])),
    (
      "Progress",
      .object([orderID, .always("progress", .whole(0...100)), .always("status", .named("OrderStatus")), version])
    ),
    (
      "EventList",
      .object([
        orderID, version, .always("events", .list(.named("Event"))), .always("hasMore", .bool),
        .always("nextAfter", .count.orNull),
      ])
    ), ("DeliveryList", .object([deliveryRows, nextAfter])),
    ("DeliveryPage", .object([deliveryRows, pagination])), ("InvoicePage", .object([invoiceRows, pagination])),
    ("UserList", .object([.always("users", .list(.named("User"))), pagination])),
    ("UserDocument", .object([user])),
    ("UserAnswer", .object([success, user, .always("sessionsEnded", .count)])),
    ("DeliveriesOfDay", .object([.always("day", .day), deliveryRows, nextAfter])),
    ("InvoiceList", .object([invoiceRows, nextAfter])),
    ("InvoiceDocument", .object([invoice])),
    ("ProductList", .object([.always("products", .list(.named("Product"))), textAfter])),
    ("ProductDocument", .object([product])),
    (
      "LedgerList",
      .object([.always("productId", .text), .always("ledger", .list(.named("LedgerRow"))), nextAfter])
    ),
    (
      "Statistics",
      .object([.always("counters", .named("Counters")), .always("today", .named("Today")), .always("asOf", .time)])
    ), ("Counters", counters),
    (
      "Today",
      .object([
        .always("count", .whole), .always("totalValue", .signedAmount), .always("pending", .whole),
        .always("delivered", .whole),
        .always("totals", .list(.object([.always("currency", .currency), .always("value", .signedAmount)]))),
      ])
    ),
  ]

  private static let success = Schema.Member.always("success", .yes)
  private static let order = Schema.Member.always("order", .named("Order"))
  private static let delivery = Schema.Member.always("delivery", .named("Delivery"))
  private static let invoice = Schema.Member.always("invoice", .named("Invoice"))
  private static let product = Schema.Member.always("product", .named("Product"))
  private static let orderID = Schema.Member.always("orderId", .id)
  private static let version = Schema.Member.always("version", .count)
  private static let orderRows = Schema.Member.always("orders", .list(.named("Order")))
  private static let deliveryRows = Schema.Member.always("deliveries", .list(.named("Delivery")))
  private static let invoiceRows = Schema.Member.always("invoices", .list(.named("Invoice")))
  private static let user = Schema.Member.always("user", .named("User"))
  private static let pagination = Schema.Member.always(
    "pagination", .object([.always("limit", .count), .always("nextCursor", .text.orNull)]))
  private static let nextAfter = Schema.Member.always("nextAfter", .id.orNull)
  private static let textAfter = Schema.Member.always("nextAfter", .text.orNull)

  private static let counters: Schema = .object(
    ["totalOrders"].map { .always($0, .whole) } + PlainStates.counters.map { .always("\($0.name)", .whole) }
      + [
        .always("unpaidOrders", .whole),
        .always("byStatus", .object(PlainStates.counters.map { .always($0.status.rawValue, .whole) })),
        .always("byPhase", byPhase),
        .sometimes(
          "byWorkflow",
          .map(
            .object([
              .always("total", .whole), .always("unpaid", .whole), .always("byStatus", .map(.whole)),
              .always("byPhase", byPhase),
            ])
          ).meaning("by the workflow's name, where there are orders of more than the main one")),
      ])

  private static let byPhase = Schema.object(Phase.allCases.map { .always($0.rawValue, .whole) })
}
