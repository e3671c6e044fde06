import HubRuntime
import HubTestSupport
import Orders
import Testing

/// Following by asking while MongoDB's primary changes.
@Suite struct FollowingStepDownTests {
  @Test func whoAsksWhilePrimariesStepDownIsGivenEveryChangeOnceAndInOrder() async throws {
    let mongo = try await OwnReplicaSet()
    defer { mongo.end() }
    let hub = try await Hub.own(apis: 2, mongoURI: mongo.uri)
    defer { hub.end() }
    let ada = try hub.caller()
    _ = try await ada.place([("p1", "1")])
    var place = try await ada.get("/api/changes")["next"].text
    #expect(!place.isEmpty)
    var known = try await ada.versions()
    let trades = (0..<3).map { Trade(ada.at($0), pauseMs: 0) }
    var (changes, wanted, isLast, asked) = (0, 60, false, 0)
    var stepping: [Task<Void, any Error>] = []
    let steppedDown = Locked(0)
    while true {
      asked += 1
      try #require(asked < 1_000_000)
      let page = try await ada.at(asked).get("/api/changes?limit=5&after=\(place)")
      if page.status == 503 {
        // Nobody is primary: the same place is asked from again.
        try await Task.sleep(for: .milliseconds(20))
        continue
      }
      // Never is what a majority has lost sight of for a moment taken for what was never there.
      try #require(page.status == 200, "\(page)")
      let ids = page["orders"].items.map(\.id)
      #expect(Set(ids.map { Text($0) }).count == ids.count)
      for order in page["orders"].items {
        let version = order["version"].whole
        #expect(version > known[order.id] ?? 0, "\(order.id) came again as it was, or as it had been")
        known[order.id] = version
      }
      changes += ids.count
      place = page["next"].text
      if isLast {
        if page["hasMore"] == false { break }
      } else if changes > wanted, steppedDown.with({ $0 }) == stepping.count {
        // Each begins amid changes, and is asked through; after the last there are as many changes more.
        wanted = changes + 60
        if stepping.count < 3 {
          stepping.append(
            Task {
              defer { steppedDown.with { $0 += 1 } }
              try await mongo.stepDown()
            })
        } else {
          for trade in trades { await trade.end() }
          try await eventually("a primary answers") { try await ada.get("/readyz").status == 200 }
          isLast = true
        }
      }
    }
    for step in stepping { try await step.value }
    #expect(stepping.count == 3)
    #expect(known == (try await ada.versions()))
    #expect(try await ada.get("/api/changes?after=\(place)")["orders"].items.isEmpty)
    #expect(try await CommandLineRun.orderhub(["audit"], hub: hub).status == 0)
  }
}
