import Foundation
import HubTestSupport
import Orders
import Testing

/// That whoever may follow something may read it, and sees the same of it, by the real processes.
@Suite struct SightTests {
  private static let secrets =
    [SightSamples.staffName, SightSamples.note] + SightSamples.staffMembers.map { "\"\($0)\"" }

  /// Staff, and one order of asha's and one of mallory's.
  private struct Scene: Sendable {
    let boss: Caller
    let own: Document
    let others: Document

    init(_ hub: Hub) async throws {
      boss = try hub.caller(role: .admin, user: SightSamples.staffName)
      _ = try await boss.post("/api/products", #"{"productId":"p1","unitPrice":1}"#)
      own = try await Self.place(boss, for: "asha")
      others = try await Self.place(boss, for: "mallory")
    }

    private static func place(_ boss: Caller, for customer: String) async throws -> Document {
      let placed = try await boss.post(
        "/api/orders",
        #"{"customer":{"id":"\#(customer)","name":"\#(customer)"},"items":[{"productId":"p1","quantity":9}],"#
          + #""notes":"\#(SightSamples.note)","notesForCustomer":"\#(SightSamples.message)"}"#)
      guard placed.status == 201 else { throw TestServerError("no order: \(placed)") }
      return placed["order"]
    }

    /// Something of each kind happens to an order.
    func trade(_ order: Document) async throws {
      let delivery = try await boss.post(
        "/api/orders/\(order.id)/deliveries",
        #"{"items":[{"productId":"p1","quantity":2}],"status":"delivered","notes":"\#(SightSamples.note)","#
          + #""notesForCustomer":"\#(SightSamples.message)"}"#)["delivery"]
      let invoice = try await boss.invoice(delivery)["invoice"]
      #expect(try await boss.pay(invoice, "1").status == 201)
      let credit = try await boss.post("/api/invoices/\(invoice.id)/credit", #"{"reason":"\#(SightSamples.note)"}"#)
      #expect(credit.status == 201)
      #expect(
        try await boss.post("/api/orders/\(order.id)/close", #"{"reason":"\#(SightSamples.note)"}"#).status == 200)
    }
  }

  @Test(arguments: Role.allCases)
  func whoMayFollowMayReadAndWhoMayReadMayFollow(role: Role) async throws {
    let hub = try await Hub.shared()
    let scene = try await Scene(hub)
    let caller = try scene.boss.other("asha", role)
    let (own, others) = (scene.own.id, scene.others.id)
    // What REST says: of the list, and of each order.
    let list = try await caller.get("/api/orders")
    var mayRead: [Bool] = []
    for order in [own, others] {
      for route in ["", "/events", "/deliveries", "/invoices", "/remaining", "/progress"] {
        let status = try await caller.get("/api/orders/\(order)\(route)").status
        #expect([200, 403, 404].contains(status))
        #expect(status != 403 && list.status == 200)
      }
      mayRead.append(try await caller.get("/api/orders/\(order)/events").status == 200)
    }
    #expect(mayRead == [role == .customer || role.sight == .business, role.sight == .business])
    #expect(Set(list["orders"].items.map(\.id)) == Set(zip([own, others], mayRead).filter(\.1).map(\.0)))
    let (port, token) = (hub.live.port, caller.token ?? "")
    // Each kind of client: all that it may follow, its own order, and another's.
    let ears = try await onThread {
      try Ears(
        LiveEar.kinds.map { kind in
          try [nil, own, others].map { try LiveEar(port: port, kind: kind, token: token, order: $0) }
        })
    }
    for order in [scene.own, scene.others] { #expect(try await scene.boss.deliver(order, "1").status == 201) }
    let readable = mayRead
    try await onThread {
      let mayRead = readable
      for kind in LiveEar.kinds {
        let expected = [
          zip([own, others], mayRead).filter(\.1).map(\.0), mayRead[0] ? [own] : [], mayRead[1] ? [others] : [],
        ]
        for (place, (ear, orders)) in zip(ears.all[kind], expected).enumerated() {
          // Refused where REST finds nothing.
          #expect((ear == nil) == (place > 0 && orders.isEmpty), "\(role) \(kind)")
          guard let ear else { continue }
          for order in orders {
            let created = try ear.next()
            #expect(created.type == "delivery:created" && created.data["order"]["id"] == .string(order))
            for type in ["order:updated", "order:progress-updated"] { #expect(try ear.next().type == type) }
          }
          #expect(try ear.isEmpty(), "\(role) \(kind)")
        }
      }
    }
  }

  /// Blocking clients, used by one thread at a time.
  private final class Ears: @unchecked Sendable {
    // Owner: the test that holds it; it is used by one call at a time.
    let all: [[LiveEar?]]
    init(_ all: [[LiveEar?]]) { self.all = all }
  }

  @Test func aCustomerIsShownTheSameLiveAfterwardsAndByREST() async throws {
    let hub = try await Hub.shared()
    let scene = try await Scene(hub)
    let asha = try scene.boss.other("asha", .customer)
    let (port, token) = (hub.live.port, asha.token ?? "")
    let before = try await asha.get("/api/orders/\(scene.own.id)")["order"]["version"].whole
    let ears = try await onThread {
      try Ears([LiveEar.kinds.map { try LiveEar(port: port, kind: $0, token: token) }])
    }
    try await scene.trade(scene.own)
    try await scene.trade(scene.others)
    let answer = try await asha.get("/api/orders/\(scene.own.id)/events?after=\(before)")
    let events = answer["events"].items
    #expect(Set(events.map { $0["type"].text }).isSuperset(of: ["delivery:created", "order:inventory-restored"]))
    #expect(events.map { $0["seq"].whole } == Array((before + 1)...(before + events.count)))
    let whole = try await scene.boss.get("/api/orders/\(scene.own.id)/events?after=\(before)")
    for secret in Self.secrets {
      #expect(!answer.text.contains(secret), "\(secret)")
      #expect(
        whole.text.contains(secret) || ["\"by\"", "\"staffRecord\"", "\"staffChanged\""].contains(secret), "\(secret)")
    }
    // Another process finds them in the stream.
    let second = try await hub.anotherLive()
    defer { second.stop() }
    let secondPort = second.port
    try await onThread {
      for kind in LiveEar.kinds {
        let live = try #require(ears.all[0][kind])
        for port in [nil, port, secondPort] {
          let ear =
            try port.map { try #require(try LiveEar(port: $0, kind: kind, token: token, after: live.place)) } ?? live
          for event in events {
            let heard = try ear.next()
            #expect(heard.type == event["type"].text && heard.data == event["data"], "\(kind) \(port ?? 0)")
            for secret in Self.secrets { #expect(!heard.text.contains(secret), "\(kind) \(secret)") }
          }
          #expect(try ear.isEmpty())
        }
      }
    }
  }

  @Test func manyRefusalsAreAFewLinesOfTheLogAndTheirNumber() async throws {
    let hub = try await Hub.shared()
    let settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort).merging(["LOG_LEVEL": "info"]) { $1 }
    let api = try await onThread {
      let api = try Hub.start("api", "PORT", settings)
      try Hub.awaitReady(api)
      return api
    }
    defer { api.stop() }
    let port = api.port
    let lines = try await onThread {
      let client = try RawClient(port: port)
      let long = "/api/orders/" + String(repeating: "x", count: 4_000)
      for number in 0..<600 {
        let path = number % 3 == 2 ? long : "/api/orders"
        try client.request("GET", path, headers: number % 3 == 1 ? ["Authorization: Bearer x.y.z"] : [])
        let status = try client.answer().status
        #expect(status == 401)
      }
      api.signal(SIGTERM)
      #expect(api.waitForExit() == 0)
      return try api.output().split(separator: "\n").map { Document(parsing: String($0)) }
    }
    let requests = lines.filter { $0["message"] == "request" }
    #expect(requests.count == 20)
    #expect(Set(requests.map { $0["status"].text }) == ["401"])
    let said = lines.filter { $0["message"] == "lines like others were left out" }
    #expect(
      Set(said.map { "\($0["kind"].text) × \($0["count"].text)" }) == [
        "refused: 401 token_required × 390", "refused: 401 invalid_token × 190",
      ])
    #expect(try api.output().utf8.count < 60_000)
  }
}
