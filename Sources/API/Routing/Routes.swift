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
}
