import HubContracts
import Orders

extension OrderAPI {
  /// The orders of every workflow.
  static let orderRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/orders", access: .staffOrOwner, summary: "List orders, newest first",
      query: listParameters, success: (200, "OrderList"), handler: { try await $0.listOrders($1) }),
    Route(
      method: .get, pattern: "/api/changes", access: .staffOrOwner,
      summary: "The orders that changed after a place, each once, as they are now; for those who follow by asking",
      query: [
        .init(name: "after", summary: "The next of the answer before; without it: no orders, and the place of now"),
        .init(name: "limit", summary: "1 to 100; 100 if absent", schema: .whole(1...100)),
      ], success: (200, "ChangeList"), ownRefusals: [410], handler: { try await $0.changes($1) }),
    Route(
      method: .post, pattern: "/api/orders", access: .staffOrOwner, summary: "Create an order", body: "NewOrder",
      success: (201, "OrderAnswer"), isKeyed: true, handler: { try await $0.placeOrder($1) }),
    Route(
      method: .get, pattern: "/api/orders/stats", access: .roles(.staff),
      summary: "Counters of all orders and of today's deliveries", success: (200, "Statistics"),
      handler: { try await $0.statistics($1) }),
    Route(
      method: .get, pattern: "/api/orders/:id", access: .staffOrOwner, summary: "An order and its last events",
      success: (200, "OrderDocument"), handler: { try await $0.view(.document, $1) }),
    Route(
      method: .patch, pattern: "/api/orders/:id", access: .staffOrOwner,
      summary: "Change an order's customer, date, notes, discount or items", body: "OrderEdit",
      success: (200, "OrderAnswer"), ownRefusals: [428], isKeyed: true, isVersioned: true,
      handler: { try await $0.editOrder($1) }),
    Route(
      method: .get, pattern: "/api/orders/:id/remaining", access: .staffOrOwner,
      summary: "What remains to be delivered, by product", success: (200, "Remaining"),
      handler: { try await $0.view(.remaining, $1) }),
    Route(
      method: .get, pattern: "/api/orders/:id/progress", access: .staffOrOwner,
      summary: "How much of an order is delivered, in percent", success: (200, "Progress"),
      handler: { try await $0.view(.progress, $1) }),
    Route(
      method: .get, pattern: "/api/orders/:id/events", access: .staffOrOwner,
      summary: "An order's events after a sequence number, in order",
      query: [
        .init(name: "after", summary: "The last sequence number seen; 0 for all", schema: .count),
        .init(name: "limit", summary: "1 to 200; 100 if absent", schema: .whole(1...200)),
      ], success: (200, "EventList"), handler: { try await $0.events($1) }),
    Route(
      method: .patch, pattern: "/api/orders/:id/cancel", access: .roles([.admin]),
      summary: "Cancel an order and restore its stock", body: "Reason", bodyIsOptional: true,
      success: (200, "OrderAnswer"), isKeyed: true, handler: { try await $0.cancel($1) }),
    Route(
      method: .post, pattern: "/api/orders/:id/close", access: .roles(.staff),
      summary: "Cancel what is not on a delivery", body: "Reason", bodyIsOptional: true,
      success: (200, "OrderAnswer"), isKeyed: true, handler: { try await $0.close($1) }),
  ]

  private static let listParameters: [Route.Parameter] = [
    .init(
      name: "search", summary: "Starts of words of the number, the customer's name or the phone, as people type them"),
    .init(name: "customer", summary: "A customer's id; customers see their own orders in any case"),
    .init(name: "workflow", summary: "A workflow's name", schema: .named("WorkflowName")),
    .init(
      name: "status", summary: "A status of that workflow, or of any if none is named; or several between commas",
      schema: .several("OrderStatus")),
    .init(name: "phase", summary: "What statuses of any workflow amount to; or several between commas"),
    .init(
      name: "fulfilment",
      summary:
        "How much of it the customer holds. Where other filters leave more than 10,000 orders, a page may be short",
      schema: .named("Fulfilment")),
    .init(name: "paymentStatus", summary: "A payment status", schema: .named("PaymentStatus")),
    .init(name: "startDate", summary: "Created at or after: RFC 3339, or a date in the business's time zone"),
    .init(name: "endDate", summary: "Created before; a date counts whole"),
    .init(
      name: "page", summary: "From 1, to the 10,000th order; then go on with cursor", schema: .whole(1...1_000_000)),
    .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
    .init(
      name: "sort",
      summary: "createdAt, total or deliveryDate, with a minus before it to descend; -createdAt if absent",
      schema: .words(OrderSort.words)),
    .init(name: "cursor", summary: "The nextCursor of a page of the same sort: goes on at any depth"),
  ]
}
