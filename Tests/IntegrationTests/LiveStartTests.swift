import HubTestSupport
import Testing

/// What a live process says at start of MongoDB, which alone knows what tokens were ended.
@Suite struct LiveStartTests {
  @Test func aLiveProcessThatMongoDBDoesNotTellOfEndedTokensDoesNotStartAndSaysWhy() async throws {
    let redis = try await onThread { try TestServers.redis() }
    let uri = try Hub.newDatabase()
    let bare = String(uri.dropFirst("mongodb://".count))
    try await MongoUser.add("stranger-of-live", role: "read", on: "another_database", at: uri)
    let alone = try await StartTests.mongodByItself()
    defer { alone.stop() }
    for (wrong, said) in [
      ("mongodb://nobody:a-wrong-word@\(bare)&authSource=admin", "mongodb.login"),
      ("mongodb://stranger-of-live:a-good-word@\(bare)&authSource=admin", "the user may not find"),
      ("mongodb://127.0.0.1:\(alone.port)/shop", "by itself"),
    ] {
      let settings = try Hub.settingsWithPorts(mongoURI: wrong, redisPort: redis.port)
      let run = try await CommandLineRun.orderhub(["live"], environment: settings)
      #expect(run.status == 1, "\(wrong): \(run)")
      #expect(run.errors.contains("the live process does not start: ") && run.errors.contains(said), "\(run)")
      #expect(!run.errors.contains("a-wrong-word"))
    }
  }

  @Test func aLiveProcessWhoseUserMayOnlyReadStartsAndTellsOfMongoDB() async throws {
    let redis = try await onThread { try TestServers.redis() }
    let uri = try Hub.newDatabase()
    let database = try #require(uri.split(separator: "/").last?.split(separator: "?").first.map(String.init))
    try await MongoUser.add("reader-of-live", role: "read", on: database, at: uri)
    let own = "mongodb://reader-of-live:a-good-word@\(uri.dropFirst("mongodb://".count))&authSource=admin"
    let conditions = try await liveConditions(own, redis)
    for name in ["mongodb.answer", "mongodb.login", "mongodb.rights", "tokens.ended"] {
      let condition = try #require(conditions.first { $0["name"] == .string(name) }, "\(name)")
      #expect(condition["ok"] == .bool(true), "\(condition)")
    }
  }

  @Test func aLiveProcessWithoutAMongoDBServesAndTellsOfIt() async throws {
    let redis = try await onThread { try TestServers.redis() }
    let conditions = try await liveConditions("mongodb://127.0.0.1:\(try freePort())/shop?replicaSet=rs0", redis)
    let answer = try #require(conditions.first { $0["name"] == "mongodb.answer" })
    #expect(answer["ok"] == .bool(false) && answer["remedy"].text.contains("MONGODB_URI"))
  }

  private func liveConditions(_ uri: String, _ redis: ServerProcess) async throws -> [Document] {
    let process = try await onThread {
      let process = try Hub.start("live", "LIVE_PORT", Hub.settings(mongoURI: uri, redisPort: redis.port))
      try Hub.awaitReady(process)
      return process
    }
    defer { process.stop() }
    return try await onThread { try StartTests.ready(process, "?verbose") }["conditions"].items
  }
}
