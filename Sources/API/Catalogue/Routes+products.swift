import HubContracts
import Orders

extension OrderAPI {
  /// The catalogue, and what moves its stock.
  static let productRoutes: [Route] = [
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
}
