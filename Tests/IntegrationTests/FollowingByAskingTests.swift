import Foundation
import HubTestSupport
import Orders
import Testing

/// `GET /api/changes`: following by asking.
@Suite struct FollowingByAskingTests {
  @Test func whoAsksWhileTwoProcessesWriteEndsWithTheStateOfAFreshLoad() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    _ = try await ada.place([("p1", "1")])
    // In this order: the place, the load, then what came after the place.
    var place = try await ada.get("/api/changes")["next"].text
    #expect(!place.isEmpty)
    var known = try await ada.versions()
    let trades = (0..<4).map { _ in Trade(ada, pauseMs: 0) }
    var (orders, isLast) = (0, false)
    while true {
      let page = try await ada.get("/api/changes?limit=7&after=\(place)")
      try #require(page.status == 200, "\(page)")
      let ids = page["orders"].items.map(\.id)
      #expect(Set(ids).count == ids.count)
      for order in page["orders"].items {
        let version = order["version"].whole
        #expect(version > known[order.id] ?? 0, "\(order.id) came again as it was")
        known[order.id] = version
      }
      orders += ids.count
      place = page["next"].text
      if isLast, page["hasMore"] == false { break }
      if !isLast, orders > 150 {
        for trade in trades { await trade.end() }
        isLast = true
      }
    }
    #expect(known == (try await ada.versions()))
    #expect(try await ada.get("/api/changes?after=\(place)")["orders"].items.isEmpty)
  }

  @Test func aCustomerFollowsItsOwnAndSeesOfThemWhatItMay() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    let grace = try ada.other("grace", .customer)
    let place = try await grace.get("/api/changes")["next"].text
    _ = try await ada.place([("p1", "1")])
    let mine = try await ada.post(
      "/api/orders",
      #"{"customer":{"id":"grace","name":"Grace"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#)
    let page = try await grace.get("/api/changes?after=\(place)")
    #expect(page["orders"].items.map(\.id) == [mine["order"].id])
    #expect(page["orders"][0] == (try await grace.get("/api/orders/\(mine["order"].id)")["order"]))
    #expect(page["orders"][0]["createdBy"] == .missing)
    #expect(try await ada.get("/api/changes?after=\(place)")["orders"].items.count == 2)
    // Another tenant's place shows nothing of that tenant.
    let other = try hub.caller()
    let foreign = try await other.get("/api/changes?after=\(place)")
    #expect(foreign["orders"].items.isEmpty)
  }

  @Test func whatIsNoPlaceIsRefused() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    for text in [
      "x", "!1", "A", "A-1", "A1.", "A1.zz", "A1~A2", "Azzzzzzzzzzzzz", String(repeating: "~", count: 9_000),
      "2", "2.", "2.A", "2.!1", "2.A1.zz", "2.A1~A2", "2.2.~", "x.~", ".~", "123.~",
    ] {
      let answer = try await ada.get("/api/changes?after=\(text)")
      #expect(answer.outcome == "422 validation_failed", "\(text.prefix(20)): \(answer)")
      #expect(answer.text.contains("is not one that an answer gave as next"))
    }
    #expect(try await ada.get("/api/changes?after=2.Azz").outcome == "410 place_unknown")
    for query in ["limit=0", "limit=101", "after=2.~&after=2.~", "since=1"] {
      #expect(try await ada.get("/api/changes?\(query)").outcome == "422 validation_failed", "\(query)")
    }
    #expect(try await ada.get("/api/changes?after=2.~").status == 200)
    for role in [Role.kiosk, .seller] {
      #expect(try await ada.other("k", role).get("/api/changes?after=2.~")["orders"] == .empty)
    }
    var nobody = ada
    nobody.token = nil
    #expect(try await nobody.get("/api/changes").status == 401)
  }

  /// What the build before gave, and what one after this may give: its marks may mean something else.
  @Test func aPlaceOfAnotherVersionsFormTellsTheClientToBeginAnew() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    _ = try await ada.place([("p1", "1")])
    let place = try await ada.get("/api/changes")["next"].text
    #expect(place.hasPrefix("2."))
    for former in ["~", "A1", "A1~b2", "A1.6563f1c2a9b4e80012ab34cd", String(place.dropFirst(2)), "3.A1", "1.~"] {
      let answer = try await ada.get("/api/changes?after=\(former)")
      #expect(answer.outcome == "410 place_unknown", "\(former): \(answer)")
      #expect(answer["detail"].text.contains("ask without after, then load the orders anew"))
    }
    #expect(try await ada.get("/api/changes?after=\(place)").status == 200)
  }
}
