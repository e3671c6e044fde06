import Orders

extension OpenAPISchemas {
  /// A part of an order.
  static let parts: [Row] = [
    (
      "Part",
      .object([
        .always("id", .id), .always("_id", .id), .always("orderId", .id), .always("kind", .text),
        .always("number", .count.meaning("1, 2, 3 … among the order's parts of the kind")), .always("status", .text),
        .always("items", .list(.named("DeliveryItem"))),
        .always("record", .map(.particular).meaning("what else is known of it, by the workflow's names")),
        .staff("staffRecord", .map(.particular)), .staff("createdBy", .text), .always("createdAt", .time),
        .always("updatedAt", .time),
      ])
    )
  ]
}
