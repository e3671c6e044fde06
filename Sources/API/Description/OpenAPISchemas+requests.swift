import HubContracts
import Orders

extension OpenAPISchemas {
  /// The bodies that routes take.
  static let requests: [Row] = [
    (
      "NewOrder",
      .object([
        .always(
          "customer",
          .object([
            .optional("id", .text), .always("name", .text), .optional("phone", .text), .optional("email", .text),
            .optional("address", .text),
          ])), .always("items", .list(newItem, 1...OrderDraft.itemsLimit)), .optional("currency", .currency),
        .optional("discount", .amount),
        .optional("advance", .object([.always("amount", .amount), .optional("method", .text)])),
        .optional("notes", notes), .optional("notesForCustomer", notesForCustomer),
        .optional("deliveryDate", .timeOrDay),
        .optional("workflow", .named("WorkflowName")),
      ])
    ),
    (
      "NewDelivery",
      .object([
        .always("items", .list(newLine, 1...OrderDraft.itemsLimit)), .optional("date", .timeOrDay),
        .optional("status", .words(DeliveryStatus.beginnings.map(\.rawValue))), .optional("notes", notes),
        .optional("notesForCustomer", notesForCustomer),
      ])
    ),
    (
      "DeliveryStatusChange",
      .object([.always("status", .words(DeliveryStatus.allCases.flatMap(\.next).map(\.rawValue)))])
    ),
    (
      "Reason",
      .object([.optional("reason", .text.meaning("why, at most 500 characters; customers are not shown it"))])
    ),
    ("NewPayment", .object([.always("amount", .amount), .always("method", .text)])),
    (
      "NewCredit",
      .object([.optional("reason", .text), .optional("refund", .object([.always("method", .text)]))])
    ),
    (
      "NewProduct",
      .object([
        .always("productId", .text), .optional("name", .text), .always("unitPrice", .amount),
        .optional("taxRate", .taxRate),
      ])
    ),
    (
      "ProductChange",
      .object([
        .optional("name", .text), .optional("unitPrice", .amount), .optional("taxRate", .taxRate),
        .optional("active", .bool),
      ]).meaning("at least one of them")
    ),
    (
      "NewMovement",
      .object([
        .optional(
          "kind", .words(StockRequest.kinds.map(\.rawValue)).meaning("may be left out where from and to are given")),
        .optional("from", .words(StockPlace.movable.map(\.rawValue)).meaning("of a transfer, and needed there")),
        .optional("to", .words(StockPlace.movable.map(\.rawValue)).meaning("of a transfer, and needed there")),
        .always("quantity", .signedQuantity), .optional("reason", .text.meaning("needed for a transfer")),
      ])
    ),
    (
      "Login",
      .object([
        .always("tenant", .text), .always("user", .text), .always("password", .text), .optional("deviceToken", .text),
      ])
    ), ("Refresh", .object([.always("refreshToken", .text)])),
    (
      "NewUser",
      .object([
        .always("user", newUserName), .always("role", .named("Role")), .optional("name", .text),
        .optional("password", password),
      ])
    ),
    (
      "UserChange",
      .object([.optional("role", .named("Role")), .optional("disabled", .bool), .optional("name", .text)])
        .meaning("at least one of them")
    ), ("NewPassword", .object([.always("password", password)])),
    ("OwnPassword", .object([.always("oldPassword", .text), .always("password", password)])),
  ]

  static let userName = Schema.text.pattern("^[!-~]{1,128}$").meaning("to log in with")
  /// One that stands in an address, where `.` and `..` mean other places; see `UserID.fitsAddress`.
  private static let newUserName = Schema.text.pattern("^(?![.]{1,2}$)[!-~]{1,128}$").meaning("to log in with")
  private static let password = Schema.text.meaning(
    "\(PasswordRule.bytes.lowerBound) to \(PasswordRule.bytes.upperBound) bytes; never given back")

  private static let newItem = Schema.object([
    .always("productId", .text), .optional("name", .text), .always("quantity", .quantity),
    .optional("unitPrice", .amount), .optional("discount", .amount), .optional("taxRate", .taxRate),
  ])

  private static let newLine = Schema.object([
    .optional("productId", .text.meaning("with an itemId: that item's product")), .optional("itemId", .sentID),
    .always("quantity", .quantity),
  ])

  private static let notes = Schema.text.meaning("for the staff; customers are not shown it")
  private static let notesForCustomer = Schema.text.meaning("for the customer")
}
