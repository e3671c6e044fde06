import Foundation
import HubContracts
import HubTestSupport
import Orders
import Testing

/// A tenant's settings at the processes of a real hub.
@Suite struct TenantSettingsTests {
  private static let order = #"{"customer":{"name":"G"},"items":[{"productId":"p1","quantity":1,"unitPrice":1}]}"#

  @Test func aChangeAtOneProcessIsInForceAtTheOtherWithoutARestart() async throws {
    let hub = try await Hub.shared()
    let boss = try hub.caller(role: .admin)
    let (here, there) = (boss.at(0), boss.at(1))
    // Both know the tenant already.
    for caller in [here, there] {
      #expect(try await caller.post("/api/orders", Self.order)["order"]["currency"] == "USD")
    }
    for currency in ["INR", "JPY"] {
      let set = try await here.patch("/api/tenant", #"{"currency":"\#(currency)"}"#)
      #expect(set.status == 200, "\(set)")
      #expect(set.headers["etag"] == "\"\(set["tenant"]["version"].whole)\"")
      try await eventually("it is in force there") {
        try await there.post("/api/orders", Self.order)["order"]["currency"] == .string(currency)
      }
      #expect(try await here.post("/api/orders", Self.order)["order"]["currency"] == .string(currency))
    }
    #expect(try await there.get("/api/tenant")["tenant"]["inForce"]["currency"] == "JPY")
  }

  @Test func withoutRedisItIsFoundByLooking() async throws {
    let hub = try await Hub.own(apis: 2)
    defer { hub.end() }
    let boss = try hub.caller(role: .admin)
    let (here, there) = (boss.at(0), boss.at(1))
    #expect(try await there.post("/api/orders", Self.order)["order"]["currency"] == "USD")
    hub.redis.stop()
    #expect(try await here.patch("/api/tenant", #"{"currency":"INR"}"#).status == 200)
    try await eventually("it is in force there") {
      try await there.post("/api/orders", Self.order)["order"]["currency"] == "INR"
    }
  }

  @Test func theWorkerCountsByThem() async throws {
    let hub = try await Hub.shared()
    let boss = try hub.caller(role: .admin)
    // Where it is another day than in UTC, now and for an hour at least.
    let isLate = Calendar(identifier: .iso8601).component(.hour, from: Date()) >= 11
    let zone = isLate ? "Pacific/Kiritimati" : "Etc/GMT+12"
    #expect(try await boss.patch("/api/tenant", #"{"currency":"INR","timeZone":"\#(zone)"}"#).status == 200)
    try await eventually("it is in force") {
      try await boss.post("/api/orders", Self.order)["order"]["currency"] == "INR"
    }
    let order = try await boss.place([("p1", "3")])
    _ = try await boss.deliver(order, "3")
    let today = try await boss.get("/api/orders/stats")["today"]
    #expect(today["count"] == 1 && today["totalValue"] == 30, "\(today)")
    let days = DateFormatter()
    days.timeZone = TimeZone(identifier: zone)
    days.locale = Locale(identifier: "en_US_POSIX")
    days.dateFormat = "yyyy-MM-dd"
    let key = "deliveries:today:\(days.string(from: Date())):\(boss.tenant)"
    let port = hub.redisPort
    func shown() async throws -> Document {
      try await onThread { Document(parsing: try RedisAsker.ask(port, "GET", key).first ?? "") }
    }
    #expect(try await shown()["totalValue"] == 30)
    // As it would be right for who goes by the process's own currency.
    let lie =
      #"{"count":1,"totalValue":0,"pending":1,"delivered":0,"totals":[{"currency":"INR","value":30}]}"#
    try await onThread { try RedisAsker.ask(port, "SET", key, lie, "EX", "3600") }
    try await eventually("the worker says what is right by the tenant's settings") {
      try await shown()["totalValue"] == 30
    }
  }

  @Test func aSecretIsInNoAnswerAndNoLog() async throws {
    let hub = try await Hub.shared()
    let boss = try hub.caller(role: .admin)
    let secret = "never-to-be-shown-\(UUID().uuidString)"
    let answers = [
      try await boss.patch("/api/tenant", #"{"carriers":{"generic":{"secret":"\#(secret)"}}}"#, key: "k"),
      try await boss.patch("/api/tenant", #"{"carriers":{"generic":{"secret":"\#(secret)"}}}"#, key: "k"),
      try await boss.get("/api/tenant"), try await boss.get("/api/tenant/changes"),
      // Refused: too long, of another type, beside a mistake, in a body that is no JSON.
      try await boss.patch("/api/tenant", #"{"escrow":{"secret":"\#(String(repeating: secret, count: 100))"}}"#),
      try await boss.patch("/api/tenant", #"{"escrow":{"secret":{"a":"\#(secret)"}}}"#),
      try await boss.patch("/api/tenant", #"{"escrow":{"secret":"\#(secret)"},"currency":"nonesuch"}"#),
      try await boss.patch("/api/tenant", #"{"escrow":{"secret":"\#(secret)""#),
      try await boss.call(
        "PATCH", "/api/tenant", body: #"{"escrow":{"secret":"\#(secret)"}}"#, headers: ["If-Match: \"77\""]),
    ]
    #expect(answers.map(\.status) == [200, 200, 200, 200, 422, 422, 422, 400, 409])
    for answer in answers { #expect(!answer.text.contains(secret), "\(answer)") }
    let marker = "last-\(UUID().uuidString)"
    _ = try await boss.call("GET", "/api/tenant", headers: ["X-Request-Id: \(marker)"])
    _ = try await hub.lines(of: marker)
    for process in hub.apis + [hub.live, hub.worker] {
      let output = try process.output()
      #expect(!output.isEmpty && !output.contains(secret), "\(process.log.path)")
      #expect(!output.contains(Hub.secretsKey), "\(process.log.path)")
    }
  }

  @Test func secretsAreSealedAnewUnderAnotherKeyAndWhatDoesNotOpenIsNamed() async throws {
    let hub = try await Hub.own()
    defer { hub.end() }
    let (boss, other) = (try hub.caller(role: .admin), try hub.caller(role: .admin))
    for caller in [boss, other] {
      #expect(try await caller.patch("/api/tenant", #"{"smtp":{"password":"a secret"}}"#).status == 200)
    }
    var settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    let new = String(repeating: "ab", count: 32)
    // Without the old key nothing opens, and nothing is changed.
    settings["SECRETS_KEY"] = new
    let blind = try await CommandLineRun.orderhub(["secrets", "rotate"], environment: settings)
    #expect(blind.status == 1, "\(blind)")
    #expect(blind.output.contains("\(boss.tenant)  smtp.password  it is sealed under key "), "\(blind)")
    #expect(blind.output.contains("0 secrets of 0 tenants were sealed anew"), "\(blind)")
    #expect(blind.errors.contains("2 secrets are left as they were"), "\(blind)")
    settings["SECRETS_KEYS_OLD"] = "\(String(repeating: "cd", count: 32)),\(Hub.secretsKey)"
    let run = try await CommandLineRun.orderhub(["secrets", "rotate"], environment: settings)
    #expect(run.status == 0, "\(run)")
    #expect(run.output.contains("2 secrets of 2 tenants were sealed anew"), "\(run)")
    let again = try await CommandLineRun.orderhub(["secrets", "rotate"], environment: settings)
    #expect(again.status == 0 && again.output.contains("0 secrets of 0 tenants"), "\(again)")
    // Nobody made a change by it.
    #expect(try await boss.get("/api/tenant")["tenant"]["version"] == 1)
    #expect(try await boss.patch("/api/tenant", #"{"version":1,"smtp":{"port":25}}"#).status == 200)
    for run in [blind, run, again] {
      for key in [new, Hub.secretsKey, "a secret"] { #expect(!(run.output + run.errors).contains(key)) }
    }
  }

  @Test func withoutAKeyThereIsNothingToRotateTo() async throws {
    let hub = try await Hub.shared()
    var settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    settings["SECRETS_KEY"] = ""
    let run = try await CommandLineRun.orderhub(["secrets", "rotate"], environment: settings)
    #expect(run.status == 2 && run.errors.contains("SECRETS_KEY is not set"), "\(run)")
    for words in [["secrets"], ["secrets", "turn"], ["secrets", "rotate", "--all"]] {
      #expect(try await CommandLineRun.orderhub(words, environment: settings).status == 2, "\(words)")
    }
    settings["SECRETS_KEY"] = "hidden-and-too-short"
    let wrong = try await CommandLineRun.orderhub(["secrets", "rotate"], environment: settings)
    #expect(wrong.status == 1 && wrong.errors.contains("SECRETS_KEY=***: allowed are 32 bytes"), "\(wrong)")
    settings = Hub.settings(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    settings["SECRETS_KEYS_OLD"] = "\(Hub.secretsKey) hidden-and-too-short"
    let old = try await CommandLineRun.orderhub(["secrets", "rotate"], environment: settings)
    #expect(old.status == 1 && old.errors.contains("SECRETS_KEYS_OLD=***: allowed are up to 16 keys"), "\(old)")
    for run in [wrong, old] { #expect(!run.errors.contains("hidden"), "\(run)") }
  }

  @Test func theDoctorAndTheReadinessSayWhetherSecretsAreKept() async throws {
    let hub = try await Hub.shared()
    let ready = try await hub.caller().get("/readyz?verbose")
    let condition = try #require(ready["conditions"].items.first { $0["name"] == "secrets.key" })
    #expect(condition["ok"] == .bool(true))
    var settings = try Hub.settingsWithPorts(mongoURI: hub.mongoURI, redisPort: hub.redisPort)
    let with = try await CommandLineRun.orderhub(["doctor"], environment: settings)
    #expect(with.output.contains("ok        secrets.key"), "\(with)")
    #expect(!with.output.contains(Hub.secretsKey))
    settings["SECRETS_KEY"] = ""
    let without = try await CommandLineRun.orderhub(["doctor"], environment: settings)
    #expect(without.output.contains("doubtful  secrets.key"), "\(without)")
    #expect(without.output.contains("SECRETS_KEY=$(openssl rand -hex 32)"), "\(without)")
  }

  @Test func aRemovedTenantsSettingsAreGone() async throws {
    let hub = try await Hub.shared()
    let (boss, other) = (try hub.caller(role: .admin), try hub.caller(role: .admin))
    for caller in [boss, other] {
      #expect(try await caller.patch("/api/tenant", #"{"currency":"INR"}"#).status == 200)
    }
    let removed = try await CommandLineRun.orderhub(
      ["tenant", "remove", "--tenant", boss.tenant, "--yes"], hub: hub)
    #expect(removed.status == 0 && removed.output.contains("tenant_changes"), "\(removed)")
    #expect(try await boss.get("/api/tenant")["tenant"]["version"] == 0)
    #expect(try await boss.get("/api/tenant/changes")["changes"] == .empty)
    #expect(try await other.get("/api/tenant")["tenant"]["currency"] == "INR")
    try await eventually("they are not in force") {
      try await boss.post("/api/orders", Self.order)["order"]["currency"] == "USD"
    }
  }
}
