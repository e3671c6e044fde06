import Foundation
import HubContracts
import HubRuntime
import HubTestSupport
import Orders
import Testing

@testable import Live

/// Events of types that this version does not know, on every transport.
@Suite(.serialized) struct FutureEventTests {
  private static let order = "6563f1c2a9b4e80012ab34cd"

  private static func event(
    _ seq: Int, _ type: String = "order:updated", data: String = "{}", more: String = ""
  ) -> String {
    #"{"id":"\#(order):\#(seq)","seq":\#(seq),"tenant":"north","type":"\#(type)","orderId":"\#(order)","#
      + #""customer":"asha",\#(more)"at":"2026-01-02T03:04:05.678Z","data":\#(data)}"#
  }

  private static let data = #"{"score":0.10000000000000000001,"tags":["a",null,true,[{}]],"n":{"n":-1E-7}}"#

  /// What no version sends: it is left out, and counted.
  private static let hostile: [String] = [
    event(2, String(repeating: "t", count: 1 << 20)), event(2, #"order:\u0063reated"#), event(2, "hub:closing"),
    event(2, #"a\nevent: order:created"#), event(2, "connect"), event(2, ""), event(2, "a b"),
    event(2, "order:deep", data: String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)),
    event(2, "order:wide", more: (0..<20).map { "\"m\($0)\":1," }.joined()),
  ]

  @Test(arguments: LiveEar.kinds)
  func aTypeFromTheFutureComesOnceAndInOrderAndWhatIsNoEventStopsNothing(kind: Int) async throws {
    try await withServer { server in
      let staff = try server.ear(kind, "north", "s", role: "employee")
      let asha = try server.ear(kind, "north", "asha", role: "customer")
      let future = Self.event(2, "order:risk-scored", data: Self.data, more: #""hint":[7],"#)
      server.live.bus.record([Self.event(1)] + Self.hostile + [future, Self.event(3)], tenant: "north")
      #expect(try staff.next().type == "order:updated")
      let heard = try staff.next()
      #expect(heard.type == "order:risk-scored" && heard.data == Document(parsing: Self.data))
      if kind == 0 || kind == 3 { #expect(heard.text.contains(Self.data), "to the byte") }
      #expect(try staff.next().type == "order:updated")
      // Who does not see all is not told of what nobody has decided about.
      for _ in 0..<2 { #expect(try asha.next().type == "order:updated") }
      for client in [staff, asha] { #expect(try client.isEmpty()) }
      let metrics = server.live.metrics.render()
      #expect(metrics.contains("orderhub_live_events_broken_total \(Self.hostile.count)\n"), "\(metrics)")
      #expect(server.live.log.lines.contains { $0.message == "a message on the bus is no event" })
    }
  }

  @Test(arguments: LiveEar.kinds) func itIsRecoveredFromTheStreamToo(kind: Int) async throws {
    try await withTwoServers({ $0.ringBytes = 1 }) { _, server in
      _ = server.live.streams.add("north", TestBus.numbered("north", 0))
      let future = Self.event(2, "order:risk-scored", data: Self.data)
      for event in [Self.event(1)] + Self.hostile + [future, Self.event(3)] {
        _ = server.live.streams.add("north", event)
      }
      let staff = try server.ear(kind, "north", "s", role: "employee", after: "1001-0")
      #expect(
        try (0..<3).map { _ in try staff.next().type } == ["order:updated", "order:risk-scored", "order:updated"])
      #expect(try staff.isEmpty())
    }
  }
}
