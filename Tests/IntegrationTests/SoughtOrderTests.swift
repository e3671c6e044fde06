import HubTestSupport
import Orders
import Testing

/// Orders that are followed alone, at a hub with a database.
@Suite struct SoughtOrderTests {
  /// What a customer is told that asks the WebSocket for an order.
  private func answer(_ hub: Hub, _ customer: Caller, _ order: String) async throws -> Document {
    let (port, token) = (hub.live.port, customer.token ?? "")
    return try await onThread {
      let socket = try WebSocketClient.connected(port: port, token: token)
      _ = try socket.nextText()
      socket.send(#"{"type":"subscribe:order","orderId":"\#(order)"}"#)
      return Document(parsing: try socket.nextText())
    }
  }

  @Test func whatIsNotThereAndWhatIsNotTheirsIsRefusedAlike() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let order = try await ada.place([("p1", "1")])
    #expect(try await answer(hub, ada, order.id)["type"] == "subscribed")
    let absent = try await answer(hub, ada, "0123456789abcdef01234567")
    #expect(absent["type"] == "error" && absent["code"] == "order_not_found", "\(absent)")
    #expect(try await answer(hub, try hub.caller(), order.id) == absent)
    #expect(try await answer(hub, try ada.other("ben", .customer), order.id) == absent)
  }
}
