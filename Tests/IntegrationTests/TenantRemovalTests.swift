import HubTestSupport
import Testing

@Suite struct TenantRemovalTests {
  @Test func aTenantIsRemovedOnlyWhenItIsMeantAndThenWholly() async throws {
    let hub = try await Hub.shared()
    let (ada, bea) = (try hub.caller(), try hub.caller())
    for caller in [ada, bea] { _ = try await caller.place([("p1", "1")]) }
    let words = ["tenant", "remove", "--tenant", ada.tenant]

    let refused = try await CommandLineRun.orderhub(words, hub: hub)
    #expect(refused.status == 2, "\(refused)")
    #expect(refused.output.contains("orders "), "\(refused)")
    #expect(refused.errors.contains("--yes"), "\(refused)")
    #expect(try await ada.get("/api/orders")["orders"].items.count == 1)

    let removed = try await CommandLineRun.orderhub(words + ["--yes"], hub: hub)
    #expect(removed.status == 0, "\(removed)")
    #expect(removed.output.contains("order_events"), "\(removed)")
    #expect(removed.output.contains("documents of \(ada.tenant), and "), "\(removed)")
    #expect(try await ada.get("/api/orders")["orders"].items.count == 0)
    #expect(try await bea.get("/api/orders")["orders"].items.count == 1)
    #expect(try RedisAsker.ask(hub.redisPort, "EXISTS", "events:\(ada.tenant)") == ["0"])
    #expect(try RedisAsker.ask(hub.redisPort, "EXISTS", "events:\(bea.tenant)") == ["1"])

    for more in [[], ["--yes"]] {
      let again = try await CommandLineRun.orderhub(words + more, hub: hub)
      #expect(again.status == 0, "\(again)")
      #expect(again.output == "nothing there: \(ada.tenant) has no documents\n", "\(again)")
    }
  }

  @Test func withoutRedisTheDocumentsGoAndTheRestIsTold() async throws {
    let hub = try await Hub.shared()
    let ada = try hub.caller()
    _ = try await ada.place([("p1", "1")])
    var settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    settings["REDIS_URL"] = "redis://127.0.0.1:\(try freePort())"
    let words = ["tenant", "remove", "--tenant", ada.tenant, "--yes"]
    let run = try await CommandLineRun.orderhub(words, environment: settings)
    #expect(run.status == 1, "\(run)")
    #expect(run.errors.contains("run this again"), "\(run)")
    #expect(try await ada.get("/api/orders")["orders"].items.count == 0)
    let again = try await CommandLineRun.orderhub(words, hub: hub)
    #expect(again.status == 0, "\(again)")
    #expect(again.output.hasPrefix("removed 0 documents of \(ada.tenant), and "), "\(again)")
  }

  @Test(arguments: [["remove"], ["--tenant", "t"], ["remove", "--tenant", "a b"], ["drop", "--tenant", "t"]])
  func aWrongCommandLineTouchesNothing(words: [String]) async throws {
    let run = try await CommandLineRun.orderhub(["tenant"] + words, environment: ["MONGODB_URI": "nonsense"])
    #expect(run.status == 2, "\(run)")
  }
}
