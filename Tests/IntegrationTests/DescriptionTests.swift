import Foundation
import HubTestSupport
import Orders
import Testing

@Suite struct DescriptionTests {
  @Test func theDescriptionListsWhatThereIsAndNothingElseAnswers() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller(role: .admin)
    let description = try await ada.get("/openapi.json")
    #expect(description["openapi"] == "3.1.0")
    let operations = try await AccessTests.Operation.all(hub)
    let known = Set(operations.map { "\($0.method) \($0.path)" })
    // What the design promises is there.
    for wanted in [
      "GET /api/orders", "POST /api/orders", "GET /api/orders/stats", "GET /api/orders/{id}",
      "GET /api/orders/{id}/remaining", "GET /api/orders/{id}/progress", "GET /api/orders/{id}/events",
      "GET /api/orders/{id}/parts",
      "GET /api/orders/{id}/deliveries", "POST /api/orders/{id}/deliveries",
      "PATCH /api/orders/deliveries/{deliveryId}/status", "POST /api/orders/deliveries/{deliveryId}/invoice",
      "PATCH /api/orders/{id}", "PATCH /api/orders/{id}/cancel", "POST /api/orders/{id}/close",
      "POST /api/invoices/{id}/payments",
      "POST /api/invoices/{id}/credit", "GET /api/deliveries", "GET /api/invoices",
      "GET /api/deliveries/today", "GET /api/products", "POST /api/products", "PATCH /api/products/{id}",
      "POST /api/products/{id}/stock", "POST /api/auth/login", "POST /api/auth/refresh", "POST /api/auth/logout",
      "GET /api/users", "POST /api/users", "GET /api/users/{id}", "PATCH /api/users/{id}",
      "PUT /api/users/{id}/password", "DELETE /api/users/{id}/sessions", "GET /api/me", "PUT /api/me/password",
      "DELETE /api/me/sessions", "GET /api/tenant", "PATCH /api/tenant", "GET /api/tenant/changes",
      "GET /api/operations/queue", "GET /api/operations/dead-letters", "POST /api/operations/dead-letters/{id}/retry",
      "POST /api/operations/dead-letters/{id}/discard", "GET /healthz",
      "GET /readyz", "GET /metrics", "GET /openapi.json", "GET /docs", "GET /docs/api", "GET /docs/{page}",
    ] {
      #expect(known.contains(wanted), "\(wanted)")
    }
    for operation in operations {
      let path = operation.path.replacingOccurrences(of: "{id}", with: "0123456789abcdef01234567")
        .replacingOccurrences(of: "{deliveryId}", with: "0123456789abcdef01234567")
        .replacingOccurrences(of: "{page}", with: "rest")
      let methods = Set(operations.filter { $0.path == operation.path }.map(\.method))
      let reply = try await ada.call(operation.method, path, body: operation.method == "GET" ? nil : "{}")
      #expect(reply.outcome != "404 not_found" && reply.status != 405 && reply.status < 500, "\(operation) \(reply)")
      for method in ["GET", "POST", "PATCH", "PUT", "DELETE"] where !methods.contains(method) {
        let other = try await ada.call(method, path, body: method == "GET" ? nil : "{}")
        #expect([404, 405, 501].contains(other.status), "\(method) \(path) \(other)")
        if other.status == 405 {
          let allowed = Set((other.headers["allow"] ?? "").split(separator: ",").map { $0.filter { $0 != " " } })
          #expect(allowed == methods, "\(path)")
        }
      }
    }
    for path in ["/api", "/api/order", "/api/orders/a/b/c", "/metrics/x", "/api/admin", "/.env", "/api/orders//x//y"] {
      #expect(try await ada.get(path).outcome == "404 not_found", "\(path)")
    }
  }

  @Test func everySchemaThatTheDescriptionNamesIsInIt() async throws {
    let reply = try await Hub.shared().caller().get("/openapi.json")
    let schemas = Set(reply["components"]["schemas"].members.keys)
    let parts = reply.text.components(separatedBy: "#/components/schemas/").dropFirst()
    let named = Set(parts.map { String($0.prefix { $0 != "\"" }) })
    #expect(named.subtracting(schemas) == [])
    #expect(named.count > 10)
  }

  @Test func theMetricsOfEachProcessAreInPrometheussFormat() async throws {
    let hub = try await Hub.shared()
    _ = try await hub.caller().place([("p1", "1")])
    for process in hub.apis + [hub.live, hub.worker] {
      let port = process.port
      let answer = try await onThread {
        let client = try RawClient(port: port)
        try client.request("GET", "/metrics")
        return try client.answer()
      }
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      var types: [String: String] = [:]
      var samples = Set<String>()
      for line in answer.body.split(separator: "\n") {
        let words = line.split(separator: " ")
        if line.hasPrefix("# TYPE ") {
          #expect(types.updateValue(String(words[3]), forKey: String(words[2])) == nil, "twice: \(line)")
        } else if !line.hasPrefix("#") {
          let sample = line.prefix { $0 != " " }
          let name = sample.prefix { $0 != "{" }
          let suffix = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) && types[String(name)] == nil } ?? ""
          let family = name.dropLast(suffix.count)
          #expect(types[String(family)] != nil, "no type: \(line)")
          #expect(Double(words.last ?? "") != nil, "no number: \(line)")
          let isNew = samples.insert(words.dropLast().joined(separator: " ")).inserted
          #expect(isNew, "twice: \(line)")
        }
      }
      #expect(types.count > 5)
      #expect(types.keys.allSatisfy { $0.hasPrefix("orderhub_") || $0.hasPrefix("process_") }, "\(types.keys)")
    }
  }
}
