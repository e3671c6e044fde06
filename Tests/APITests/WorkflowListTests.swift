import HubContracts
import HubTestSupport
import HubWire
import Orders
import Testing

@testable import API

/// `GET /api/orders` and the statistics of a tenant whose orders are of two workflows.
@Suite struct WorkflowListTests {
  private func place(_ api: OrderAPI, _ token: String, _ workflow: String) async throws -> String {
    let body =
      #"{"workflow":"\#(workflow)","customer":{"id":"cleo","name":"Cleo"},"items":[{"productId":"A","quantity":2,"unitPrice":1}]}"#
    let answer = try await api.ask(.post, "/api/orders", token: token, body: body)
    #expect(answer.status == 201)
    return try #require(answer.json["order"]?["id"]?.text)
  }

  private func ids(_ answer: Answer) -> [String] { answer.json["orders"]?.items.compactMap { $0["id"]?.text } ?? [] }

  @Test func aListIsOfAWorkflowItsStatusesOrWhatTheyAmountTo() async throws {
    try await withShop { shop in
      let api = try await shop.process(workflows: try CounterWorkflow.withDelivery())
      let (ada, cleo) = (try shop.token(.admin), try shop.token(.customer, user: "cleo"))
      let delivery = try await place(api, ada, "delivery")
      let waiting = try await place(api, ada, "counter")
      let cancelled = try await place(api, ada, "counter")
      #expect(try await api.ask(.patch, "/api/orders/\(cancelled)/cancel", token: ada).status == 200)
      #expect(
        try await api.ask(
          .post, "/api/orders/\(delivery)/deliveries", token: ada,
          body: #"{"items":[{"productId":"A","quantity":1}],"status":"delivered"}"#
        ).status == 201)
      let lists: [(query: [(name: String, value: String)], orders: [String])] = [
        ([], [cancelled, waiting, delivery]), ([("workflow", "counter")], [cancelled, waiting]),
        ([("workflow", "delivery")], [delivery]), ([("status", "cancelled")], [cancelled]),
        ([("status", "waiting,partial_delivered")], [waiting, delivery]),
        ([("workflow", "counter"), ("status", "waiting")], [waiting]),
        ([("workflow", "delivery"), ("status", "cancelled")], []),
        ([("phase", "active")], [waiting, delivery]),
        ([("phase", "active,cancelled")], [cancelled, waiting, delivery]),
        ([("phase", "problem")], []), ([("paymentStatus", "unpaid")], [cancelled, waiting, delivery]),
        ([("fulfilment", "partial")], [delivery]), ([("fulfilment", "unfulfilled")], [cancelled, waiting]),
        ([("fulfilment", "unfulfilled"), ("workflow", "delivery")], []),
        ([("fulfilment", "unfulfilled"), ("search", "cleo"), ("phase", "active")], [waiting]),
      ]
      for (query, orders) in lists {
        for token in [ada, cleo] {
          let answer = try await api.ask(.get, "/api/orders", token: token, query: query)
          #expect(answer.status == 200 && ids(answer) == orders, "\(query)")
          #expect(answer.json["pagination"]?["total"] == .number("\(orders.count)"), "\(query)")
          #expect(answer.json["pagination"]?["totalIsCapped"] == .bool(false))
        }
      }
      let one = try await api.ask(.get, "/api/orders/\(waiting)", token: cleo).json["order"]
      #expect(one?["workflow"]?.text == "counter" && one?["status"]?.text == "waiting")
      #expect(one?["phase"]?.text == "active")
      let progress = try await api.ask(.get, "/api/orders/\(waiting)/progress", token: cleo)
      #expect(progress.json["status"]?.text == "waiting")
      let counters = try await api.ask(.get, "/api/orders/stats", token: ada).json["counters"]
      #expect(counters?["byWorkflow"]?["counter"]?["byStatus"]?["cancelled"] == .number("1"))
      #expect(counters?["cancelledOrders"] == .number("0") && counters?["byPhase"]?["cancelled"] == .number("1"))
    }
  }

  @Test(arguments: [
    ([("status", "shipped")], "status", "known are open, in_progress"),
    ([("workflow", "counter"), ("status", "open")], "status", "known are waiting, completed, cancelled;"),
    ([("workflow", "nowhere")], "workflow", "known are delivery, counter"),
    ([("phase", "closed,done")], "phase", "known are open, active, fulfilled, closed, cancelled, problem;"),
    ([("fulfilment", "half")], "fulfilment", "known are unfulfilled, partial, fulfilled, returned"),
    ([("phase", "closed,closed")], "phase", "stands twice"),
  ]) func whatIsNotKnownIsRefusedWithWhatIs(
    query: [(name: String, value: String)], field: String, says: String
  ) async throws {
    try await withShop { shop in
      let api = try await shop.process(workflows: try CounterWorkflow.withDelivery())
      let answer = try await api.ask(.get, "/api/orders", token: shop.token(.admin), query: query)
      #expect(answer.status == 422 && answer.code == "validation_failed")
      #expect(answer.json["errors"]?.items.map { $0["field"]?.text } == [field])
      #expect(answer.json["errors"]?.items.first?["message"]?.text?.contains(says) == true, "\(answer.json)")
    }
  }

  /// A workflow's words are described as those of its process, so that answers fit what is described.
  @Test func theDescriptionNamesTheWordsOfAllWorkflows() throws {
    let both = try CounterWorkflow.withDelivery()
    let description = try JSONParser.parse(OpenAPI.describe(OrderAPI.routes, both, version: "1"))
    let schemas = description["components"]?["schemas"]
    #expect(schemas?["WorkflowName"]?["examples"] == .array([.string("delivery"), .string("counter")]))
    #expect(schemas?["OrderStatus"]?["examples"]?.items.contains(.string("waiting")) == true)
    // Each word once, whoever has it.
    for name: Text in ["OrderStatus", "AnyStatus"] {
      let words = schemas?[name]?["examples"]?.items.compactMap(\.text).map { Text($0) } ?? []
      #expect(Set(words).count == words.count && words.contains("waiting"), "\(name)")
    }
  }
}
