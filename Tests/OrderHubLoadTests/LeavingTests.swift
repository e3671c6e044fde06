import HubTestSupport
import Testing

/// What a run leaves behind.
@Suite struct LeavingTests {
  /// Few orders, time for them and more users than orders: beside the other runs one may take seconds.
  private static let words = [
    "create", "--duration", "4s", "--warm-up", "0s", "--rate", "5", "--connections", "50", "--json", "-",
  ]

  /// The tenant that the notes name.
  private func tenant(_ run: LoadRun) -> String {
    let words = run.json["notes"].items.flatMap { $0.text.split { $0 == " " || $0 == "," } }
    return words.first { $0.hasPrefix("load-") }.map { String($0) } ?? ""
  }

  private func orders(_ hub: LoadedHub, _ tenant: String) async throws -> Int {
    try await hub.read(["/api/orders?limit=5"], tenant: tenant)[0]["orders"].items.count
  }

  @Test func aRunRemovesItsOwnTenant() async throws {
    let hub = try await LoadedHub.shared()
    let run = try await hub.load(Self.words)
    #expect(run.status == 0, "\(run)")
    #expect(run.operation("create")["count"].whole > 0)
    let name = tenant(run)
    #expect(name.hasPrefix("load-"), "\(run)")
    #expect(run.json["notes"].items.contains { $0.text.hasPrefix("Its tenant \(name) was removed in ") }, "\(run)")
    #expect(try await orders(hub, name) == 0)
    #expect(run.operation("create")["errors"] == 0, "\(run)")
  }

  @Test func withKeepItLeavesItAndSaysHowItIsRemoved() async throws {
    let hub = try await LoadedHub.shared()
    let run = try await hub.load(Self.words + ["--keep"])
    #expect(run.status == 0, "\(run)")
    let name = tenant(run)
    #expect(
      run.json["notes"].items.contains { $0.text.hasSuffix("orderhub tenant remove --tenant \(name) --yes") }, "\(run)")
    #expect(try await orders(hub, name) > 0)
  }

  @Test func aTenantThatWasNamedStays() async throws {
    let hub = try await LoadedHub.shared()
    let run = try await hub.load(Self.words + ["--tenant", "load-named"])
    #expect(run.status == 0, "\(run)")
    #expect(try await orders(hub, "load-named") > 0)
    // Nor is it said how it could go: that it was new is nothing that the run was told.
    #expect(run.json["notes"].items.contains { $0.text == "The tenant load-named stays, for --tenant named it." })
    #expect(!run.output.contains("tenant remove") && !run.errors.contains("tenant remove"), "\(run)")
  }

  @Test(arguments: ["order", "product"])
  func aTenantThatWasThereIsNotWrittenIntoUnlessThatIsSaid(what: String) async throws {
    let hub = try await LoadedHub.shared()
    let tenant = "shop-\(what)"
    if what == "order" {
      let seed = try await hub.load(["seed", "--orders", "1", "--tenant", tenant, "--json", "-"])
      #expect(seed.status == 0, "\(seed)")
    } else {
      try await hub.addProduct(tenant: tenant)
    }
    let before = try await orders(hub, tenant)
    let refused = try await hub.load(Self.words + ["--tenant", tenant])
    #expect(refused.status == 2, "\(refused)")
    #expect(refused.errors.contains("--tenant \(tenant): it has orders or products already"), "\(refused)")
    #expect(refused.errors.contains("--into-existing") && !refused.errors.contains("tenant remove"), "\(refused)")
    #expect(try await orders(hub, tenant) == before)
    let meant = try await hub.load(Self.words + ["--tenant", tenant, "--into-existing"])
    #expect(meant.status == 0, "\(meant)")
    #expect(!meant.output.contains("tenant remove") && !meant.errors.contains("tenant remove"), "\(meant)")
    #expect(try await orders(hub, tenant) > before)
  }

  @Test func aRemovalThatCannotBeDoneOrFindsAnotherDatabaseIsTold() async throws {
    let hub = try await LoadedHub.shared()
    let failing = try await hub.load(Self.words, others: ["MONGODB_URI": "mongodb://127.0.0.1:\(try freePort())/"])
    #expect(failing.json["notes"].items.contains { $0.text.contains("ended with status 1") }, "\(failing)")
    #expect(try await orders(hub, tenant(failing)) > 0)
    let elsewhere = try await hub.load(Self.words, others: ["MONGODB_DATABASE": TestServers.databaseName()])
    #expect(elsewhere.json["notes"].items.contains { $0.text.contains("another database") }, "\(elsewhere)")
    #expect(try await orders(hub, tenant(elsewhere)) > 0)
  }

  @Test func aRunThatFailsRemovesWhatItMade() async throws {
    let hub = try await LoadedHub.shared()
    let run = try await hub.load(["herd", "--sockets", "2", "--restart", "exit 3"])
    #expect(run.status == 1)
    #expect(run.errors.contains("was removed in "), "\(run)")
  }
}
