/// How long the hub says that an endpoint takes, under the load that it is made for.
struct Promise: Sendable, Equatable {
  /// The row of the scenario `endpoints` that measures it.
  let row: String
  let route: String
  let ms: Int64

  /// The upper ends of what is promised. The page of the load tester has the same table.
  static let all = [
    Promise(row: "create", route: "POST /api/orders", ms: 200),
    Promise(row: "deliver", route: "POST /api/orders/:id/deliveries", ms: 250),
    Promise(row: "status", route: "PATCH /api/orders/deliveries/:deliveryId/status", ms: 100),
    Promise(row: "invoice", route: "POST /api/orders/deliveries/:deliveryId/invoice", ms: 150),
    Promise(row: "cancel", route: "PATCH /api/orders/:id/cancel", ms: 200),
    Promise(row: "list", route: "GET /api/orders", ms: 40),
    Promise(row: "search", route: "GET /api/orders?search=", ms: 40),
    Promise(row: "stats", route: "GET /api/orders/stats", ms: 10),
    Promise(row: "first-read", route: "GET /api/orders/:id", ms: 20),
    Promise(row: "order", route: "GET /api/orders/:id", ms: 5),
    Promise(row: "remaining", route: "GET /api/orders/:id/remaining", ms: 5),
    Promise(row: "progress", route: "GET /api/orders/:id/progress", ms: 5),
    Promise(row: "deliveries", route: "GET /api/orders/:id/deliveries", ms: 30),
  ]

  /// What is promised of a row, in nanoseconds; nil if nothing is.
  static func targetNs(_ row: String) -> Int64? { all.first { $0.row == row }.map { $0.ms * 1_000_000 } }
}
