import HubContracts
import Orders

extension OrderAPI {
  /// The process itself.
  static let operationRoutes: [Route] = [
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
