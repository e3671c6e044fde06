extension OpenAPISchemas {
  /// An order, and what of it is shown alone.
  static let orders: [Row] = [
    (
      "Order",
      .object([
        .always("id", .id), .always("_id", .id), .always("orderNumber", .text),
        .always("workflow", .named("WorkflowName")), .sometimes("workflowVersion", .count), .always("tenantId", .text),
        .always("status", .named("OrderStatus")), .always("phase", .named("Phase")),
        .always("fulfilment", .named("Fulfilment")), .always("paymentStatus", .named("PaymentStatus")),
        .always("progress", .whole(0...100)), .always("version", .count), .always("currency", .currency),
        .always("customer", .named("Customer")), .always("items", .list(.named("OrderItem"))),
        .always("subtotal", .amount), .always("discount", .amount), .always("tax", .amount),
        .always("total", .amount), .always("paid", .amount), .always("advance", Schema.named("Advance").orNull),
        .sometimes("credit", .object([.always("amount", .amount), .always("applied", .amount)])),
        .staff("notes", .text.orNull), .always("notesForCustomer", .text.orNull),
        .staff("cancelReason", .text.orNull), .staff("closeReason", .text.orNull),
        .sometimes("particulars", .map(.particular).meaning("what only its workflow knows about it")),
        .always("deliveryDate", .time.orNull), .staff("createdBy", .text), .always("createdAt", .time),
        .always("updatedAt", .time),
      ])
    ),
    (
      "Customer",
      .object([
        .sometimes("id", .text), .always("name", .text), .always("phone", .text.orNull),
        .always("email", .text.orNull), .always("address", .text.orNull),
      ])
    ),
    (
      "OrderItem",
      .object([
        .always("id", .id), .always("productId", .text), .always("name", .text), .always("unitPrice", .amount),
        .always("quantity", .quantity), .always("cancelled", .quantity), .always("delivered", .quantity),
        .always("received", .quantity), .always("returned", .quantity), .always("remaining", .quantity),
        .always("invoiced", .quantity), .always("discount", .amount), .always("taxRate", .taxRate),
        .always("tax", .amount), .always("total", .amount), .always("backorder", .bool),
        .sellers("backordered", .quantity),
      ])
    ),
    ("Advance", .object([.always("amount", .amount), .always("method", .text), .always("applied", .amount)])),
    ("RemainingProducts", .map(.named("RemainingProduct")).meaning("by product id")),
    (
      "RemainingProduct",
      .object([.always("total", .quantity), .always("delivered", .quantity), .always("remaining", .quantity)])
    ),
  ]

  /// A delivery.
  static let deliveries: [Row] = [
    (
      "Delivery",
      .object([
        .always("id", .id), .always("_id", .id), .always("deliveryNumber", .text), .always("orderId", .id),
        .always("status", .named("DeliveryStatus")), .always("items", .list(.named("DeliveryItem"))),
        // Events that an older version wrote have no currency.
        .always("value", .amount), .sometimes("currency", .currency.orNull), .always("date", .time),
        .sellers("notes", .text.orNull),
        .always("notesForCustomer", .text.orNull), .always("invoiceId", .id.orNull), .staff("createdBy", .text),
        .always("createdAt", .time), .always("updatedAt", .time),
      ])
    ),
    (
      "DeliveryItem",
      .object([
        .always("itemId", .id), .always("productId", .text), .always("name", .text), .always("quantity", .quantity),
      ])
    ),
  ]

  /// An invoice.
  static let invoices: [Row] = [
    (
      "Invoice",
      .object([
        .always("id", .id), .always("_id", .id), .always("invoiceNumber", .text), .always("orderId", .id),
        .always("deliveryId", .id), .always("paymentStatus", .named("PaymentStatus")),
        .always("lines", .list(.named("InvoiceLine"))), .always("currency", .currency), .always("subtotal", .amount),
        .always("discount", .amount), .always("tax", .amount), .always("total", .amount),
        .sometimes("rounding", .signedAmount), .always("advanceApplied", .amount), .always("paid", .amount),
        .always("due", .amount),
        .always("payments", .list(.named("Payment"))), .sometimes("creditNote", .named("CreditNote")),
        .staff("createdBy", .text), .always("createdAt", .time),
        .always("updatedAt", .time),
      ])
    ),
    (
      "CreditNote",
      .object([
        .always("number", .text), .staff("reason", .text.orNull),
        .always("refund", Schema.object([.always("amount", .amount), .always("method", .text)]).orNull),
        .always("at", .time), .staff("by", .text),
      ])
    ),
    (
      "InvoiceLine",
      .object([
        .always("itemId", .id), .always("productId", .text), .always("name", .text), .always("quantity", .quantity),
        .always("unitPrice", .amount), .always("subtotal", .amount), .always("discount", .amount),
        .always("tax", .amount), .always("total", .amount),
      ])
    ),
    (
      "Payment",
      .object([
        .always("amount", .amount), .always("method", .text), .always("at", .time), .staff("by", .text),
      ])
    ),
  ]
}
