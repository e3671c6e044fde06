import Foundation
import HubTestSupport
import Orders
import Testing

/// A stream that has begun.
private struct Visit: @unchecked Sendable {
  // Owner: one thread after the other.
  let stream: RawClient
  let place: String
}

/// A token's end is the connection's, unless a new one came.
@Suite struct LiveTokenTests {
  /// Comes in with a token that ends soon. Where the machine is so busy that it has ended before, it comes again with one that
  /// lives longer; what fails while it lives has failed.
  private static func comeIn<Inside>(
    _ hub: Hub, _ body: (Caller) async throws -> Inside
  ) async throws -> (inside: Inside, guest: Caller, endsAt: Double) {
    var lifetimeSeconds: Int64 = 4
    while true {
      let (guest, endsAt) = try guest(hub, lifetimeSeconds)
      do {
        let inside = try await body(guest)
        if Date().timeIntervalSince1970 < endsAt { return (inside, guest, endsAt) }
      } catch {
        guard Date().timeIntervalSince1970 >= endsAt else { throw error }
      }
      lifetimeSeconds *= 3
      guard lifetimeSeconds < HangLimit.seconds else { throw TestServerError("never in before the token's end") }
    }
  }

  /// Somebody whose token ends soon, and when it does.
  private static func guest(_ hub: Hub, _ lifetimeSeconds: Int64) throws -> (caller: Caller, endsAt: Double) {
    let caller = try Caller(
      ports: hub.apis.map(\.port), tenant: try hub.caller().tenant, lifetimeSeconds: lifetimeSeconds)
    let payload = try #require(caller.token?.split(separator: ".").dropFirst().first.map(String.init))
    let padded = payload.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    let data = Data(base64Encoded: padded + String(repeating: "=", count: (4 - payload.count % 4) % 4))
    let claims = Document(parsing: String(decoding: data ?? Data(), as: UTF8.self))
    return (caller, Double(claims["exp"].whole))
  }

  /// Not before its end. How soon after it, `LiveTests` say with clocks that are moved.
  private static func expectEnd(_ endsAt: Double, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(Date().timeIntervalSince1970 >= endsAt, sourceLocation: sourceLocation)
  }

  @Test func thePlainWebSocketClosesUnlessANewTokenCame() async throws {
    let hub = try await Hub.shared()
    // Who stays comes first: its own end would come first too.
    let ((staying, leaving), ada, endsAt) = try await Self.comeIn(hub) { ada in
      let staying = try await hub.socket(ada)
      staying.client.send(
        #"{"type":"auth","token":"\#(try Caller.token(tenant: ada.tenant, user: "ada", role: .employee))"}"#)
      try #require(try await staying.next(1)[0]["type"] == "hub:ready")
      return (staying, try await hub.socket(ada))
    }
    let close = try await onThread { try leaving.client.nextClose() }
    Self.expectEnd(endsAt)
    #expect(close.code == 4401)
    #expect(close.reason == "token expired")
    _ = try await Caller(ports: ada.ports, tenant: ada.tenant).place([("p1", "1")])
    #expect(try await staying.next(2).map { $0["type"] } == ["order:created", "order:inventory-reduced"])
  }

  @Test func aStreamEndsAndGoesOnWhereItWasWithANewToken() async throws {
    let hub = try await Hub.shared()
    let port = hub.live.port
    let ((visit, fresh, order), _, endsAt) = try await Self.comeIn(hub) { ada in
      let fresh = try Caller(ports: ada.ports, tenant: ada.tenant)
      let order = try await fresh.place([("p1", "10")])
      let old = ada.token ?? ""
      let visit = try await onThread {
        let stream = try RawClient(port: port)
        try stream.request("GET", "/events", headers: ["Authorization: Bearer \(old)"])
        var place = ""
        while true {
          let line = try stream.line()
          if line.hasPrefix("id: ") { place = String(line.dropFirst(4)) }
          if line == "event: hub:ready" { return Visit(stream: stream, place: place) }
        }
      }
      return (visit, fresh, order)
    }
    let (place, last) = try await onThread {
      let stream = visit.stream
      var place = visit.place
      while true {
        let line = try stream.line()
        if line.hasPrefix("id: ") { place = String(line.dropFirst(4)) }
        if line == "event: hub:closing" { return (place, try stream.line()) }
      }
    }
    Self.expectEnd(endsAt)
    #expect(last == #"data: {"code":"4401","reason":"token expired"}"#)
    _ = try await fresh.deliver(order, "1")
    let new = fresh.token ?? ""
    let events = try await onThread {
      let stream = try RawClient(port: port)
      let headers = ["Authorization: Bearer \(new)", "Last-Event-ID: \(place)"]
      try stream.request("GET", "/events", headers: headers)
      var events: [String] = []
      while events.count < 4 {
        let line = try stream.line()
        if line.hasPrefix("event: ") { events.append(String(line.dropFirst(7))) }
      }
      return events
    }
    #expect(events == ["hub:ready", "delivery:created", "order:updated", "order:progress-updated"])
  }

  @Test(arguments: Transports.allCases)
  func socketIOEndsUnlessANewTokenCame(over transports: Transports) async throws {
    let hub = try await Hub.shared()
    let clients = try await LiveClients.start()
    defer { clients.end() }
    let (fresh, ada, endsAt) = try await Self.comeIn(hub) { ada in
      let fresh = try Caller(ports: ada.ports, tenant: ada.tenant)
      let renewal = #""event":"auth","argument":{"token":"\#(fresh.token ?? "")"}"#
      // Who stays comes first: its own end would come first too.
      try #require(
        try await clients.connect("staying", to: hub.live, token: ada.token, over: transports)["refused"] == .missing)
      try #require(try await clients.tell("call", renewal, name: "staying")["ack"] == ["success": true])
      try #require(
        try await clients.connect("leaving", to: hub.live, token: ada.token, over: transports)["refused"] == .missing)
      return fresh
    }
    try await eventually("the connection ends") {
      try await clients.tell("state", name: "leaving")["connected"] == false
    }
    Self.expectEnd(endsAt)
    _ = try await fresh.place([("p1", "1")])
    let names = try await clients.take(3, from: "staying").map { $0[0] }
    #expect(names == ["hub:ready", "order:created", "order:inventory-reduced"])
    let again = try await clients.connect("late", to: hub.live, token: ada.token, over: transports)
    #expect(again["reasons"][0]["data"] == ["code": "unauthorised"])
  }
}
