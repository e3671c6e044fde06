import Orders

extension OpenAPISchemas {
  /// What every refusal is.
  static let problems: [Row] = [
    (
      "Problem",
      .object([
        .always("type", .text), .always("title", .text), .always("status", .whole(400...599)),
        .always("detail", .text), .always("code", .text), .always("requestId", .text), .always("canRetry", .bool),
        .sometimes("suggestedAction", .text), .sometimes("errors", .list(.named("FieldProblem"))),
        // What a client needs to go on: see `Fact`.
        .sometimes("remaining", .named("RemainingProducts")), .sometimes("version", .count),
        .sometimes(
          "short",
          .list(.object([.always("productId", .text), .sometimes("lacking", .quantity)])).meaning(
            "what the stock lacks; how much, to those who see the stock")),
        .sometimes("due", .amount), .sometimes("invoice", .named("Invoice")),
        .sometimes("orderStatus", .named("AnyStatus")),
        .sometimes("allowed", .list(.text)), .sometimes("changed", .list(.text)),
        .sometimes(
          "changes", .list(.named("PastChange"), 0...PastChange.limit).meaning("what happened since, oldest first")),
        .sometimes("excess", .amount),
      ])
    ),
    (
      "PastChange",
      .object([
        .always("seq", .count), .always("type", .either([.named("EventType"), .named("OtherEventType")])),
        .always("at", .time), .staff("by", .text),
        .sometimes("changed", .list(.text).meaning("the members of the order that an edit changed")),
      ])
    ), ("FieldProblem", .object([.always("field", .text), .always("message", .text)])),
  ]
}
