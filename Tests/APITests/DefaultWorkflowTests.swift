import HubContracts
import HubTestSupport
import HubWire
import OrderDesk
import Orders
import Testing

@testable import API

/// A tenant's default workflow that is one of its own.
@Suite struct DefaultWorkflowTests {
  private static let order = #"{"customer":{"name":"G"},"items":[{"productId":"A","quantity":1,"unitPrice":10}]}"#
  private static let repair = """
    {"name":"repair",
     "states":[{"name":"received","phase":"open"},{"name":"collected","phase":"closed","final":true}],
     "rows":[
       {"event":"place","to":"received","who":["staff"],
        "input":[{"name":"fault","type":"text","max":500,"required":true}],
        "effects":[{"set":"fault","from":"fault"}]},
       {"event":"collect","from":"received","to":"collected","who":["staff"]}]}
    """

  private func patch(_ api: OrderAPI, _ token: String, _ body: String) async throws -> Answer {
    try await api.ask(.patch, "/api/tenant", token: token, body: body)
  }

  @Test func oneThatAnotherProcessHasJustWrittenCountsAtOnce() async throws {
    try await withShop { shop in
      let (here, there) = (try await shop.process(), try await shop.process())
      let boss = try shop.token(.admin, user: "boss")
      let known = Workflows.builtIn.names.map(\.rawValue.string).joined(separator: ", ")
      let refused = try await patch(there, boss, #"{"defaultWorkflow":"repair"}"#)
      #expect(refused.status == 422 && refused.code == "validation_failed")
      #expect(
        refused.json["errors"]?.items.first?["message"]?.text
          == "there is no workflow \"repair\"; there are \(known)")
      #expect(try await here.ask(.put, "/api/workflows/repair", token: boss, body: Self.repair).status == 201)
      // No look of the process's own was made meanwhile.
      let set = try await patch(there, boss, #"{"defaultWorkflow":"repair"}"#)
      #expect(set.status == 200)
      #expect(set.json["tenant"]?["inForce"]?["defaultWorkflow"]?.text == "repair")
      // What the workflow asks for is asked for, though the order names none.
      #expect(try await there.ask(.post, "/api/orders", token: boss, body: Self.order).status == 422)
      let made = try await there.ask(
        .post, "/api/orders", token: boss, body: #"{"fault":"it hums",\#(Self.order.dropFirst())"#)
      #expect(made.status == 201 && made.json["order"]?["workflow"]?.text == "repair")
      // A workflow that is named counts, and another tenant has none of it.
      let named = try await there.ask(
        .post, "/api/orders", token: boss, body: #"{"workflow":"delivery",\#(Self.order.dropFirst())"#)
      #expect(named.json["order"]?["workflow"]?.text == "delivery")
      let other = try await patch(there, shop.token(.admin, tenant: "shop-2"), #"{"defaultWorkflow":"repair"}"#)
      #expect(other.status == 422)
    }
  }

  @Test func itIsNotRemovedWhileOrdersBeginByIt() async throws {
    try await withShop { shop in
      let (api, boss) = (try await shop.process(), try shop.token(.admin, user: "boss"))
      #expect(try await api.ask(.put, "/api/workflows/repair", token: boss, body: Self.repair).status == 201)
      #expect(try await patch(api, boss, #"{"defaultWorkflow":"repair"}"#).status == 200)
      let refused = try await api.ask(.delete, "/api/workflows/repair", token: boss)
      #expect(refused.status == 409 && refused.code == "workflow_is_default")
      #expect(refused.json["detail"]?.text?.contains("repair") == true)
      #expect(try await patch(api, boss, #"{"defaultWorkflow":null}"#).status == 200)
      #expect(try await api.ask(.delete, "/api/workflows/repair", token: boss).status == 200)
      #expect(try await patch(api, boss, #"{"defaultWorkflow":"repair"}"#).status == 422)
    }
  }
}
