import HubContracts
import Orders

extension OrderAPI {
  /// Where the goods of the catalogue are, and for whom they are set aside.
  static let inventoryRoutes: [Route] = [
    Route(
      method: .get, pattern: "/api/inventory", access: .roles(.staff),
      summary: "What there is of each product: available, reserved, on hold, damaged; by product id",
      query: [
        .init(name: "cursor", summary: "The nextCursor of the page before"),
        .init(name: "limit", summary: "1 to 100; 50 if absent", schema: .whole(1...100)),
      ], success: (200, "Inventory"), handler: { try await $0.inventory($1) }),
    Route(
      method: .get, pattern: "/api/inventory/:id/reservations", access: .roles(.staff),
      summary: "A product's open reservations, those of the newest orders first; a page may be short and go on",
      query: [
        .init(name: "cursor", summary: "The nextCursor of the page before"),
        .init(name: "limit", summary: "1 to 100; 50 if absent", schema: .whole(1...100)),
      ], success: (200, "Reservations"), handler: { try await $0.reservations($1) }),
  ]
}
