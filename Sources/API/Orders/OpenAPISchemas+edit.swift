import Orders

extension OpenAPISchemas {
  /// What changes an order.
  static let edits: [Row] = [
    (
      "OrderEdit",
      .object([
        .optional(
          "version",
          Schema.whole(1...9_007_199_254_740_991).meaning(
            "the version that is to be changed; another one is 409. If-Match says the same")),
        .optional(
          "customer",
          .object([
            .optional("name", .text), .optional("phone", .text), .optional("email", .text), .optional("address", .text),
          ])), .optional("deliveryDate", .timeOrDay), .optional("notes", .text),
        .optional("notesForCustomer", .text),
        .optional("discount", Schema.amount.meaning("taken off the whole order, spread over its items anew")),
        .optional("items", .list(line, 1...OrderDraft.itemsLimit)),
      ]).meaning("at least one beside version: null takes away, what is not named stays")
    )
  ]

  private static let line = Schema.object([
    .optional("itemId", .sentID),
    .optional("productId", Schema.text.meaning("with an itemId: that item's product")),
    .optional("quantity", Schema.quantity.meaning("what is wanted of it in all; 0 takes it off")),
    .optional("unitPrice", .amount), .optional("discount", .amount), .optional("taxRate", .taxRate),
    .optional("name", .text),
  ])
}
