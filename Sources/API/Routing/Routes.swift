import HubContracts
import Orders

extension OrderAPI {
  /// Every route of the hub. `/openapi.json` is made of this table, and a test holds the two together.
  static let routes: [Route] = routeGroups.flatMap(\.routes)

  /// The same by what they are about, as people read them.
  static let routeGroups: [(title: String, routes: [Route])] = [
    ("Orders", orderRoutes), ("Actions and workflows", workflowRoutes), ("Deliveries and parts", deliveryRoutes),
    ("Invoices", invoiceRoutes), ("Products", productRoutes), ("Inventory", inventoryRoutes),
    ("Logging in", authRoutes), ("Users", userRoutes), ("Oneself", ownRoutes), ("The tenant", tenantRoutes),
    ("What waits to be done", jobRoutes), ("The process", operationRoutes), ("Documents", documentRoutes),
  ]

  private static let orderRoutes = [
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

  private static let deliveryRoutes = [
    Route(
      method: .get, pattern: "/api/orders/:id/parts", access: .staffOrOwner,
      summary: "An order's parts, oldest first: returns, shipments and what else its workflow makes",
      query: [
        .init(name: "kind", summary: "Only of this kind"),
        .init(name: "limit", summary: "1 to 100; 100 if absent", schema: .whole(1...100)),
        .init(name: "after", summary: "The id of the last part seen: nextAfter of the page before"),
      ], success: (200, "PartList"), handler: { try await $0.orderParts($1) }),
    Route(
      method: .get, pattern: "/api/orders/:id/deliveries", access: .staffOrOwner,
      summary: "An order's deliveries, oldest first",
      query: [
        .init(name: "limit", summary: "1 to 100; 100 if absent", schema: .whole(1...100)),
        .init(name: "after", summary: "The id of the last delivery seen: nextAfter of the page before"),
      ], success: (200, "DeliveryList"),
      handler: { try await $0.deliveries($1) }),
    Route(
      method: .post, pattern: "/api/orders/:id/deliveries", access: .roles(.staff), summary: "Make a delivery",
      body: "NewDelivery", success: (201, "DeliveryAnswer"), isKeyed: true, handler: { try await $0.deliver($1) }),
    Route(
      method: .patch, pattern: "/api/orders/deliveries/:deliveryId/status", access: .roles(.staff),
      summary: "Move a delivery on", body: "DeliveryStatusChange", success: (200, "DeliveryAnswer"), isKeyed: true,
      handler: { try await $0.moveDelivery($1) }),
    Route(
      method: .post, pattern: "/api/orders/deliveries/:deliveryId/invoice", access: .roles(.staff),
      summary: "Make a delivery's invoice", success: (201, "InvoiceAnswer"), isKeyed: true,
      handler: { try await $0.invoice($1) }),
    Route(
      method: .get, pattern: "/api/deliveries", access: .roles(.staff),
      summary: "All deliveries, the newest day first",
      query: [
        .init(name: "day", summary: "Of one day, in the business's time zone", schema: .day),
        .init(name: "from", summary: "Of this day or later", schema: .day),
        .init(name: "to", summary: "Of this day or earlier", schema: .day),
        .init(
          name: "status", summary: "A status of a delivery, or several between commas",
          schema: .several("DeliveryStatus")),
        .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
        .init(name: "cursor", summary: "The nextCursor of a page"),
      ], success: (200, "DeliveryPage"), handler: { try await $0.listDeliveries($1) }),
    Route(
      method: .get, pattern: "/api/deliveries/today", access: .roles(.staff),
      summary: "Today's deliveries, newest first, in the business's time zone",
      query: [
        .init(name: "limit", summary: "1 to 100; 50 if absent", schema: .whole(1...100)),
        .init(name: "after", summary: "The id of the last delivery seen"),
      ], success: (200, "DeliveriesOfDay"), handler: { try await $0.deliveriesToday($1) }),
  ]

  private static let invoiceRoutes = [
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

  private static let productRoutes = [
    Route(
      method: .get, pattern: "/api/products", access: .roles(.staff), summary: "The catalogue, by product id",
      query: [
        .init(name: "limit", summary: "1 to 100; 50 if absent", schema: .whole(1...100)),
        .init(name: "after", summary: "The id of the last product seen"),
      ], success: (200, "ProductList"), handler: { try await $0.listProducts($1) }),
    Route(
      method: .post, pattern: "/api/products", access: .roles([.admin, .system]), summary: "Add a product",
      body: "NewProduct", success: (201, "ProductAnswer"), isKeyed: true, handler: { try await $0.createProduct($1) }),
    Route(
      method: .get, pattern: "/api/products/:id", access: .roles(.staff), summary: "A product and its stock",
      success: (200, "ProductDocument"), handler: { try await $0.product($1) }),
    Route(
      method: .patch, pattern: "/api/products/:id", access: .roles([.admin, .system]), summary: "Change a product",
      body: "ProductChange", success: (200, "ProductAnswer"), isKeyed: true,
      handler: { try await $0.changeProduct($1) }),
    Route(
      method: .post, pattern: "/api/products/:id/stock", access: .roles(.staff),
      summary: "Move stock: a receipt, a correction, damaged or on hold, or from one of these places to another",
      body: "NewMovement",
      success: (201, "MovementAnswer"), isKeyed: true, handler: { try await $0.moveStock($1) }),
    Route(
      method: .get, pattern: "/api/products/:id/ledger", access: .roles(.staff),
      summary: "A product's stock movements, newest first",
      query: [
        .init(name: "limit", summary: "1 to 100; 50 if absent", schema: .whole(1...100)),
        .init(name: "after", summary: "The id of the last row seen"),
      ], success: (200, "LedgerList"), handler: { try await $0.ledger($1) }),
  ]

  private static let authRoutes = [
    Route(
      method: .post, pattern: "/api/auth/login", access: .open, summary: "Log in", body: "Login",
      success: (200, "Tokens"), ownRefusals: [401], handler: { try await $0.login($1) }),
    Route(
      method: .post, pattern: "/api/auth/refresh", access: .open,
      summary: "A new token and refresh token for a refresh token, which is used up", body: "Refresh",
      success: (200, "Tokens"), ownRefusals: [401], handler: { try await $0.refresh($1) }),
    Route(
      method: .post, pattern: "/api/auth/logout", access: .open, summary: "End the session of a refresh token",
      body: "Refresh", success: (200, "Success"), handler: { try await $0.logout($1) }),
  ]

  private static let userRoutes = [
    Route(
      method: .get, pattern: "/api/users", access: .roles([.admin]), summary: "The tenant's users, by name",
      query: [
        .init(name: "role", summary: "Only those of this role", schema: .named("Role")),
        .init(name: "status", summary: "active or disabled", schema: .words(UserListRequest.states)),
        .init(name: "cursor", summary: "The nextCursor of the page before"),
        .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
      ], success: (200, "UserList"), handler: { try await $0.listUsers($1) }),
    Route(
      method: .post, pattern: "/api/users", access: .roles([.admin]), summary: "Add a user", body: "NewUser",
      success: (201, "UserAnswer"), isKeyed: true, takesPassword: true, handler: { try await $0.createUser($1) }),
    Route(
      method: .get, pattern: "/api/users/:id", access: .roles([.admin]), summary: "A user",
      success: (200, "UserDocument"), handler: { try await $0.user($1) }),
    Route(
      method: .patch, pattern: "/api/users/:id", access: .roles([.admin]),
      summary: "Change a user's role or name, disable it or enable it", body: "UserChange",
      success: (200, "UserAnswer"), isKeyed: true, handler: { try await $0.changeUser($1) }),
    Route(
      method: .put, pattern: "/api/users/:id/password", access: .roles([.admin]),
      summary: "Set a user's password, and end its sessions", body: "NewPassword", success: (200, "UserAnswer"),
      isKeyed: true, takesPassword: true, handler: { try await $0.setPassword($1) }),
    Route(
      method: .delete, pattern: "/api/users/:id/sessions", access: .roles([.admin]),
      summary: "End all sessions of a user", success: (200, "UserAnswer"), isKeyed: true,
      handler: { try await $0.endSessions($1) }),
  ]

  private static let ownRoutes = [
    Route(
      method: .get, pattern: "/api/me", access: .person, summary: "Who asks", success: (200, "UserDocument"),
      handler: { try await $0.me($1) }),
    Route(
      method: .put, pattern: "/api/me/password", access: .person,
      summary: "Set one's own password, and end one's sessions", body: "OwnPassword", success: (200, "UserAnswer"),
      ownRefusals: [404], isKeyed: true, takesPassword: true, handler: { try await $0.setOwnPassword($1) }),
    Route(
      method: .delete, pattern: "/api/me/sessions", access: .person, summary: "End all of one's own sessions",
      success: (200, "UserAnswer"), ownRefusals: [404], isKeyed: true, handler: { try await $0.endOwnSessions($1) }),
  ]

  private static let tenantRoutes = [
    Route(
      method: .get, pattern: "/api/tenant", access: .roles([.admin]), summary: "The tenant's settings",
      success: (200, "TenantDocument"), handler: { try await $0.tenant($1) }),
    Route(
      method: .patch, pattern: "/api/tenant", access: .roles([.admin]),
      summary: "Change the tenant's settings; they are in force everywhere within about a second",
      body: "TenantChange", bodyLimit: TenantRecord.limitBytes, success: (200, "TenantAnswer"), isKeyed: true,
      takesPassword: true, handler: { try await $0.changeTenant($1) }),
    Route(
      method: .get, pattern: "/api/tenant/changes", access: .roles([.admin]),
      summary: "Who changed which of the tenant's settings, and when; newest first",
      query: [
        .init(name: "before", summary: "Only versions before this one: the nextBefore of a page", schema: .count),
        .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
      ], success: (200, "TenantChanges"), handler: { try await $0.tenantChanges($1) }),
  ]

  private static let jobRoutes = [
    Route(
      method: .get, pattern: "/api/operations/queue", access: .roles([.admin]),
      summary: "What is to be done later or elsewhere: how much of each kind, and what waits, by kind and name",
      query: jobParameters, success: (200, "JobQueue"), handler: { try await $0.jobQueue($1) }),
    Route(
      method: .get, pattern: "/api/operations/dead-letters", access: .roles([.admin]),
      summary: "What was given up, by kind and name",
      query: jobParameters + [
        .init(
          name: "state", summary: "dead, or discarded in the last 90 days; dead if absent",
          schema: .words(JobListRequest.deadStates))
      ], success: (200, "DeadLetters"), handler: { try await $0.deadLetters($1) }),
    Route(
      method: .post, pattern: "/api/operations/dead-letters/:id/retry", access: .roles([.admin]),
      summary: "Try a dead letter again, at once", success: (200, "JobAnswer"), isKeyed: true,
      handler: { try await $0.retryDeadLetter($1) }),
    Route(
      method: .post, pattern: "/api/operations/dead-letters/:id/discard", access: .roles([.admin]),
      summary: "Put a dead letter away for good, with the reason", body: "NewDiscard", success: (200, "JobAnswer"),
      isKeyed: true, handler: { try await $0.discardDeadLetter($1) }),
  ]

  private static let jobParameters: [Route.Parameter] = [
    .init(name: "kind", summary: "Only of this kind: timer, notice, call"),
    .init(name: "name", summary: "Only of this name"),
    .init(name: "cursor", summary: "The nextCursor of the page before"),
    .init(name: "limit", summary: "1 to 100; 20 if absent", schema: .whole(1...100)),
  ]

  private static let operationRoutes = [
    Route(
      method: .get, pattern: "/", access: .open, summary: "What this is", success: (200, "Service"),
      handler: { $0.service($1) }),
    Route(
      method: .get, pattern: "/healthz", access: .open, summary: "Whether the process lives",
      success: (200, "Health"), handler: { $0.health($1) }),
    Route(
      method: .get, pattern: "/readyz", access: .open, summary: "Whether it can serve: MongoDB answers",
      query: [.init(name: "verbose", summary: "Also what the servers are like: what is, and what should be")],
      success: (200, "Readiness"), otherAnswers: [(503, "Readiness")], handler: { await $0.readiness($1) }),
    Route(
      method: .get, pattern: "/metrics", access: .open, summary: "Metrics in Prometheus's text format",
      success: (200, "Text"), handler: { $0.metricsText($1) }),
    Route(
      method: .get, pattern: "/openapi.json", access: .open, summary: "This description",
      success: (200, "Description"), handler: { $0.description($1) }),
  ]
}
