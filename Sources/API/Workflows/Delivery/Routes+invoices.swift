import HubContracts
import Orders

extension OrderAPI {
  /// The bills of deliveries.
  static let invoiceRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/orders/:id/invoices", access: .staffOrOwner,
      summary: "An order's invoices, oldest first",
      query: [
        .init(name: "limit", summary: "1 to 100; 100 if absent", schema: .whole(1...100)),
        .init(name: "after", summary: "The id of the last invoice seen: nextAfter of the page before"),
      ], success: (200, "InvoiceList"),
      handler: { try await $0.invoices($1) }),
    Route(
      method: .get, pattern: "/api/invoices", access: .roles(.staff), summary: "All invoices, newest first",
      query: [
        .init(
          name: "status", summary: "unpaid, partially_paid, paid or refunded, or several between commas",
          schema: .several(.words(InvoiceQuery.statuses.map(\.rawValue)))),
        .init(name: "month", summary: "Made in this month of the business's time zone, as in 2026-11"),
        .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
        .init(name: "cursor", summary: "The nextCursor of a page"),
      ], success: (200, "InvoicePage"), handler: { try await $0.listInvoices($1) }),
    Route(
      method: .get, pattern: "/api/invoices/:id", access: .roles(.staff), summary: "An invoice",
      success: (200, "InvoiceDocument"), handler: { try await $0.invoiceDocument($1) }),
    Route(
      method: .post, pattern: "/api/invoices/:id/payments", access: .roles(.staff), summary: "Take a payment",
      body: "NewPayment", success: (201, "PaymentAnswer"), isKeyed: true, handler: { try await $0.pay($1) }),
    Route(
      method: .post, pattern: "/api/invoices/:id/credit", access: .roles([.admin]),
      summary: "Take an invoice back, in full", body: "NewCredit", bodyIsOptional: true, success: (201, "CreditAnswer"),
      isKeyed: true,
      handler: { try await $0.credit($1) }),
  ]
}
