/// The bodies that routes take and give, as JSON Schema.
enum OpenAPISchemas {
  /// By name; every name that a route uses is here, and a test holds them together.
  static let all: [(name: String, schema: String)] = requests + entities + answers

  private static let amount = #"{"type":"number","minimum":0,"description":"exact; at most 8 decimals"}"#
  private static let quantity = #"{"type":"number","minimum":0,"description":"exact; at most 6 decimals"}"#
  private static let text = #"{"type":"string"}"#
  private static let id = #"{"type":"string","pattern":"^[0-9a-f]{24}$"}"#
  private static let internalNotes = #"{"type":"string","description":"for the staff; customers are not shown it"}"#
  private static let notesForCustomer = #"{"type":"string","description":"for the customer"}"#
  private static let reason =
    #"{"type":"string","description":"why, at most 500 characters; customers are not shown it"}"#
  private static let textOrNull = #"{"type":["string","null"]}"#
  private static let time = #"{"type":"string","format":"date-time"}"#
  private static let timeOrDay =
    #"{"type":"string","description":"RFC 3339, or a date alone: its first moment in the business's time zone"}"#

  private static func object(_ members: [(String, String)], required: [String] = []) -> String {
    let properties = members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
    let names = required.map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"type":"object","properties":{\#(properties)}\#(required.isEmpty ? "" : #","required":[\#(names)]"#)}"#
  }

  private static func list(_ schema: String) -> String { #"{"type":"array","items":\#(schema)}"# }
  private static func ref(_ name: String) -> String { ##"{"$ref":"#/components/schemas/\##(name)"}"## }

  private static let customer = object(
    [("id", text), ("name", text), ("phone", text), ("email", text), ("address", text)], required: ["name"])

  private static let requests = [
    (
      "NewOrder",
      object(
        [
          ("customer", customer),
          (
            "items",
            list(
              object(
                [
                  ("productId", text), ("name", text), ("quantity", quantity), ("unitPrice", amount),
                  ("discount", amount), ("taxRate", #"{"type":"number","minimum":0,"maximum":1}"#),
                ], required: ["productId", "quantity"]))
          ), ("currency", text), ("discount", amount),
          ("advance", object([("amount", amount), ("method", text)], required: ["amount"])),
          ("notes", internalNotes),
          ("notesForCustomer", notesForCustomer), ("deliveryDate", timeOrDay),
          ("workflow", #"{"type":"string","enum":["delivery"]}"#),
        ], required: ["customer", "items"])
    ),
    (
      "NewDelivery",
      object(
        [
          (
            "items",
            list(
              object(
                [
                  ("productId", #"{"type":"string","description":"with an itemId: that item's product"}"#),
                  ("itemId", id), ("quantity", quantity),
                ], required: ["quantity"]))
          ), ("date", timeOrDay), ("status", #"{"type":"string","enum":["pending","dispatched","delivered"]}"#),
          ("notes", internalNotes), ("notesForCustomer", notesForCustomer),
        ], required: ["items"])
    ),
    (
      "DeliveryStatusChange",
      object(
        [("status", #"{"type":"string","enum":["dispatched","delivered","failed","cancelled"]}"#)],
        required: ["status"])
    ),
    ("Reason", object([("reason", reason)])),
    ("NewPayment", object([("amount", amount), ("method", text)], required: ["amount", "method"])),
    ("NewCredit", object([("reason", text), ("refund", object([("method", text)], required: ["method"]))])),
    (
      "NewProduct",
      object(
        [("productId", text), ("name", text), ("unitPrice", amount), ("taxRate", amount)],
        required: ["productId", "unitPrice"])
    ),
    (
      "ProductChange",
      object([("name", text), ("unitPrice", amount), ("taxRate", amount), ("active", #"{"type":"boolean"}"#)])
    ),
    (
      "NewMovement",
      object(
        [
          ("kind", #"{"type":"string","enum":["receipt","correction","damaged","on_hold"]}"#),
          ("quantity", #"{"type":"number"}"#), ("reason", text),
        ], required: ["kind", "quantity"])
    ),
    (
      "Login",
      object(
        [("tenant", text), ("user", text), ("password", text), ("deviceToken", text)],
        required: ["tenant", "user", "password"])
    ), ("Refresh", object([("refreshToken", text)], required: ["refreshToken"])),
    (
      "NewUser",
      object(
        [("user", userName), ("role", role), ("name", text), ("password", password)], required: ["user", "role"])
    ), ("UserChange", object([("role", role), ("disabled", #"{"type":"boolean"}"#), ("name", text)])),
    ("NewPassword", object([("password", password)], required: ["password"])),
    (
      "OwnPassword",
      object([("oldPassword", text), ("password", password)], required: ["oldPassword", "password"])
    ),
  ]

  private static let userName = #"{"type":"string","pattern":"^[!-~]{1,128}$","description":"to log in with"}"#
  private static let role = #"{"type":"string","enum":["admin","employee","customer","kiosk","system"]}"#
  private static let password = #"{"type":"string","description":"8 to 1024 bytes; never given back"}"#

  private static let entities = [
    (
      "Order",
      object([
        ("id", id), ("_id", id), ("orderNumber", text), ("workflow", text), ("tenantId", text), ("status", text),
        ("phase", text), ("fulfilment", text), ("paymentStatus", text),
        ("progress", #"{"type":"integer","minimum":0,"maximum":100}"#), ("version", #"{"type":"integer"}"#),
        ("currency", text), ("customer", customer), ("items", list(#"{"type":"object"}"#)), ("subtotal", amount),
        ("discount", amount), ("tax", amount), ("total", amount), ("paid", amount),
        ("advance", #"{"type":["object","null"]}"#), ("credit", object([("amount", amount), ("applied", amount)])),
        ("notes", textOrNull), ("notesForCustomer", textOrNull),
        ("cancelReason", textOrNull), ("closeReason", textOrNull), ("createdAt", time), ("updatedAt", time),
      ])
    ),
    (
      "Delivery",
      object([
        ("id", id), ("_id", id), ("deliveryNumber", text), ("orderId", id), ("status", text),
        ("items", list(#"{"type":"object"}"#)), ("value", amount), ("currency", textOrNull), ("date", time),
        ("notes", textOrNull),
        ("notesForCustomer", textOrNull), ("createdAt", time),
      ])
    ),
    (
      "Invoice",
      object([
        ("id", id), ("_id", id), ("invoiceNumber", text), ("orderId", id), ("deliveryId", id),
        ("paymentStatus", text), ("lines", list(#"{"type":"object"}"#)), ("total", amount),
        ("rounding", #"{"type":"number"}"#), ("advanceApplied", amount), ("paid", amount), ("due", amount),
        ("creditNote", ref("CreditNote")),
      ])
    ),
    (
      "CreditNote",
      object([
        ("number", text), ("reason", #"{"type":["string","null"]}"#),
        ("refund", #"{"type":["object","null"]}"#), ("at", time), ("by", text),
      ])
    ),
    (
      "Product", object([("productId", text), ("name", text), ("unitPrice", amount), ("stock", #"{"type":"object"}"#)])
    ),
    (
      "User",
      object(
        [
          ("tenant", text), ("user", userName), ("name", textOrNull), ("role", role),
          ("disabled", #"{"type":"boolean"}"#), ("hasPassword", #"{"type":"boolean"}"#), ("createdAt", time),
          ("updatedAt", time),
        ], required: ["tenant", "user", "role", "hasPassword"])
    ),
    (
      "Event",
      object([
        ("id", text), ("seq", #"{"type":"integer"}"#), ("tenant", text), ("type", text), ("orderId", id),
        ("customer", text), ("at", time), ("data", #"{"type":"object"}"#),
      ])
    ),
    (
      "Problem",
      object(
        [
          ("type", text), ("title", text), ("status", #"{"type":"integer"}"#), ("detail", text), ("code", text),
          ("requestId", text), ("canRetry", #"{"type":"boolean"}"#), ("suggestedAction", text),
          ("errors", list(object([("field", text), ("message", text)]))),
        ], required: ["type", "title", "status", "detail", "code", "requestId", "canRetry"])
    ),
  ]

  private static let today = object([
    ("count", #"{"type":"integer"}"#), ("totalValue", #"{"type":"number"}"#), ("pending", #"{"type":"integer"}"#),
    ("delivered", #"{"type":"integer"}"#),
    ("totals", list(object([("currency", text), ("value", #"{"type":"number"}"#)], required: ["currency", "value"]))),
  ])

  private static let pagination = object(
    [("limit", #"{"type":"integer"}"#), ("nextCursor", textOrNull)], required: ["limit", "nextCursor"])
  private static let yes = #"{"const":true}"#
  private static let answers = [
    ("Object", #"{"type":"object"}"#), ("Text", text), ("Success", object([("success", yes)])),
    ("Service", object([("service", text), ("version", text), ("description", text)])),
    ("Health", object([("status", text)])),
    (
      "Readiness",
      object([("status", text), ("mongodb", text), ("redis", text), ("conditions", list(ref("Condition")))])
    ),
    (
      "Condition",
      object([
        ("name", text), ("ok", #"{"type":"boolean"}"#), ("state", text), ("found", text), ("wanted", text),
        ("remedy", text),
      ])
    ),
    (
      "Tokens",
      object([
        ("success", yes), ("token", text), ("tokenType", text), ("expiresIn", #"{"type":"integer"}"#),
        ("refreshToken", text), ("deviceToken", text),
      ])
    ), ("OrderAnswer", object([("success", yes), ("order", ref("Order"))])),
    ("DeliveryAnswer", object([("success", yes), ("delivery", ref("Delivery")), ("order", ref("Order"))])),
    (
      "InvoiceAnswer",
      object([("success", yes), ("invoice", ref("Invoice")), ("delivery", ref("Delivery")), ("order", ref("Order"))])
    ), ("PaymentAnswer", object([("success", yes), ("invoice", ref("Invoice")), ("order", ref("Order"))])),
    (
      "CreditAnswer",
      object([
        ("success", yes), ("creditNote", ref("CreditNote")), ("invoice", ref("Invoice")), ("delivery", ref("Delivery")),
        ("order", ref("Order")),
      ])
    ),
    ("UserDocument", object([("user", ref("User"))], required: ["user"])),
    (
      "UserList",
      object([
        ("users", list(ref("User"))),
        ("pagination", object([("limit", #"{"type":"integer"}"#), ("nextCursor", textOrNull)])),
      ])
    ),
    (
      "UserAnswer",
      object([("success", yes), ("user", ref("User")), ("sessionsEnded", #"{"type":"integer"}"#)])
    ),
    ("ProductAnswer", object([("success", yes), ("product", ref("Product"))])),
    ("MovementAnswer", object([("success", yes), ("product", ref("Product")), ("movement", #"{"type":"object"}"#)])),
    ("OrderDocument", object([("order", ref("Order")), ("events", list(#"{"type":"object"}"#))])),
    ("OrderList", object([("orders", list(ref("Order"))), ("pagination", #"{"type":"object"}"#)])),
    (
      "ChangeList",
      object(
        [("orders", list(ref("Order"))), ("next", text), ("hasMore", #"{"type":"boolean"}"#)],
        required: ["orders", "next", "hasMore"])
    ),
    (
      "Remaining",
      object([
        ("orderId", id), ("version", #"{"type":"integer"}"#),
        (
          "remaining",
          #"{"type":"object","additionalProperties":\#(object([("total", quantity), ("delivered", quantity), ("remaining", quantity)]))}"#
        ),
      ])
    ),
    (
      "Progress",
      object([
        ("orderId", id), ("progress", #"{"type":"integer"}"#), ("status", text), ("version", #"{"type":"integer"}"#),
      ])
    ),
    (
      "EventList",
      object([
        ("orderId", id), ("version", #"{"type":"integer"}"#), ("events", list(ref("Event"))),
        ("hasMore", #"{"type":"boolean"}"#), ("nextAfter", #"{"type":["integer","null"]}"#),
      ])
    ),
    (
      "Statistics",
      object([("counters", #"{"type":"object"}"#), ("today", today), ("asOf", time)])
    ),
    ("DeliveryList", object([("deliveries", list(ref("Delivery"))), ("nextAfter", #"{"type":["string","null"]}"#)])),
    ("InvoiceList", object([("invoices", list(ref("Invoice"))), ("nextAfter", #"{"type":["string","null"]}"#)])),
    ("DeliveryPage", object([("deliveries", list(ref("Delivery"))), ("pagination", pagination)])),
    ("InvoicePage", object([("invoices", list(ref("Invoice"))), ("pagination", pagination)])),
    ("InvoiceDocument", object([("invoice", ref("Invoice"))])),
    ("ProductList", object([("products", list(ref("Product"))), ("nextAfter", #"{"type":["string","null"]}"#)])),
    ("ProductDocument", object([("product", ref("Product"))])),
    ("LedgerList", object([("productId", text), ("ledger", list(#"{"type":"object"}"#))])),
  ]
}
