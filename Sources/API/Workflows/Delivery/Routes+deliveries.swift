import HubContracts
import Orders

extension OrderAPI {
  /// What the `delivery` workflow makes of orders, and the parts that others make.
  static let deliveryRoutes: [Route] = [
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
}
